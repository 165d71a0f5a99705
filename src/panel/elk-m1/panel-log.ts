import type { Clock } from '../../core/clock.ts';
import type { HolderReport } from '../../core/holder.ts';
import type { LogPlace, PanelEvent } from '../../core/panel.ts';
import type { Conversation } from './conversation.ts';
import { type LogEntry, lastUser, logEvent, type PanelTime, panelMs } from './events.ts';
import { anchorLength, identity, isEmpty, type LogWalk, lastIndex, stepWalk } from './log-walk.ts';

/** The panel's log: what is told live, and what was missed during an outage. */
export interface PanelLog {
  /** An entry of just now. */
  live(entry: LogEntry): void;
  /** The panel's own clock, which dates the entries that were missed: it need not be right, nor in our zone. */
  clock(time: PanelTime): void;
  /** From now on entries may be missed. */
  outage(): void;
  /** Reads what was missed since the outage, or an earlier life. At the very first time there is nothing it could have missed. */
  catchUp(): void;
}

/** No identity holds it. */
const separator = '|';

/** `partition` names an area's partition; `place` holds the identities of the newest entries told. */
export function panelLog(
  clock: Clock,
  { ask }: Conversation,
  partition: (area: number) => string | null,
  place: LogPlace,
  tell: (report: PanelEvent | HolderReport) => void,
): PanelLog {
  /** Identities of the newest entries, newest first. */
  let known: readonly string[] = place.kept?.split(separator) ?? [];
  /** There was an outage that is not caught up with: at the start, the time before it. */
  let behind = true;
  /** What was known when the outage began; null: nothing was known yet. */
  let anchor: readonly string[] | null = place.kept === null ? null : known;
  let liveSince: readonly string[] = [];
  let walk: LogWalk | null = null;
  /** Wall milliseconds less the panel's. */
  let ahead: number | null = null;

  function missed(entry: LogEntry): void {
    const at = ahead === null ? clock.wall() : panelMs(entry) + ahead;
    const event = logEvent(entry, partition, at, true);
    tell(event);
    // While it is heard, the panel says so of every code that is entered (IC).
    if (event.user !== null && event.user <= lastUser) tell({ type: 'used', slot: event.user, at });
  }

  function readOn(): void {
    const mine = walk;
    if (mine === null) return;
    ask({ type: 'log', value: { index: mine.read.length + 1 } }, (result) => {
      // Another walk has begun meanwhile, because all places have moved.
      if (walk !== mine) return;
      if (result.type !== 'report' || result.report.type !== 'log') {
        walk = null;
        return;
      }
      take(mine, result.report.value);
    });
  }

  function take(mine: LogWalk, entry: LogEntry): void {
    if (anchor === null) {
      // The newest entry of all is where the first outage begins.
      done(isEmpty(entry) ? [] : [entry], []);
      return;
    }
    const stepped = stepWalk(mine, entry);
    walk = stepped.walk;
    if (stepped.missed === null) readOn();
    else done(stepped.walk.read, stepped.missed);
  }

  function done(read: readonly LogEntry[], unheard: readonly LogEntry[]): void {
    known = [...read.map(identity), ...(anchor ?? [])].slice(0, anchorLength);
    walk = null;
    anchor = null;
    behind = false;
    for (const one of unheard) missed(one);
    place.keep(known.join(separator));
  }

  function begin(): void {
    walk = { known: anchor ?? [], live: liveSince, read: [] };
    readOn();
  }

  return {
    live(entry) {
      known = [identity(entry), ...known].slice(0, anchorLength);
      if (behind) liveSince = [identity(entry), ...liveSince].slice(0, lastIndex);
      tell(logEvent(entry, partition, clock.wall(), false));
      // What was missed before this entry is not told yet.
      if (!behind) place.keep(known.join(separator));
      if (walk !== null) begin();
    },
    clock(time) {
      ahead = clock.wall() - panelMs(time);
    },
    outage() {
      walk = null;
      if (behind) return;
      behind = true;
      anchor = known;
      liveSince = [];
    },
    catchUp() {
      if (behind) begin();
    },
  };
}
