import type { Cancel, Clock } from '../core/clock.ts';
import { encodeFrame, frameScanner } from '../panel/elk-m1/frame.ts';
import { decodeRequest, encodeReport, type Report, type Request, sixDigits } from '../panel/elk-m1/layout.ts';
import { armOrders, type ElkMode, newArea, readiness, type SimulatedArea } from './elk-area.ts';
import { type ElkFault, elkPieces } from './elk-fault.ts';
import { type ElkUser, elkUsers } from './elk-users.ts';

/** A simulated Elk M1 on its serial port (sheet 2.7). Areas are numbered 1 to 8. */
export interface SimulatedElk {
  /** Bytes from the controller, in any chunking. */
  receive(bytes: Uint8Array): void;
  /** Somebody arms at a keypad, as user `user`; `exitSeconds` 0: at once. */
  arm(area: number, user?: number, exitSeconds?: number, mode?: ElkMode): void;
  disarm(area: number, user?: number): void;
  /** A character of AS (sheet 2.2); `0` ends the alarm. */
  alarm(area: number, kind: string): void;
  /** A zone of the area is opened, or the last one closed. */
  zone(area: number, open: boolean): void;
  /** One of the 34 characters of SS. */
  trouble(place: number, state: string): void;
  /** Somebody enters a code at a keypad. The log says what it did: `event`, 1313 to 1328 for a door, else nothing. */
  enterCode(code: string, keypad: number, event?: number): void;
  /** ELKRP: 0 gone, 1 programming, 2 the interface is starting. */
  remote(state: 0 | 1 | 2): void;
  /** Somebody leaves installer programming at a keypad. */
  leaveProgramming(): void;
  /** Writes an entry into the log, and tells it if anybody listens. */
  log(event: number, number: number, area: number): void;
  /** What a slot holds; undefined: nothing. May be changed by `set`. */
  readonly users: Map<number, ElkUser>;
  fault(fault: ElkFault, on: boolean): void;
  /** How many changes of a code have been taken. */
  changes(): number;
  armed(area: number): boolean;
  close(): void;
}

export interface ElkOptions {
  users: readonly (Partial<ElkUser> & { slot: number; code: string })[];
  codeLength?: 4 | 6;
  firmware?: { major: number; minor: number; build: number };
  /** Exit delay of orders by the protocol, seconds. */
  exitSeconds?: number;
  /** The panel's clock less ours: its zone, and how wrong it is. */
  clockAheadMs?: number;
  /** Names of users by slot. */
  names?: Readonly<Record<number, string>>;
}

const keepaliveMs = 30_000;
const settleMs = 300;

/** `send` puts bytes on the line; it is called at once, and with every change. */
export function elkPanel(clock: Clock, send: (bytes: Uint8Array) => void, options: ElkOptions): SimulatedElk {
  const { codeLength = 4, firmware = { major: 5, minor: 1, build: 12 } } = options;
  const faults = new Set<ElkFault>();
  const users = elkUsers(options.users);
  const areas = Array.from({ length: 8 }, newArea);
  const entries: Extract<Report, { type: 'log' }>['value'][] = [];
  const scanner = frameScanner();
  let troubles = '0'.repeat(34);
  let changes = 0;
  let keepalive: Cancel = () => {};

  const area = (number: number): SimulatedArea => {
    const found = areas[number - 1];
    if (found === undefined) throw new RangeError(`an Elk M1 has areas 1 to 8, not ${number}`);
    return found;
  };

  function say(report: Report): void {
    if (faults.has('silent') || faults.has('mute')) return;
    for (const piece of elkPieces(faults, encodeFrame(encodeReport(report)))) send(piece);
  }

  /** What is only told where the globals say so. */
  function push(report: Report): void {
    if (!faults.has('no_push')) say(report);
  }

  function arming(): Report {
    return {
      type: 'arming',
      value: {
        armed: areas.map(({ armed }) => armed).join(''),
        ready: areas.map(readiness).join(''),
        alarm: areas.map(({ alarm }) => alarm).join(''),
        timer: 0,
      },
    };
  }

  /** The state as it is not: `number` armed when it is disarmed, and the other way about. */
  function wrong(number: number): Report {
    const { armed } = area(number);
    area(number).armed = armed === '0' ? '1' : '0';
    const report = arming();
    area(number).armed = armed;
    return report;
  }

  function time() {
    const now = new Date(clock.wall() + (options.clockAheadMs ?? 0));
    return {
      second: now.getUTCSeconds(),
      minute: now.getUTCMinutes(),
      hour: now.getUTCHours(),
      weekday: now.getUTCDay() + 1,
      day: now.getUTCDate(),
      month: now.getUTCMonth() + 1,
      year: now.getUTCFullYear() - 2000,
    };
  }

  function log(event: number, number: number, inArea: number): void {
    const { second: _, ...now } = time();
    const entry = { event, number, area: inArea, index: 0, ...now };
    entries.unshift(entry);
    entries.splice(511);
    push({ type: 'log', value: entry });
  }

  function entered(code: string, user: number, keypad = 1): void {
    const shown = user === 0 ? code.replace(/\d/g, '0$&') : '0'.repeat(12);
    say({ type: 'code_entered', value: { code: shown, user, keypad } });
  }

  /** The order of a real panel (sheet 2.3): log, an AS that is late, alarm memory, AS, timer, AS. */
  function arm(number: number, user: number, exitSeconds: number, mode: ElkMode): void {
    const one = area(number);
    log(1173, user, number);
    push(arming());
    push({ type: 'alarm_memory', value: { areas: '00000000' } });
    one.armed = mode;
    // With a zone open, an order to arm arms by force (sheet 2.3).
    one.forced = one.open;
    one.exit?.();
    one.exit = exitSeconds === 0 ? null : clock.after(exitSeconds * 1000, () => left(one));
    push(arming());
    const timer = { area: number, type: 0, timer1: exitSeconds, timer2: exitSeconds, armed: mode };
    push({ type: 'timers', value: timer });
    flap(number);
  }

  function left(one: SimulatedArea): void {
    one.exit = null;
    push(arming());
  }

  function disarm(number: number, user: number): void {
    const one = area(number);
    one.exit?.();
    one.armed = '0';
    one.alarm = '0';
    one.exit = null;
    log(1174, user, number);
    push(arming());
    flap(number);
  }

  function flap(number: number): void {
    if (!faults.has('flap')) return;
    push(wrong(number));
    clock.after(settleMs, () => push(arming()));
  }

  function armOrder(number: number, code: string, mode: '0' | ElkMode): void {
    const by = users.owner(code);
    if (by === null || (by.user.areas & (1 << (number - 1))) === 0) {
      entered(code, 0);
      return;
    }
    entered(code, by.slot);
    if (by.user.access || faults.has('access_only')) log(1313, by.slot, number);
    else if (faults.has('ignores_arming')) return;
    // To arm what is armed disarms it.
    else if (mode === '0' || area(number).armed !== '0') disarm(number, by.slot);
    else arm(number, by.slot, options.exitSeconds ?? 60, mode);
  }

  function change(request: Extract<Request, { type: 'change_code' }>['value']): void {
    if (faults.has('deaf_to_codes')) return;
    changes += 1;
    const answer = users.change(request, faults);
    if (!faults.delete('lose_change_answer')) say(answer);
  }

  /** The first name from a number on: empty ones are passed over (sheet 2.4). */
  function name(type: number, from: number): Report {
    const names = Object.entries(type === 2 ? (options.names ?? {}) : {});
    const [slot, found] = names.find(([at]) => Number(at) >= from) ?? ['0', ''];
    return { type: 'name', value: { type, number: Number(slot), name: found } };
  }

  function obey(request: Request): void {
    if ('area' in request.value) {
      armOrder(request.value.area, request.value.code, armOrders[request.type] ?? '0');
    } else if (request.type === 'change_code') change(request.value);
    else {
      const answer = answerTo(request);
      if (answer !== null) say(answer);
    }
  }

  function answerTo(request: Request): Report | null {
    switch (request.type) {
      case 'arming':
        return arming();
      case 'code_areas':
        return users.areasOf(request.value.code, faults.has('six_digits') ? 6 : codeLength);
      case 'log': {
        const entry = entries[request.value.index - 1] ?? { ...neverWritten, ...time() };
        return { type: 'log', value: { ...entry, index: request.value.index } };
      }
      case 'troubles':
        return { type: 'troubles', value: { states: troubles } };
      case 'version':
        return { type: 'version', value: { ...firmware, interface: 0x010302, rest: '0'.repeat(36) } };
      case 'clock':
        return { type: 'clock', value: { ...time(), modes: '110' } };
      case 'name':
        return name(request.value.type, request.value.number);
      default:
        return null;
    }
  }

  function keepAlive(): void {
    if (!faults.has('no_keepalive')) say({ type: 'keepalive', value: { ...time(), modes: '110' } });
    keepalive = clock.after(keepaliveMs, keepAlive);
  }
  keepalive = clock.after(keepaliveMs, keepAlive);

  return {
    receive(bytes) {
      if (faults.has('silent')) return;
      for (const frame of scanner.push(bytes)) {
        const request = decodeRequest(frame);
        if (request !== null) obey(request);
      }
    },
    arm: (number, user = 1, exitSeconds = 0, mode = '1') => arm(number, user, exitSeconds, mode),
    disarm: (number, user = 1) => disarm(number, user),
    alarm(number, kind) {
      area(number).alarm = kind;
      push(arming());
    },
    zone(number, open) {
      area(number).open = open;
      push(arming());
    },
    trouble(place, state) {
      troubles = troubles.slice(0, place) + state + troubles.slice(place + 1);
      push({ type: 'troubles', value: { states: troubles } });
    },
    enterCode(code, keypad, event) {
      const slot = users.owner(code)?.slot ?? 0;
      entered(sixDigits(code), slot, keypad);
      if (event !== undefined && slot !== 0) log(event, slot, 1);
    },
    remote: (state) => say({ type: 'remote', value: { state } }),
    leaveProgramming: () => say({ type: 'left_programming', value: {} }),
    log,
    users: users.table,
    fault(fault, on) {
      if (on) faults.add(fault);
      else faults.delete(fault);
      const programming = programmed[fault];
      if (programming !== undefined) say({ type: 'remote', value: { state: on ? programming : 0 } });
      if (fault === 'master_changed') users.changeMasters(on);
      if (fault !== 'installer_programming') return;
      log(on ? 1354 : 1355, 0, 0);
      if (!on) say({ type: 'left_programming', value: {} });
    },
    changes: () => changes,
    armed: (number) => area(number).armed !== '0',
    close() {
      keepalive();
      for (const { exit } of areas) exit?.();
    },
  };
}

/** What RP says of a fault (sheet 2.5). */
const programmed: Partial<Record<ElkFault, number>> = { remote_programming: 1, interface_starting: 2 };
const neverWritten = { event: 1000, number: 0, area: 0 };
