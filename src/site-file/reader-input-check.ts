import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';
import { type Claim, danglingFinding, repeatFindings } from './reference.ts';

/** Door contacts and exit buttons that are wired to readers: to one that has inputs, each to one thing, and to nothing else. */
export function checkReaderInputs(draft: Draft): Finding[] {
  const findings: Finding[] = [];
  const claims: Claim[] = [];
  for (const [name, door] of draft.doors) {
    for (const use of ['contact', 'exit_button'] as const) {
      const wiring = door[use];
      if (wiring === undefined) continue;
      const path = ['doors', name, use];
      const { reader, input } = wiring;
      findings.push(...danglingFinding('reader', reader, draft.readers, [...path, 'reader']));
      if (draft.locks.get(door.lock ?? '')?.[use] !== undefined) {
        const message = `lock "${door.lock}" has this on its board already; a door has one`;
        findings.push({ path, at: 'key', message });
      }
      const known = draft.readers.get(reader);
      if (known?.protocol === 'serial_ascii') {
        findings.push({ path: [...path, 'reader'], message: 'a reader that only writes text has no inputs' });
      }
      if (use === 'exit_button' && known?.protocol === 'osdp' && known.secure === false) {
        const message = `reader "${reader}" is in plain: whoever reaches its wire can press this button; pair it, or wire the button to the board of the lock`;
        findings.push({ path, at: 'key', severity: 'warning', message });
      }
      claims.push({
        key: JSON.stringify([reader, input]),
        path,
        say: (first) => `input ${input} of reader "${reader}" is used by ${first} already`,
      });
    }
  }
  return [...findings, ...repeatFindings(claims)];
}
