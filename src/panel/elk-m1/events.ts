import type { PanelEvent } from '../../core/panel.ts';
import type { Report } from './layout.ts';

export type LogEntry = Extract<Report, { type: 'log' }>['value'];
export type PanelTime = Extract<Report, { type: 'clock' }>['value'];
type CodeEntered = Extract<Report, { type: 'code_entered' }>['value'];

/** Ranges of log events (vendor document section 8; 1001 to 1135 also elk-message, EventType). What is not here is `other`. */
const meanings: readonly { from: number; to: number; what: PanelEvent['what']; number?: 'user' | 'zone' }[] =
  [
    { from: 1001, to: 1110, what: 'alarm', number: 'zone' },
    { from: 1111, to: 1127, what: 'code_lockout' },
    { from: 1128, to: 1135, what: 'trouble' },
    { from: 1138, to: 1139, what: 'trouble' },
    { from: 1158, to: 1159, what: 'trouble_restored' },
    { from: 1173, to: 1173, what: 'closed', number: 'user' },
    { from: 1174, to: 1174, what: 'opened', number: 'user' },
    { from: 1299, to: 1299, what: 'duress', number: 'user' },
    { from: 1313, to: 1328, what: 'access', number: 'user' },
    { from: 1350, to: 1350, what: 'trouble', number: 'zone' },
    { from: 1354, to: 1355, what: 'programming' },
    { from: 1363, to: 1364, what: 'programming' },
  ];

/** The last user with a code of its own; above are the panel's: 201 program, 202 ELKRP, 203 quick arm. */
export const lastUser = 199;

/**
 * An entry of the log. Its user is the only one that can be trusted: the keypad of IC is the one touched last. `partition` names
 * an area's partition, null where the site has none for it.
 */
export function logEvent(
  entry: LogEntry,
  partition: (area: number) => string | null,
  at: number,
  recovered: boolean,
): PanelEvent {
  const meaning = meanings.find(({ from, to }) => entry.event >= from && entry.event <= to);
  const number = entry.number === 0 ? null : entry.number;
  return {
    type: 'event',
    what: meaning?.what ?? 'other',
    partition: partition(entry.area),
    user: meaning?.number === 'user' ? number : null,
    zone: meaning?.number === 'zone' ? number : null,
    code: String(entry.event),
    at,
    recovered,
  };
}

/** The entry of a code that is none of a user's; null: it is, and the log tells what it did. Never holds the digits. */
export function enteredEvent({ user }: CodeEntered, at: number): PanelEvent | null {
  if (user >= 1 && user <= lastUser) return null;
  return {
    type: 'event',
    what: user === 201 || user === 202 ? 'programming' : 'other',
    partition: null,
    user: null,
    zone: null,
    code: `IC${String(user).padStart(3, '0')}`,
    at,
    recovered: false,
  };
}

/** A reading of the panel's clock as if it were UTC, in milliseconds: good for differences only. */
export function panelMs(time: Omit<PanelTime, 'second' | 'weekday' | 'modes'> & { second?: number }): number {
  return Date.UTC(2000 + time.year, time.month - 1, time.day, time.hour, time.minute, time.second ?? 0);
}
