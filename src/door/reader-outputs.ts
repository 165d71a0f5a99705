import type { Cancel, Clock } from '../core/clock.ts';
import { alarmsOf } from '../core/door-state.ts';
import type { ErrorCode } from '../core/error.ts';
import type { ReaderBus, ReaderReport } from '../core/reader.ts';
import {
  conditionHolds,
  idleOutput,
  type OutputInput,
  type OutputPlan,
  type OutputState,
  type OutputStatus,
  onUntil,
  type ReaderOutput,
  stepOutput,
} from '../core/reader-output.ts';
import type { Site, SiteReader } from '../core/site.ts';
import type { DoorController } from './door-controller.ts';
import type { Journal } from './journal.ts';
import type { ModeKeeper } from './mode-keeper.ts';

/** Sounders and lamps at readers, which follow what becomes of their doors. */
export interface ReaderOutputs {
  /** A door or its mode may have changed. */
  look(): void;
  heard(reader: SiteReader, report: ReaderReport): void;
  /**
   * Switches an output on for `ms`, or off: then it stays off until what it follows has ended. `operator` names who asked, for the journal.
   * Resolves with what the reader shows, at the latest after two seconds.
   */
  order(readerId: string, output: string, order: OutputOrder, operator: string): Promise<OutputAnswer>;
  status(reader: SiteReader): OutputStatus[];
  /** Switches all off, for the process ends. */
  close(): void;
}

export type OutputOrder = { on: true; ms: number } | { on: false };
export type OutputAnswer =
  | { ok: true; state: OutputState; fault: string | null }
  | { ok: false; code: ErrorCode; detail: string };

export interface ReaderOutputsParts {
  site: Pick<Site, 'readers'>;
  /** Buses by the name of their port. */
  readerBuses: ReadonlyMap<string, Pick<ReaderBus, 'switchOutput'>>;
  /** By the name of their lock, and their modes by the door's id; looked at when they are needed. */
  doors: ReadonlyMap<string, Pick<DoorController, 'door' | 'state'>>;
  modes: ReadonlyMap<string, Pick<ModeKeeper, 'now'>>;
  clock: Clock;
  journal: Pick<Journal, 'append'>;
  changed(): void;
}

/** The longest that an installer may have an output on, in milliseconds. */
export const longestTrial = 300_000;
const shownWithin = 2_000;

interface Switch {
  readonly reader: SiteReader;
  readonly rules: ReaderOutput;
  plan: OutputPlan;
  on: boolean;
  state: OutputState;
  fault: string | null;
  timer: Cancel;
  /** Called whenever the reader shows something. */
  readonly watchers: Set<() => void>;
}

export function readerOutputs(parts: ReaderOutputsParts): ReaderOutputs {
  const { site, readerBuses, clock, journal } = parts;
  const switches: Switch[] = site.readers.flatMap((reader) =>
    (reader.outputs ?? []).map((rules) => ({
      ...{ reader, rules, plan: idleOutput, on: false, state: 'unknown' as const, fault: null },
      ...{ timer: () => {}, watchers: new Set<() => void>() },
    })),
  );

  function act(one: Switch, input: OutputInput): void {
    one.plan = stepOutput(one.plan, input, clock.mono());
    settle(one);
  }

  function settle(one: Switch): void {
    const now = clock.mono();
    const until = onUntil(one.rules, one.plan, now);
    one.timer();
    if (until !== null && Number.isFinite(until)) one.timer = clock.after(until - now, () => settle(one));
    if ((until !== null) === one.on) return;
    one.on = until !== null;
    readerBuses.get(one.reader.port)?.switchOutput?.(one.reader.name, one.rules.output, one.on);
  }

  function isSo({ reader, rules }: Switch): boolean {
    const found = [...parts.doors.values()].find(({ door }) => door.readers.includes(reader.name));
    if (found === undefined) return false;
    const mode = parts.modes.get(found.door.id)?.now() ?? 'normal';
    return conditionHolds(rules.follows, { ...alarmsOf(found.state()), mode });
  }

  function shows(one: Switch, state: OutputState, fault: string | null): void {
    const told = one.fault;
    one.state = state;
    one.fault = fault;
    for (const watcher of one.watchers) watcher();
    if ((fault === null) === (told === null)) return;
    const resource = `reader/${one.reader.id}`;
    const data = { output: one.rules.name, active: fault !== null, detail: fault };
    journal.append({ time: clock.wall(), type: 'reader.output_fault', resource, data });
  }

  /** When the reader shows what it is to, does not do it, or has had its time. */
  function shown(one: Switch): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        late();
        one.watchers.delete(look);
        resolve();
      };
      const done = (): boolean => one.state === (one.on ? 'on' : 'off');
      const look = (): void => {
        if (done() || one.fault !== null) end();
      };
      const late = clock.after(shownWithin, end);
      one.watchers.add(look);
      if (done()) end();
    });
  }

  return {
    look() {
      for (const one of switches) act(one, { type: 'follow', holds: isSo(one) });
    },

    heard(reader, report) {
      const here = switches.filter((one) => one.reader.id === reader.id);
      if (report.type === 'offline') for (const one of here) one.state = 'unknown';
      if (report.type !== 'output') return;
      const one = here.find(({ rules }) => rules.output === report.output);
      if (one !== undefined) shows(one, report.state, report.fault);
    },

    async order(readerId, name, order, operator) {
      const here = switches.filter(({ reader }) => reader.id === readerId);
      const one = here.find(({ rules }) => rules.name === name);
      if (one === undefined) {
        const known = here.map(({ rules }) => rules.name).join(', ');
        const right =
          known === '' ? 'the site file names none: [readers.NAME.outputs.NAME]' : `there are: ${known}`;
        return { ok: false, code: 'not_found', detail: `this reader has no output of this name; ${right}` };
      }
      act(one, order.on ? { type: 'try', ms: order.ms } : { type: 'silence' });
      const data = { output: name, on: order.on, for_ms: order.on ? order.ms : null, operator };
      const resource = `reader/${readerId}`;
      journal.append({ time: clock.wall(), type: 'reader.output_ordered', resource, data });
      parts.changed();
      await shown(one);
      return { ok: true, state: one.state, fault: one.fault };
    },

    status: (reader) =>
      switches
        .filter((one) => one.reader.id === reader.id)
        .map(({ rules, state, fault }) => ({ name: rules.name, state, fault })),

    close() {
      for (const one of switches) {
        one.timer();
        if (one.on)
          readerBuses.get(one.reader.port)?.switchOutput?.(one.reader.name, one.rules.output, false);
      }
    },
  };
}
