import { checkAsciiReaders } from './ascii-check.ts';
import { checkCards } from './card-check.ts';
import type { Draft } from './draft.ts';
import { checkKinds } from './kind-check.ts';
import type { Models } from './models.ts';
import { checkPanel } from './panel-check.ts';
import { checkPorts } from './port-check.ts';
import type { Finding } from './problem.ts';
import { checkReaderInputs } from './reader-input-check.ts';
import { checkReaderOutputs } from './reader-output-check.ts';
import { danglingFinding, repeatFindings, unusedFindings } from './reference.ts';
import { checkRules } from './rule-check.ts';
import { checkSchedules } from './schedule-check.ts';
import { checkSecurePorts } from './secure-port-check.ts';
import { checkWiring } from './wiring-check.ts';

/** What one part of a site file says about another, and the schema cannot judge. All findings at once, in no order. */
export function crossCheck(draft: Draft, models: Models): Finding[] {
  return [
    ...checkRules(draft),
    ...checkCards(draft),
    ...checkPorts(draft),
    ...checkSecurePorts(draft, models),
    ...checkReaders(draft),
    ...checkAsciiReaders(draft),
    ...checkLocks(draft, models),
    ...checkKinds(draft, models),
    ...checkPanel(draft, models),
    ...checkWiring(draft, models),
    ...checkReaderInputs(draft),
    ...checkReaderOutputs(draft),
    ...checkDoors(draft, models),
    ...checkSchedules(draft),
  ];
}

function checkReaders(draft: Draft): Finding[] {
  const findings: Finding[] = [];
  const { min_length: min, max_length: max } = draft.pin;
  for (const [name, reader] of draft.readers) {
    const path = ['readers', name];
    findings.push(...danglingFinding('port', reader.port, draft.ports, [...path, 'port']));
    if (reader.secure === false && reader.protocol !== 'serial_ascii') {
      const message =
        'this reader runs in plain: whoever reaches its wire can read cards and PINs, and send them; remove this line and pair it';
      findings.push({ path: [...path, 'secure'], severity: 'warning', message });
    }
    findings.push(...danglingFinding('feedback', reader.feedback, draft.feedback, [...path, 'feedback']));
    const fixed = reader.keypad?.fixed_length;
    if (fixed === undefined || min === undefined || max === undefined || min > max) continue;
    const at = [...path, 'keypad', 'fixed_length'];
    if (fixed < min || fixed > max) {
      findings.push({
        path: at,
        message: `expected the length of a PIN of this site, ${min} to ${max}, found ${fixed}`,
      });
    } else if (min !== max) {
      const message = `PINs of ${min} to ${max} digits are allowed, but only those of ${fixed} can be typed here; set [pin] min_length and max_length to ${fixed}`;
      findings.push({ path: at, severity: 'warning', message });
    }
  }
  const addresses = [...draft.readers].map(([name, { port, address }]) => ({
    key: port === undefined || address === undefined ? null : JSON.stringify([port, address]),
    path: ['readers', name, 'address'],
    say: (first: string) => `${first} has address ${address} on port "${port}" already`,
  }));
  const used = [...draft.doors.values()].flatMap(({ readers = [], contact, exit_button }) => [
    ...readers,
    ...(contact === undefined ? [] : [contact.reader]),
    ...(exit_button === undefined ? [] : [exit_button.reader]),
  ]);
  const shown = [...draft.readers.values()].flatMap(({ feedback }) => feedback ?? []);
  return [
    ...findings,
    ...repeatFindings(addresses),
    ...unusedFindings('feedback', draft.feedback.keys(), shown, 'no reader shows this'),
    ...unusedFindings('readers', draft.readers.keys(), used, 'no door uses this reader'),
  ];
}

function checkLocks(draft: Draft, models: Models): Finding[] {
  const locks = [...draft.locks];
  const known = new Map<string, unknown>([...models.relay_boards, ...models.code_locks]);
  const dangling = locks.flatMap(([name, lock]) => [
    ...danglingFinding('port', lock.port, draft.ports, ['locks', name, 'port']),
    ...danglingFinding('lock model', lock.model, known, ['locks', name, 'model']),
  ]);
  const relays = locks.map(([name, { port, unit, relay }]) => ({
    key:
      port === undefined || unit === undefined || relay === undefined
        ? null
        : JSON.stringify([port, unit, relay]),
    path: ['locks', name, 'relay'],
    say: (first: string) => `${first} has relay ${relay} of unit ${unit} on port "${port}" already`,
  }));
  const used = [...draft.doors.values()].flatMap((door) => door.lock ?? []);
  return [
    ...dangling,
    ...repeatFindings(relays),
    ...unusedFindings('locks', draft.locks.keys(), used, 'no door uses this lock'),
  ];
}

function checkDoors(draft: Draft, models: Models): Finding[] {
  const findings: Finding[] = [];
  if (draft.doors.size === 0)
    findings.push({ path: ['doors'], severity: 'warning', message: 'this site has no doors' });
  for (const [name, door] of draft.doors) {
    const path = ['doors', name];
    findings.push(...danglingFinding('lock', door.lock, draft.locks, [...path, 'lock']));
    findings.push(
      ...danglingFinding('partition', door.restricted_by, draft.partitions, [...path, 'restricted_by']),
    );
    door.readers?.forEach((reader, i) => {
      findings.push(...danglingFinding('reader', reader, draft.readers, [...path, 'readers', i]));
    });
    const model = draft.locks.get(door.lock ?? '')?.model ?? '';
    if (door.readers?.length === 0 && !models.code_locks.has(model)) {
      findings.push({
        path: [...path, 'readers'],
        severity: 'warning',
        message: 'no reader opens this door',
      });
    }
    findings.push(...checkStrike(path, door, draft, models));
  }
  const locks = [...draft.doors].map(([name, { lock }]) => ({
    key: lock ?? null,
    path: ['doors', name, 'lock'],
    say: (first: string) => `lock "${lock}" belongs to ${first} already`,
  }));
  const readers = [...draft.doors].flatMap(([name, door]) =>
    (door.readers ?? []).map((reader, i) => ({
      key: reader,
      path: ['doors', name, 'readers', i],
      say: (first: string) => `reader "${reader}" belongs to ${first} already`,
    })),
  );
  return [...findings, ...repeatFindings(locks), ...repeatFindings(readers)];
}

/** A board with a timed output locks again by itself if this computer dies, but only within the time it can count. */
function checkStrike(
  path: readonly string[],
  door: { lock?: string; strike?: number },
  draft: Draft,
  models: Models,
): Finding[] {
  const lock = draft.locks.get(door.lock ?? '');
  const timed = models.relay_boards.get(lock?.model ?? '')?.timed ?? null;
  if (timed === null || door.strike === undefined || lock?.released_when === 'de_energised') return [];
  const longest = timed.max * timed.unit_ms;
  if (door.strike <= longest) return [];
  const message = `the board of lock "${door.lock}" can time ${longest} ms at most; with a longer strike a crash of this computer leaves the door unlocked`;
  return [{ path: [...path, 'strike'], severity: 'warning', message }];
}
