import type { CodeLockMap, CodeLockModel } from '../../core/code-lock-model.ts';
import { packDigits, unpackDigits } from './digits.ts';

/** What a lock is told and what it answers, in the terms of its map. Nothing here keeps time or knows the line. */

export type LockCommand =
  | { do: 'store'; slot: number; digits: string }
  | { do: 'remove' | 'read'; slot: number };

/** The mailbox block that orders a command; null when the lock has none for it. */
export function mailboxWords(map: CodeLockMap, command: LockCommand, sequence: number): number[] | null {
  const { mailbox, digits: packing } = map;
  const number = map.commands[command.do];
  if (number === null) return null;
  const words = new Array<number>(mailbox.size).fill(0);
  const put = (at: number | null, ...values: number[]): void => {
    if (at !== null) words.splice(at, values.length, ...values);
  };
  put(mailbox.command, number);
  put(mailbox.slot, command.slot);
  put(mailbox.sequence, sequence);
  if (command.do === 'store') {
    put(mailbox.length, command.digits.length);
    put(mailbox.digits, ...packDigits(command.digits, packing));
    put(mailbox.flags, 1);
  } else put(mailbox.digits, ...packDigits('', packing));
  return words;
}

export interface LockResult {
  /** Null where the map has none. */
  sequence: number | null;
  /** `unmapped`: a number that the model does not know. */
  meaning: CodeLockMap['results'][string] | 'unmapped';
  value: number;
  slot: number | null;
  used: number | null;
  /** The block in hex; it holds no code. */
  raw: string;
}

export function resultOf({ result, results }: CodeLockMap, block: readonly number[]): LockResult {
  const value = field(block, result.result) ?? 0;
  return {
    sequence: field(block, result.sequence),
    meaning: results[String(value)] ?? 'unmapped',
    value,
    slot: field(block, result.slot),
    used: field(block, result.used),
    raw: block.map((register) => register.toString(16).padStart(4, '0')).join(' '),
  };
}

/** What a slot holds. `digits` null: masked, or no code. */
export interface LockSlot {
  slot: number;
  state: 'empty' | 'code' | 'unreadable';
  digits: string | null;
}

/** Null when the map has no slot block. A state that is not mapped proves nothing: `unreadable`. */
export function slotOf({ slot: at, states, digits }: CodeLockMap, block: readonly number[]): LockSlot | null {
  if (at === null) return null;
  const state = states[String(field(block, at.state))] ?? 'unreadable';
  const held = block.slice(at.digits, at.digits + digits.registers);
  return {
    slot: field(block, at.slot) ?? 0,
    state,
    digits: state === 'code' ? unpackDigits(held, field(block, at.length), digits) : null,
  };
}

/** What the identity block says: the lock's version, and where its model promises more than the lock has, or null. */
export function identityOf(
  { name, traits, map }: CodeLockModel,
  block: readonly number[],
): { version: number | null; fault: string | null } {
  const { identity } = map;
  if (identity === null) return { version: null, fault: null };
  const mark = field(block, 0);
  const capacity = field(block, identity.capacity);
  const reserved = field(block, identity.reserved);
  const lengths = field(block, identity.lengths);
  const faults: string[] = [];
  if (mark !== identity.magic) faults.push('does not show the mark');
  if (capacity !== null && capacity < traits.capacity)
    faults.push(`has ${capacity} slots, not the ${traits.capacity}`);
  if (reserved !== null && reserved > traits.reserved_slots.length)
    faults.push(`reserves ${reserved} slots, not the ${traits.reserved_slots.length}`);
  if (lengths !== null) {
    const [shortest, longest] = [lengths >> 8, lengths & 0xff];
    if (traits.code_lengths.some((length) => length < shortest || length > longest))
      faults.push(`takes codes of ${shortest} to ${longest} digits, not the lengths`);
  }
  const [first = null] = faults;
  return {
    version: field(block, identity.version),
    fault: first && `the lock ${first} of its model "${name}": give it the model that fits it`,
  };
}

/** The last use of a code at the lock. `age_s` null where the lock does not tell. */
export interface LockUse {
  counter: number;
  slot: number;
  granted: boolean;
  age_s: number | null;
}

export function lastUseOf({ last_use: at, results }: CodeLockMap, block: readonly number[]): LockUse | null {
  if (at === null) return null;
  const result = field(block, at.result);
  return {
    counter: field(block, at.counter) ?? 0,
    slot: field(block, at.slot) ?? 0,
    granted: result === null || results[String(result)] === 'done',
    age_s: field(block, at.age),
  };
}

const field = (block: readonly number[], at: number | null): number | null =>
  at === null ? null : (block[at] ?? null);
