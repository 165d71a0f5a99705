import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { InputBank, LockBus, LockOutcome, LockReport, LockState } from '../core/lock.ts';
import type { SiteLock } from '../core/site.ts';
import { exceptionText, leavesOpen } from './frame.ts';
import { type LockEffect, type LockEvent, type LockMachine, newLock, stepLock } from './lock-machine.ts';
import type { ModbusLine } from './modbus-line.ts';
import type { ExchangeResult, Priority } from './queue.ts';
import {
  boardTime,
  inputActive,
  inputsRequest,
  outputState,
  outputsRequest,
  writeRequest,
} from './register-map.ts';
import type { Station } from './station.ts';

/**
 * How often each board is asked for its relays, and for its inputs where any is wired: a press of the exit button is
 * seen within this time. The two exchanges take half of a 9600 baud line's time and a tenth of a 115200 baud line's; a
 * line that cannot keep up asks its boards in turn, as fast as it can.
 */
const pollMs = 100;
/** For a unit that has inputs only and no model that says how long it may take. */
const inputsReplyMs = 200;
/** Reports of unexplained frames are kept to one in this time: a babbling device must not fill the journal. */
const unexpectedEveryMs = 1000;

interface Fitted {
  readonly site: SiteLock;
  readonly station: Station;
  machine: LockMachine;
  waiting: { op: number; settle: (outcome: LockOutcome) => void }[];
  /** Inputs as last reported. */
  told: { contact: boolean | null; exit_button: boolean | null; tamper: boolean | null };
}

const nothingTold = { contact: null, exit_button: null, tamper: null };

/** All relay locks, and inputs read for others, on one Modbus line. Throws `config_invalid` for one unit with two models. */
export function relayLockBus(
  locks: readonly SiteLock[],
  line: ModbusLine,
  clock: Clock,
): LockBus & InputBank {
  let report: (lock: string, report: LockReport) => void = () => {};
  const stations = new Map<number, Station>();
  const fitted = new Map<string, Fitted>();
  const onUnit = (unit: number): Fitted[] => [...fitted.values()].filter((lock) => lock.site.unit === unit);
  let unexpectedAt = Number.NEGATIVE_INFINITY;
  let unreported = 0;

  line.unexplained((unit, detail, raw) => {
    const about = onUnit(unit)[0] ?? [...fitted.values()][0];
    if (about === undefined) return;
    if (clock.mono() - unexpectedAt < unexpectedEveryMs) {
      unreported += 1;
      return;
    }
    const more = unreported === 0 ? '' : `; ${unreported} more since the last report`;
    unexpectedAt = clock.mono();
    unreported = 0;
    report(about.site.name, { type: 'unexpected', detail: `${detail}${more}`, raw });
  });

  function stationOf(unit: number, timeoutMs: number): Station {
    const known = stations.get(unit);
    if (known !== undefined) return known;
    const watcher = {
      online() {
        for (const lock of onUnit(unit)) report(lock.site.name, { type: 'online' });
      },
      offline(reason: string) {
        for (const lock of onUnit(unit)) {
          lock.told = nothingTold;
          report(lock.site.name, { type: 'offline', reason });
          dispatch(lock, { type: 'lost', detail: reason });
        }
      },
    };
    const station = line.station({ unit, timeoutMs }, watcher);
    stations.set(unit, station);
    return station;
  }

  for (const site of locks) {
    const other = onUnit(site.unit)[0]?.site;
    if (other !== undefined && other.model.name !== site.model.name) {
      const both = `${other.name} is a ${other.model.name}, ${site.name} a ${site.model.name}`;
      throw new AppError('config_invalid', `unit ${site.unit} is one board and has one model, but ${both}`);
    }
    const station = stationOf(site.unit, site.model.reply_timeout_ms);
    fitted.set(site.name, { site, station, machine: newLock, waiting: [], told: nothingTold });
  }

  function lockNamed(name: string): Fitted {
    const lock = fitted.get(name);
    if (lock === undefined) throw new AppError('not_found', `there is no lock ${name} on ${line.name}`);
    return lock;
  }

  function dispatch(lock: Fitted, event: LockEvent, waiter?: (outcome: LockOutcome) => void): void {
    const { state, effects } = stepLock(lock.machine, event, clock.mono());
    lock.machine = state;
    if (waiter !== undefined) lock.waiting.push({ op: state.op, settle: waiter });
    for (const effect of effects) perform(lock, effect);
  }

  function letGo(type: 'release' | 'hold', name: string, strikeMs: number): Promise<LockOutcome> {
    const lock = lockNamed(name);
    const { timed } = lock.site.model;
    const own = timed !== null && boardTime(lock.site, strikeMs) !== null ? { unit_ms: timed.unit_ms } : null;
    return new Promise((resolve) => dispatch(lock, { type, strike_ms: strikeMs, timed: own }, resolve));
  }

  function perform(lock: Fitted, effect: LockEffect): void {
    const { site, station, machine } = lock;
    switch (effect.do) {
      case 'write': {
        const request = writeRequest(site, effect.state, effect.strike_ms);
        const done = (result: ExchangeResult): void => dispatch(lock, writeEnded(effect.op, result));
        station.exchange(urgency(effect.state), request, done, () => lock.machine.op === effect.op);
        break;
      }
      case 'read':
        station.exchange(urgency(machine.wanted.state), outputsRequest(site.unit, site.model), (result) => {
          if (result.type === 'bits') seeOutputs(site.unit, result.bits);
          else dispatch(lock, { type: 'read_failed', detail: readFault(site.unit, result) });
        });
        break;
      case 'settle': {
        const settled = lock.waiting.filter(({ op }) => op <= effect.op);
        lock.waiting = lock.waiting.filter(({ op }) => op > effect.op);
        for (const { settle } of settled) settle(effect.outcome);
        break;
      }
      case 'report':
        report(site.name, effect.report);
        break;
    }
  }

  function seeOutputs(unit: number, relays: readonly boolean[]): void {
    for (const lock of onUnit(unit)) {
      dispatch(lock, { type: 'read', found: outputState(lock.site, relays) });
    }
  }

  function seeInputs(lock: Fitted, inputs: readonly boolean[]): void {
    const { site, told } = lock;
    const open = inputActive(site.contact, inputs);
    const pressed = inputActive(site.exit_button, inputs);
    const active = inputActive(site.tamper, inputs);
    lock.told = { contact: open, exit_button: pressed, tamper: active };
    if (open !== null && open !== told.contact) report(site.name, { type: 'contact', open });
    // A press counts when it was seen to begin: the return of a board releases nothing.
    const begun = pressed === false || told.exit_button === false;
    if (pressed !== null && pressed !== told.exit_button && begun)
      report(site.name, { type: 'exit_button', pressed });
    if (active !== null && active !== told.tamper) report(site.name, { type: 'tamper', active });
  }

  return {
    start(reports) {
      report = reports;
      for (const unit of new Set(locks.map((lock) => lock.unit))) {
        const here = onUnit(unit);
        const first = here[0];
        if (first === undefined) continue;
        const { model } = first.site;
        first.station.poll(outputsRequest(unit, model), pollMs, (answer) => {
          if (answer?.type === 'bits') seeOutputs(unit, answer.bits);
        });
        if (!here.some(({ site }) => site.contact ?? site.exit_button ?? site.tamper)) continue;
        let toldFault: string | null = null;
        first.station.poll(inputsRequest(unit, model), pollMs, (answer, fault) => {
          if (answer?.type === 'bits') for (const lock of here) seeInputs(lock, answer.bits);
          if (fault !== null && fault !== toldFault) {
            const detail = `inputs cannot be read: ${fault}`;
            report(first.site.name, { type: 'unexpected', detail, raw: '' });
          }
          if (answer !== null || fault !== null) toldFault = fault;
        });
      }
      line.open();
    },
    release: (name, strikeMs) => letGo('release', name, strikeMs),
    hold: (name, ms) => letGo('hold', name, ms),
    secure(name) {
      const lock = lockNamed(name);
      return new Promise((resolve) => dispatch(lock, { type: 'secure' }, resolve));
    },
    health(name) {
      const { station, machine } = lockNamed(name);
      return { online: station.online, output: machine.found, ...station.counters };
    },
    close: line.close,
    watch(unit, first, count, everyMs, seen) {
      const board = onUnit(unit)[0]?.site.model;
      const address = (board?.first_input ?? 0) + first;
      const station = stationOf(unit, board?.reply_timeout_ms ?? inputsReplyMs);
      station.poll({ unit, fn: 'read_inputs', body: { address, count } }, everyMs, (answer) =>
        seen(answer?.type === 'bits' ? answer.bits : null),
      );
    },
  };
}

const urgency = (state: LockState): Priority => (state === 'released' ? 'unlock' : 'secure');

function writeEnded(op: number, result: ExchangeResult): LockEvent {
  switch (result.type) {
    case 'written':
    case 'bits':
    case 'registers':
      return { type: 'echoed', op };
    case 'exception':
      if (leavesOpen(result.code)) return { type: 'unanswered', op, raw: result.raw };
      return { type: 'refused', op, detail: exceptionText(result.code), raw: result.raw };
    case 'unanswered':
      return { type: 'unanswered', op, raw: result.raw };
    case 'line_down':
      return result.sent
        ? { type: 'unanswered', op, raw: null }
        : { type: 'undelivered', op, detail: result.reason };
    case 'dropped':
      return { type: 'undelivered', op, detail: 'too much is waiting for this line' };
  }
}

function readFault(unit: number, result: ExchangeResult): string {
  switch (result.type) {
    case 'exception':
      return `unit ${unit} refuses to be read back: ${exceptionText(result.code)}`;
    case 'line_down':
      return `the line went down before unit ${unit} could be read back: ${result.reason}`;
    default:
      return `unit ${unit} did not answer when it was read back`;
  }
}
