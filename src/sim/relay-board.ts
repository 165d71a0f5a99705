import type { Cancel, Clock } from '../core/clock.ts';
import type { LockModel } from '../core/site.ts';
import { coilOff, coilOn, packBits, type Reply, type Request } from '../lock-bus/frame.ts';
import { type ModbusUnit, modbusUnits, soundUnit, type UnitFaults } from './modbus-units.ts';

/** What can be wrong with a simulated board. */
export interface BoardFaults extends UnitFaults {
  /** Relays that stay as they are, whatever is written. */
  stuck: Set<number>;
}

/** One board on the line. Relays and inputs count from 0. */
export interface RelayUnit extends ModbusUnit {
  readonly faults: BoardFaults;
  /** True: energised. */
  relay(n: number): boolean;
  /** Moves a relay by hand, behind the driver's back. */
  setRelay(n: number, energised: boolean): void;
  input(n: number): boolean;
  /** True: the contact is closed. */
  setInput(n: number, closed: boolean): void;
}

/** `written`: it was told to, whether or not it moved. */
export interface RelayNews {
  news: 'written' | 'moved';
  unit: number;
  relay: number;
  energised: boolean;
}

export interface RelayBoard {
  /** Bytes from the line, in any chunking. */
  receive(bytes: Uint8Array): void;
  /** Throws for a unit that is not on this line. */
  unit(n: number): RelayUnit;
}

/** Relay boards on one Modbus line. They answer at once, through `send`; `tell` hears of every relay that is written or moves. */
export function relayBoard(
  clock: Clock,
  send: (bytes: Uint8Array) => void,
  boards: readonly { unit: number; model: LockModel }[],
  tell: (news: RelayNews) => void = () => {},
): RelayBoard {
  const units = new Map(boards.map((board) => [board.unit, relayUnit(clock, board, tell)]));
  return {
    receive: modbusUnits(clock, send, units),
    unit(n) {
      const unit = units.get(n);
      if (unit === undefined) throw new RangeError(`no board with unit ${n} on this line`);
      return unit;
    },
  };
}

/** One board; `tell` hears of every relay that is written or moves. */
export function relayUnit(
  clock: Clock,
  { unit, model }: { unit: number; model: LockModel },
  tell: (news: RelayNews) => void,
): RelayUnit {
  const relays = new Array<boolean>(model.relays).fill(false);
  const inputs = new Array<boolean>(model.inputs).fill(false);
  const timers = new Map<number, Cancel>();
  const faults: BoardFaults = { ...soundUnit(), stuck: new Set() };

  function move(relay: number, energised: boolean): void {
    if (relays[relay] === energised || faults.stuck.has(relay)) return;
    relays[relay] = energised;
    tell({ news: 'moved', unit, relay, energised });
  }

  function energiseFor(relay: number, ms: number): void {
    timers.get(relay)?.();
    move(relay, ms > 0);
    if (ms > 0)
      timers.set(
        relay,
        clock.after(ms, () => move(relay, false)),
      );
  }

  function obey(request: Request): Reply {
    const refuse = (exception: number): Reply => ({ unit, fn: request.fn, exception });
    switch (request.fn) {
      case 'read_coils': {
        const values = row(relays, request.body.address - model.first_coil, request.body.count);
        return values === null ? refuse(2) : { unit, fn: 'read_coils', body: { values } };
      }
      case 'read_inputs': {
        const values = row(inputs, request.body.address - model.first_input, request.body.count);
        return values === null ? refuse(2) : { unit, fn: 'read_inputs', body: { values } };
      }
      case 'write_coil': {
        const relay = request.body.address - model.first_coil;
        if (relay < 0 || relay >= relays.length) return refuse(2);
        if (request.body.value !== coilOn && request.body.value !== coilOff) return refuse(3);
        timers.get(relay)?.();
        tell({ news: 'written', unit, relay, energised: request.body.value === coilOn });
        move(relay, request.body.value === coilOn);
        return request;
      }
      case 'write_register': {
        const relay = model.timed === null ? -1 : request.body.address - model.timed.first_register;
        if (model.timed === null || relay < 0 || relay >= relays.length) return refuse(2);
        if (request.body.value > model.timed.max) return refuse(3);
        tell({ news: 'written', unit, relay, energised: request.body.value > 0 });
        energiseFor(relay, request.body.value * model.timed.unit_ms);
        return request;
      }
      case 'read_holding':
      case 'write_coils':
      case 'write_registers':
        return refuse(1);
    }
  }

  return {
    faults,
    obey,
    relay: (n) => relays[n] ?? false,
    setRelay: move,
    input: (n) => inputs[n] ?? false,
    setInput(n, closed) {
      if (n < inputs.length) inputs[n] = closed;
    },
  };
}

function row(bits: readonly boolean[], first: number, count: number): Uint8Array | null {
  if (first < 0 || count < 1 || first + count > bits.length) return null;
  return packBits(bits.slice(first, first + count));
}
