import type { PanelReport } from '../../core/panel.ts';
import type { PanelMessage } from './layout.ts';
import type { CodeLength } from './user-code.ts';

export type SystemStatus = Extract<PanelMessage, { type: 'system_status' }>['value'];

/** A flag of 08h: byte of the message (3 to 10) and bit. */
interface Flag {
  byte: number;
  bit: number;
  name: string;
}

const sixDigits: Flag = { byte: 6, bit: 0, name: 'codes of six digits' };
const busyFlags: readonly Flag[] = [
  { byte: 3, bit: 3, name: 'a download is in progress' },
  { byte: 6, bit: 1, name: 'a keypad is in programming' },
];
const tampers: readonly Flag[] = [
  { byte: 4, bit: 4, name: 'box tamper' },
  { byte: 4, bit: 5, name: 'siren tamper' },
  { byte: 5, bit: 0, name: 'expander tamper' },
];
const troubles: readonly Flag[] = [
  { byte: 4, bit: 0, name: 'ground fault' },
  { byte: 4, bit: 1, name: 'phone line' },
  { byte: 4, bit: 2, name: 'failure to communicate' },
  { byte: 4, bit: 3, name: 'fuse' },
  { byte: 4, bit: 6, name: 'low battery' },
  { byte: 4, bit: 7, name: 'mains failure' },
  { byte: 5, bit: 1, name: 'mains failure of an expander' },
  { byte: 5, bit: 2, name: 'low battery of an expander' },
  { byte: 5, bit: 3, name: 'expander lost' },
  { byte: 5, bit: 4, name: 'over-current of an expander' },
];

/** How long the codes of this panel are; it holds for all of them. */
export function codeLength(status: SystemStatus): CodeLength {
  return isSet(status, sixDigits) ? 6 : 4;
}

/** Why no code may be written now (sheet 3.4); null: nothing speaks against it. */
export function busyWith(status: SystemStatus): string | null {
  return busyFlags.find((flag) => isSet(status, flag))?.name ?? null;
}

/** What there is to report when one status follows another (null: the first one). Names of everything that is wrong. */
export function troubleReports(
  before: SystemStatus | null,
  after: SystemStatus,
): Extract<PanelReport, { type: 'trouble' }>[] {
  const kinds = [
    { what: 'tamper', flags: tampers },
    { what: 'trouble', flags: troubles },
  ] as const;
  return kinds.flatMap(({ what, flags }) => {
    const names = (status: SystemStatus | null) =>
      status === null
        ? ''
        : flags
            .filter((flag) => isSet(status, flag))
            .map(({ name }) => name)
            .join(', ');
    const now = names(after);
    if (now === names(before)) return [];
    return [{ type: 'trouble', what, active: now !== '', detail: now === '' ? `no ${what} any more` : now }];
  });
}

function isSet(status: SystemStatus, { byte, bit }: Flag): boolean {
  return (((status.flags[byte - 3] ?? 0) >> bit) & 1) === 1;
}
