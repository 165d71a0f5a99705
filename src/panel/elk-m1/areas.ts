import type { ArmState } from '../../core/panel.ts';
import type { Report } from './layout.ts';

/**
 * The arm state of one area, as a pure machine (sheet 2.2). Any sign of armed counts at once. Around arming and disarming the panel can
 * send one AS that is wrong and correct it in the next: disarmed counts only when two reports agree, the later one asked for by us.
 */
export interface Area {
  state: ArmState;
  /** Since when every report says disarmed and it does not count yet (mono milliseconds); null: it is not in doubt. */
  doubtfulSince: number | null;
  /** The panel's character for the alarm; `0` to `2` are none. */
  alarm: string;
}

export type AreaEvent =
  /** The characters of AS. `polled`: a request of ours was open. */
  | { type: 'status'; armed: string; ready: string; alarm: string; polled: boolean }
  /** EE: `exit` while an exit delay is running. */
  | { type: 'timer'; armed: string; exit: boolean }
  /** The log says that somebody armed. */
  | { type: 'logged_armed' }
  /** The connection, or the trust in what was heard, is lost. */
  | { type: 'lost' };

/** The least time between two reports that agree. */
export const agreeMs = 1000;

export const newArea: Area = { state: 'unknown', doubtfulSince: null, alarm: '0' };

/** One event. `now` is mono milliseconds. */
export function stepArea(area: Area, event: AreaEvent, now: number): Area {
  switch (event.type) {
    case 'status': {
      const seen = { ...area, alarm: event.alarm };
      // Modes that nobody has documented are armed too.
      if (event.armed !== '0') return armed(seen, event.ready === '3');
      if (area.state === 'disarmed') return seen;
      const since = area.doubtfulSince ?? now;
      return event.polled && now - since >= agreeMs
        ? { ...seen, state: 'disarmed', doubtfulSince: null }
        : { ...seen, doubtfulSince: since };
    }
    case 'timer':
      return event.armed === '0' ? area : armed(area, event.exit);
    case 'logged_armed':
      return area.state === 'armed' ? { ...area, doubtfulSince: null } : armed(area, true);
    case 'lost':
      return { ...area, state: 'unknown', doubtfulSince: null };
  }
}

const armed = (area: Area, leaving: boolean): Area => ({
  ...area,
  state: leaving ? 'arming' : 'armed',
  doubtfulSince: null,
});

/** What a report says about the area with this number, 1 to 8; null: nothing. */
export function areaEvent(report: Report, number: number, polled: boolean): AreaEvent | null {
  switch (report.type) {
    case 'arming': {
      const { armed, ready, alarm } = report.value;
      const at = number - 1;
      return {
        type: 'status',
        armed: armed[at] ?? '',
        ready: ready[at] ?? '',
        alarm: alarm[at] ?? '',
        polled,
      };
    }
    case 'timers': {
      const { area, armed, type, timer1, timer2 } = report.value;
      return area === number ? { type: 'timer', armed, exit: type === 0 && timer1 + timer2 > 0 } : null;
    }
    case 'log': {
      const { event, area, index } = report.value;
      return index === 0 && event === 1173 && area === number ? { type: 'logged_armed' } : null;
    }
    default:
      return null;
  }
}

const alarms: Readonly<Record<string, string>> = {
  '3': 'fire',
  '4': 'medical',
  '5': 'police',
  '6': 'burglar',
  '7': 'auxiliary 1',
  '8': 'auxiliary 2',
  '9': 'auxiliary 3',
  ':': 'auxiliary 4',
  ';': 'carbon monoxide',
  '<': 'emergency',
  '=': 'freeze',
  '>': 'gas',
  '?': 'heat',
  '@': 'water',
  A: 'fire supervisory',
  B: 'fire verification',
};

/** Which alarm an area is in; null: none. Characters nobody has documented are alarms too. */
export function alarmOf({ alarm }: Area): string | null {
  return alarm < '3' ? null : (alarms[alarm] ?? `unknown (${alarm})`);
}
