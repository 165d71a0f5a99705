import { cronFault } from '../core/cron-expression.ts';
import { weekdays } from '../core/schedule.ts';
import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';
import { danglingFinding, repeatFindings, unusedFindings } from './reference.ts';
import type { TomlPath } from './toml-position.ts';

/** What the members of schedules and timetables say about each other, and about the holidays. */
export function checkSchedules(draft: Draft): Finding[] {
  const attached = [...draft.doors].flatMap(([door, { timetable }]) =>
    danglingFinding('timetable', timetable, draft.timetables, ['doors', door, 'timetable']),
  );
  const used = [...draft.doors.values()].flatMap(({ timetable }) => timetable ?? []);
  return [
    ...[...draft.schedules].flatMap(([name, one]) => checkDates(draft, ['schedules', name], one)),
    ...[...draft.timetables].flatMap(([name, rules]) =>
      rules.flatMap((rule, i) => checkRule(draft, ['timetables', name, 'rules', i], rule)),
    ),
    ...attached,
    ...unusedFindings('timetables', draft.timetables.keys(), used, 'no door goes by this timetable'),
  ];
}

/** What schedules and rules of timetables have in common. */
type Dated = Pick<DraftRule, 'valid_from' | 'valid_until' | 'holidays' | 'exceptions'>;
type DraftRule = NonNullable<ReturnType<Draft['timetables']['get']>>[number];

function checkDates(
  draft: Draft,
  path: TomlPath,
  { valid_from, valid_until, holidays, exceptions }: Dated,
): Finding[] {
  const findings: Finding[] = [];
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
  return [...findings, ...repeatFindings(dates)];
}

function checkRule(draft: Draft, path: TomlPath, rule: DraftRule): Finding[] {
  const findings = checkDates(draft, path, rule);
  const { cron, for: ms, mode, first_person } = rule;
  if (cron !== undefined) {
    const fault = cronFault(cron);
    if (fault !== null) findings.push({ path: [...path, 'cron'], message: fault });
    for (const day of weekdays) {
      if ((rule[day] ?? []).length === 0) continue;
      const message = 'a rule goes by cron or by windows of the week: make another rule for these windows';
      findings.push({ path: [...path, day], at: 'key', message });
    }
    if (!draft.given(...path, 'for')) {
      const message = 'missing: expected how long each cron time holds, such as for = "8h"';
      findings.push({ path: [...path, 'for'], message });
    } else if ((ms ?? 0) % 60_000 !== 0) {
      findings.push({ path: [...path, 'for'], message: 'expected whole minutes, such as "90m"' });
    }
  } else if (ms !== undefined) {
    const message = 'only a cron time holds for a duration; a window has its end';
    findings.push({ path: [...path, 'for'], at: 'key', message });
  }
  if (first_person !== undefined && mode !== undefined && mode !== 'unlocked') {
    const message = `a first person only unlocks: nothing waits for one in mode "${mode}"`;
    findings.push({ path: [...path, 'first_person'], at: 'key', message });
  }
  return findings;
}
