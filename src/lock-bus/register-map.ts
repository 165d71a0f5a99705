import type { LockState } from '../core/lock.ts';
import type { InputWiring, LockModel, SiteLock } from '../core/site.ts';
import { coilOff, coilOn } from './frame.ts';
import type { PortRequest } from './modbus-port.ts';

/** A lock in the terms of its board: which register is written, which bits are read, and what they mean. */

/**
 * The time a board would keep for a strike, in its units; null when it cannot: it has no timed output, the strike
 * is longer than it can count, or the lock is released by taking the current away.
 */
export function boardTime(lock: SiteLock, strikeMs: number): number | null {
  const { timed } = lock.model;
  if (timed === null || lock.released_when === 'de_energised') return null;
  const units = Math.ceil(strikeMs / timed.unit_ms);
  return units <= timed.max ? units : null;
}

/** The write that brings the output into a state: a time to its register (FC6), or on or off to its coil (FC5). */
export function writeRequest(lock: SiteLock, state: LockState, strikeMs: number): PortRequest {
  const { unit, relay, model } = lock;
  const units = state === 'released' ? boardTime(lock, strikeMs) : null;
  if (units !== null && model.timed !== null) {
    return {
      unit,
      fn: 'write_register',
      body: { address: model.timed.first_register + relay, value: units },
    };
  }
  const energised = (state === 'released') === (lock.released_when === 'energised');
  const value = energised ? coilOn : coilOff;
  return { unit, fn: 'write_coil', body: { address: model.first_coil + relay, value } };
}

/** Reads all relays of a board in one exchange: cheap boards answer nothing but whole rows. */
export function outputsRequest(unit: number, model: LockModel): PortRequest {
  return { unit, fn: 'read_coils', body: { address: model.first_coil, count: model.relays } };
}

/** Reads all inputs of a board in one exchange. */
export function inputsRequest(unit: number, model: LockModel): PortRequest {
  return { unit, fn: 'read_inputs', body: { address: model.first_input, count: model.inputs } };
}

/** What the board's relays say of this lock. */
export function outputState(lock: SiteLock, relays: readonly boolean[]): LockState {
  const energised = relays[lock.relay] ?? false;
  return energised === (lock.released_when === 'energised') ? 'released' : 'secured';
}

/** What the board's inputs say of a wire; null where none is wired. */
export function inputActive(wiring: InputWiring | null, inputs: readonly boolean[]): boolean | null {
  const closed = wiring === null ? undefined : inputs[wiring.input];
  return closed === undefined ? null : closed === (wiring?.active_when === 'closed');
}
