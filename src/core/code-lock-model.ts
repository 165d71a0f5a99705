import type { HolderTraits } from './holder.ts';

/**
 * The register map of a lock with a code table, in the terms of the reference map: where things lie, how digits are packed, what result
 * codes mean. All registers are holding registers (FC3, FC16).
 */
export interface CodeLockModel {
  name: string;
  title: string;
  traits: HolderTraits;
  map: CodeLockMap;
  reply_timeout_ms: number;
}

/**
 * Blocks of `size` registers from `address` on; each field is an offset from the block's start, null where the map has none. Digits
 * take as many registers as `digits` says.
 */
export interface CodeLockMap {
  /**
   * What the lock tells about itself; null: nothing. `magic` must be found in its first register; `lengths` holds the shortest code in its
   * high byte and the longest in its low byte.
   */
  identity: {
    address: number;
    size: number;
    magic: number;
    version: number | null;
    capacity: number | null;
    reserved: number | null;
    lengths: number | null;
  } | null;
  /** Written as one block; registers without a field are 0. `flags`: 1 with a code, which enables it. */
  mailbox: {
    address: number;
    size: number;
    command: number;
    slot: number;
    length: number | null;
    digits: number;
    flags: number | null;
    sequence: number | null;
  };
  /** Read after a command until the result is not `working`. */
  result: {
    address: number;
    size: number;
    sequence: number | null;
    result: number;
    slot: number | null;
    used: number | null;
  };
  /** Read after the command `read`; null: slots cannot be read. */
  slot: {
    address: number;
    size: number;
    slot: number;
    state: number;
    length: number | null;
    digits: number;
  } | null;
  commands: { store: number; remove: number; read: number | null };
  /** Meaning of each result number; any other is unmapped, and a failure. */
  results: Readonly<
    Record<
      string,
      | 'done'
      | 'working'
      | 'bad_slot'
      | 'bad_length'
      | 'full'
      | 'duplicate'
      | 'busy'
      | 'locked_out'
      | 'refused'
    >
  >;
  /** Meaning of each slot state; any other proves nothing. */
  states: Readonly<Record<string, 'empty' | 'code' | 'unreadable'>>;
  /**
   * How digits lie in registers, first digit first. `filler` stands for "no digit" (bcd: a nibble, ascii: a byte, one_per_register: a
   * register); binary is the number the digits write, and needs a length for its leading zeros.
   */
  digits: {
    packing: 'bcd' | 'ascii' | 'one_per_register' | 'binary';
    registers: number;
    filler: number;
  };
  /** Register that counts changes made by hand; null: none. */
  hand_changes: number | null;
  /** Last use: a block with a counter of uses, the slot, the result (granted where it means `done`) and the age in seconds; null: none. */
  last_use: {
    address: number;
    size: number;
    counter: number;
    slot: number;
    result: number | null;
    age: number | null;
  } | null;
}
