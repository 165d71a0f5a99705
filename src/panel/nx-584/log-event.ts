import type { PanelEvent } from '../../core/panel.ts';
import type { PanelMessage } from './layout.ts';

/** An entry of the panel's log (0Ah). */
export type LogEntry = Extract<PanelMessage, { type: 'log_event' }>['value'];

type What = PanelEvent['what'];
/** What the third byte of an entry stands for. */
type Subject = 'zone' | 'user' | 'nothing_ours';

/** Types of log entries (sheet 3.3). Those not listed are `other`. */
const kinds: Readonly<Record<number, readonly [What, Subject]>> = {
  0: ['alarm', 'zone'],
  1: ['alarm_restored', 'zone'],
  4: ['tamper', 'zone'],
  5: ['tamper_restored', 'zone'],
  6: ['trouble', 'zone'],
  7: ['trouble_restored', 'zone'],
  18: ['duress', 'nothing_ours'],
  19: ['alarm', 'nothing_ours'],
  22: ['alarm', 'nothing_ours'],
  23: ['code_lockout', 'nothing_ours'],
  24: ['tamper', 'nothing_ours'],
  25: ['tamper_restored', 'nothing_ours'],
  26: ['trouble', 'nothing_ours'],
  27: ['trouble_restored', 'nothing_ours'],
  28: ['trouble', 'nothing_ours'],
  29: ['trouble_restored', 'nothing_ours'],
  32: ['trouble', 'nothing_ours'],
  33: ['trouble_restored', 'nothing_ours'],
  34: ['trouble', 'nothing_ours'],
  35: ['trouble_restored', 'nothing_ours'],
  36: ['trouble', 'nothing_ours'],
  37: ['trouble_restored', 'nothing_ours'],
  38: ['trouble', 'nothing_ours'],
  40: ['opened', 'user'],
  41: ['closed', 'user'],
  42: ['other', 'nothing_ours'],
  43: ['other', 'user'],
  45: ['programming', 'nothing_ours'],
  46: ['programming', 'nothing_ours'],
  47: ['programming', 'nothing_ours'],
  48: ['programming', 'nothing_ours'],
  49: ['other', 'user'],
  53: ['closed', 'user'],
  120: ['other', 'user'],
  121: ['other', 'user'],
  122: ['access', 'user'],
};
/** Types that belong to a partition; those of the whole system leave that byte without meaning. */
const withoutPartition = [23, 24, 25, 26, 27, 28, 29, 32, 33, 34, 35, 36, 37, 38, 45, 46, 47, 48, 57, 127];
/** Quick arming is logged as this user, although nobody entered a code (kk7ds/pynx584#12). */
const quickArm = 97;

/** The type without its bit for reporting. */
export function kindOf(entry: LogEntry): number {
  return entry.kind & 0x7f;
}

/**
 * What an entry tells. `partitionName` names a partition by number, from 1. `code` is the type in decimal, as in the document; zones,
 * users and partitions count from 0 in the log.
 */
export function panelEvent(
  entry: LogEntry,
  partitionName: (number: number) => string | null,
  at: number,
  recovered: boolean,
): PanelEvent {
  const kind = kindOf(entry);
  const [what, subject] = kinds[kind] ?? ['other', 'nothing_ours'];
  const number = entry.subject + 1;
  return {
    type: 'event',
    what,
    partition: withoutPartition.includes(kind) ? null : partitionName(entry.partition + 1),
    user: subject === 'user' && number !== quickArm ? number : null,
    zone: subject === 'zone' ? number : null,
    code: String(kind),
    at,
    recovered,
  };
}

/** What an entry means for what we know of the panel: 46, 48 and 57 end programming, a download, a power cut (sheet 3.6). */
export function consequenceOf(
  entry: LogEntry,
): 'codes_may_have_changed' | 'restarted' | 'programming' | null {
  switch (kindOf(entry)) {
    case 46:
    case 48:
      return 'codes_may_have_changed';
    case 57:
      return 'restarted';
    case 45:
    case 47:
      return 'programming';
    default:
      return null;
  }
}
