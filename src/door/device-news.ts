import type { Clock } from '../core/clock.ts';
import type { LockReport } from '../core/lock.ts';
import type { ReaderReport } from '../core/reader.ts';
import type { Journal } from './journal.ts';

/** Tells in the journal what happens to readers and locks as devices. */
export interface DeviceNews {
  reader(id: string, report: ReaderReport): void;
  lock(id: string, report: LockReport): void;
}

const alarmEvery = 600_000;

export function deviceNews(journal: Pick<Journal, 'append'>, clock: Clock): DeviceNews {
  /** Outages, tampers and power faults that are on: devices repeat themselves after each reconnection, we do not. */
  const active = new Set<string>();
  const changed = (what: string, on: boolean): boolean => {
    if (active.has(what) === on) return false;
    if (on) active.add(what);
    else active.delete(what);
    return true;
  };
  /** When an alarm was last told: whoever raises one with each frame must not fill the journal. */
  const told = new Map<string, number>();
  const due = (what: string): boolean => {
    const now = clock.mono();
    if (now - (told.get(what) ?? Number.NEGATIVE_INFINITY) < alarmEvery) return false;
    told.set(what, now);
    return true;
  };

  return {
    reader(id, report) {
      const resource = `reader/${id}`;
      const time = clock.wall();
      switch (report.type) {
        case 'online':
          changed(`offline ${resource}`, false);
          journal.append({ time, type: 'reader.online', resource, data: { secure: report.secure } });
          return;
        case 'offline': {
          // That it is lost is told each time; another reason for it too, but not one that comes and goes.
          const isNews = due(`offline ${report.reason} ${resource}`);
          if (changed(`offline ${resource}`, true) || isNews)
            journal.append({ time, type: 'reader.offline', resource, data: { reason: report.reason } });
          return;
        }
        case 'tamper':
          if (changed(`tamper ${resource}`, report.active))
            journal.append({ time, type: 'reader.tamper', resource, data: { active: report.active } });
          return;
        case 'power':
          if (changed(`power ${resource}`, report.fault))
            journal.append({ time, type: 'reader.power', resource, data: { fault: report.fault } });
          return;
        case 'unexpected': {
          const { detail, raw } = report;
          // By the code of the answer: what else is in it, a stranger may vary.
          if (due(`${raw.slice(0, 2)} ${resource}`))
            journal.append({ time, type: 'reader.unexpected', resource, data: { detail, raw } });
          return;
        }
        case 'security':
          if (due(`${report.what} ${resource}`))
            journal.append({ time, type: 'reader.security', resource, data: { what: report.what } });
          return;
        case 'paired':
        case 'pairing_failed':
        case 'identified':
        case 'card':
        case 'unreadable_card':
        case 'inputs':
        case 'output':
        case 'keys':
          return;
      }
    },
    lock(id, report) {
      const resource = `lock/${id}`;
      const time = clock.wall();
      switch (report.type) {
        case 'online':
          journal.append({ time, type: 'lock.online', resource, data: {} });
          return;
        case 'offline':
          journal.append({ time, type: 'lock.offline', resource, data: { reason: report.reason } });
          return;
        case 'mismatch': {
          const { wanted, found } = report;
          journal.append({ time, type: 'lock.mismatch', resource, data: { wanted, found } });
          return;
        }
        case 'unexpected': {
          const { detail, raw } = report;
          journal.append({ time, type: 'lock.unexpected', resource, data: { detail, raw } });
          return;
        }
        case 'tamper':
          if (changed(`tamper ${resource}`, report.active))
            journal.append({ time, type: 'lock.tamper', resource, data: { active: report.active } });
          return;
        case 'output':
        case 'contact':
        case 'exit_button':
          return;
      }
    },
  };
}
