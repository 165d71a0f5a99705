import type { Draft } from './draft.ts';
import type { Models } from './models.ts';
import type { Finding } from './problem.ts';

const relayKeys = ['relay', 'contact', 'exit_button', 'tamper', 'released_when'];
const slotKeys = ['armed_changes', 'changed_on_device', 'quarantine'];
const doorKeys = [
  'readers',
  'contact',
  'exit_button',
  'strike',
  'held_open',
  'relock_on_open',
  'on_shutdown',
  'restricted_by',
  'arm_state_grace',
  'timetable',
  'needs_trusted_clock',
  'pin_within',
];

/** Keys of locks and doors that go with one kind of lock: what is missing, and what makes no sense. */
export function checkKinds(draft: Draft, models: Models): Finding[] {
  const locks = [...draft.locks].flatMap(([name, { model = '' }]): Finding[] => {
    const path = ['locks', name];
    if (models.relay_boards.has(model)) {
      const why = `a "${model}" keeps no codes; only a lock with a code table of its own has this`;
      return [
        ...requiredFinding(draft, [...path, 'relay'], 'the relay of the board, counted from 0'),
        ...misplacedFindings(draft, path, slotKeys, why),
      ];
    }
    if (!models.code_locks.has(model)) return [];
    const why = `a "${model}" decides by its own code table; only a lock on a relay has this`;
    return misplacedFindings(draft, path, relayKeys, why);
  });
  const doors = [...draft.doors].flatMap(([name, { lock = '' }]): Finding[] => {
    if (!models.code_locks.has(draft.locks.get(lock)?.model ?? '')) return [];
    const why = `lock "${lock}" decides by its own code table, and this daemon neither reads cards nor drives a strike there; such a door has only title and lock`;
    return misplacedFindings(draft, ['doors', name], doorKeys, why);
  });
  return [...locks, ...doors];
}

/** A key that must be there. `what` it is reads well after "expected". */
export function requiredFinding(draft: Draft, path: string[], what: string): Finding[] {
  return draft.given(...path) ? [] : [{ path, message: `missing: expected ${what}` }];
}

/** Keys that are there and should not be, with the reason. */
export function misplacedFindings(
  draft: Draft,
  path: string[],
  keys: readonly string[],
  why: string,
): Finding[] {
  return keys.flatMap((key): Finding[] =>
    draft.given(...path, key) ? [{ path: [...path, key], at: 'key', message: why }] : [],
  );
}
