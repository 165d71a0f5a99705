import type { z } from 'zod';
import type { clock } from '../schema/api/clock.ts';
import type { system } from '../schema/api/system.ts';

type Clock = z.infer<typeof clock>;
type System = z.infer<typeof system>;

/** The clock of a site in words, several lines. */
export function clockPicture({
  time,
  time_zone,
  clock: state,
}: Pick<System, 'time' | 'time_zone' | 'clock'>): string {
  const lines = [`clock         ${time} (${time_zone})`];
  if (state === null) lines.push('not known: the door process is silent');
  else {
    lines.push(`synchronized  ${state.synced === null ? 'the system does not tell' : yesNo(state.synced)}`);
    lines.push(`believed      ${state.doubt === null ? 'yes' : `NO: ${doubts[state.doubt]}`}`);
    lines.push(`known past    ${state.high_water ?? 'nothing yet'}`);
    if (isBehind(state, time)) {
      lines.push(
        'ENDS OF VALIDITY ARE JUDGED BY A TIME TO COME: if the clock is right, it was wrong before: postern clock reset',
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** What `postern status` says of a clock that wants looking after; nothing of one that is right. */
export function clockWarnings({
  time,
  clock: state,
  feed,
}: Pick<System, 'time' | 'clock' | 'feed'>): string[] {
  if (state === null) return [];
  const wrong = state.doubt !== null || state.synced === false;
  return [
    ...(state.doubt === null ? [] : [`CLOCK NOT BELIEVED: ${doubts[state.doubt]}`]),
    ...(isBehind(state, time) ? ['ENDS OF VALIDITY ARE JUDGED BY A TIME TO COME: see postern clock'] : []),
    ...(wrong && feed.webhooks.some(({ enabled }) => enabled)
      ? ['WEBHOOKS MAY BE REFUSED: receivers take no stamp that is off by more than 5 minutes']
      : []),
  ];
}

const doubts: Readonly<Record<NonNullable<Clock['doubt']>, string>> = {
  not_set: 'it reads a time that is known to be past. Set it, then postern clock reset',
  not_synchronized:
    'no time server was heard. Where there is none, set [clock] trust = "system" in the site file',
  stepped: 'it was put on or back, and no time server was heard since. If it is right: postern clock reset',
};
/** Not so far that a second of waiting would make up for it. */
const marginMs = 60_000;

function isBehind({ high_water, doubt }: Clock, time: string): boolean {
  return doubt === null && high_water !== null && Date.parse(high_water) > Date.parse(time) + marginMs;
}

const yesNo = (is: boolean): string => (is ? 'yes' : 'NO');
