import type { BackupHead, BackupTail } from '../../store/backup/content.ts';
import { counted, printable } from '../text-table.ts';
import type { Difference } from './difference.ts';
import type { PresentDatabase } from './present-database.ts';
import type { KeyStates } from './site-keys.ts';

/** What is known before anything is touched. */
export interface RestorePlan {
  head: BackupHead;
  tail: BackupTail;
  present: PresentDatabase;
  /** Null: there is nothing to compare with. */
  difference: Difference | null;
  keys: KeyStates;
}

/** Lines of a group that are shown; `--json` has all. */
const longestGroup = 100;

/** The plan in words. `age` is how old the backup is, in milliseconds. */
export function planText({ head, tail, present, difference, keys }: RestorePlan, age: number): string {
  const { site_name, version, made_at } = head;
  const count = (group: string, what: string): string => counted(tail.tallies[group]?.count ?? 0, what);
  const lines = [
    `backup of ${site_name}, made ${made_at} (${ageText(age)} ago) by Postern ${version}: ${count('user', 'user')}, ${count('credential', 'credential')}, ${count('feed', 'event')}`,
    ...(difference === null ? [presentText(present)] : differenceLines(difference)),
    `site key: ${keyTexts[keys.site]}`,
    ...(keys.readers === null ? [] : [`keys of the readers: ${readersText(keys)}`]),
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

function presentText(present: PresentDatabase): string {
  return present.kind === 'unreadable'
    ? `what the controller has now cannot be read, so nobody can say what the difference is (${present.why})`
    : 'the controller holds no database: there is nothing to compare with';
}

function differenceLines({ back, changed, gone }: Difference): string[] {
  if (back.length + changed.length + gone.length === 0) return ['it is what the controller has now'];
  return [
    ...group('would COME BACK, removed since the backup was made', back),
    ...group('would be as before', changed),
    ...group('would be gone, made since', gone),
  ];
}

function group(title: string, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length - longestGroup;
  return [
    `${title} (${all.length}):`,
    ...all.slice(0, longestGroup).map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${more} more: --json lists all`] : []),
  ];
}

const keyTexts = {
  same: 'the same',
  missing: 'not here; it is in the backup',
  different: 'ANOTHER ONE is here: --replace-keys takes that of the backup, and keeps the other beside it',
} as const;

function readersText({ site, readers }: KeyStates): string {
  if (readers === 'different') {
    return site === 'different'
      ? 'others are here; they go with the site key'
      : 'others are here, and stay: they may be newer';
  }
  return keyTexts[readers ?? 'same'];
}

function ageText(ms: number): string {
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 120) return counted(minutes, 'minute');
  const hours = Math.round(minutes / 60);
  return hours < 48 ? counted(hours, 'hour') : counted(Math.round(hours / 24), 'day');
}
