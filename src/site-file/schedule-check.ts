import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';
import { danglingFinding, repeatFindings } from './reference.ts';

/** What the members of a schedule say about each other, and about the holidays. */
export function checkSchedules(draft: Draft): Finding[] {
  const findings: Finding[] = [];
  for (const [name, { valid_from, valid_until, holidays, exceptions }] of draft.schedules) {
    const path = ['schedules', name];
    if (valid_from !== undefined && valid_until !== undefined && valid_until < valid_from) {
      const message = `expected valid_from, which is ${valid_from}, or a later day, found ${valid_until}`;
      findings.push({ path: [...path, 'valid_until'], message });
    }
    for (const holiday of Object.keys(holidays ?? {})) {
      const at = [...path, 'holidays', holiday];
      findings.push(...danglingFinding('holiday', holiday, draft.holidays, at));
    }
    const dates = (exceptions ?? []).map(({ date }, i) => ({
      key: date,
      path: [...path, 'exceptions', i, 'date'],
      say: () => `${date} has an exception already`,
    }));
    findings.push(...repeatFindings(dates));
  }
  return findings;
}
