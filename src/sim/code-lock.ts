import type { Clock } from '../core/clock.ts';
import type { CodeLockModel } from '../core/code-lock-model.ts';
import { packRegisters, type Reply, type Request, unpackRegisters } from '../lock-bus/frame.ts';
import { codeOf, codeRegisters } from './code-registers.ts';
import { type ModbusUnit, soundUnit, type UnitFaults } from './modbus-units.ts';

/** What can be wrong with a simulated code lock. */
export interface CodeLockFaults extends UnitFaults {
  /** Answers every request with exception 06. */
  asleep: boolean;
  full: boolean;
  refuses: boolean;
  /** Shows that a slot holds a code, but not which. */
  masks: boolean;
  /** Confirms what is written to its mailbox and never looks at it. */
  loses_writes: boolean;
  /** Says that it is done and keeps nothing. */
  forgets: boolean;
  /** Does what its mailbox says, but the confirmation of the write is lost. */
  loses_answers: boolean;
  /** Works so long on every command. */
  working_ms: number;
  /** Answers every command with this result, and does nothing. */
  result: number | null;
}

/** A lock with a code table, and somebody at its keypad. */
export interface SimulatedCodeLock extends ModbusUnit {
  readonly faults: CodeLockFaults;
  /** What a slot holds; null: nothing. */
  code(slot: number): string | null;
  used(): number;
  /** Changes a slot at the lock itself; null empties it. */
  setByHand(slot: number, code: string | null): void;
  /** Types a code at its keypad. True: it opened. */
  enter(code: string): boolean;
  /** Takes its power away for a moment: codes stay, counters do not. */
  restart(): void;
}

/** `slot` null: a code that the lock does not know. */
export type CodeLockNews =
  | { event: 'slot_written'; slot: number; holds: boolean }
  | { event: 'code_used'; slot: number | null };

type Meaning = CodeLockModel['map']['results'][string];

/** A lock that speaks the register map of its model. Reserved slots are the lock's own. */
export function codeLockUnit(
  clock: Clock,
  { unit, model }: { unit: number; model: CodeLockModel },
  tell: (news: CodeLockNews) => void = () => {},
): SimulatedCodeLock {
  const { map, traits } = model;
  const codes = new Map<number, string>();
  const faults: CodeLockFaults = {
    ...soundUnit(),
    asleep: false,
    full: false,
    refuses: false,
    masks: traits.reads === 'masked',
    loses_writes: false,
    forgets: false,
    loses_answers: false,
    working_ms: 0,
    result: null,
  };
  let mail: number[] = [];
  let result = { sequence: 0, value: numberOf('done'), slot: 0 };
  let working = false;
  let shown: number | null = null;
  let handChanges = 0;
  let uses = { counter: 0, slot: 0, result: 0, at: 0 };

  function numberOf(meaning: Meaning): number {
    const found = Object.entries(map.results).find(([, each]) => each === meaning);
    return Number(found?.[0] ?? 0xfffe);
  }

  const mailField = (at: number | null): number | null => (at === null ? null : (mail[at] ?? 0));

  function carryOut(): { meaning: Meaning; slot: number } {
    const { mailbox, commands, digits } = map;
    const slot = mailField(mailbox.slot) ?? 0;
    const command = mailField(mailbox.command);
    const last = traits.first_slot + traits.capacity - 1;
    if (slot < traits.first_slot || slot > last) return { meaning: 'bad_slot', slot };
    if (command === commands.read) {
      shown = slot;
      return { meaning: 'done', slot };
    }
    if (faults.refuses || traits.reserved_slots.includes(slot)) return { meaning: 'refused', slot };
    if (command === commands.remove) {
      if (!faults.forgets) keep(slot, null);
      return { meaning: 'done', slot };
    }
    if (command !== commands.store) return { meaning: 'refused', slot };
    const held = mail.slice(mailbox.digits, mailbox.digits + digits.registers);
    const code = codeOf(held, mailField(mailbox.length), digits);
    if (code === null || !traits.code_lengths.includes(code.length)) return { meaning: 'bad_length', slot };
    const twin = [...codes].find(([other, each]) => each === code && other !== slot);
    if (twin !== undefined) return { meaning: 'duplicate', slot: twin[0] };
    if (faults.full || (!codes.has(slot) && codes.size >= traits.capacity)) return { meaning: 'full', slot };
    if (!faults.forgets) keep(slot, code);
    return { meaning: 'done', slot };
  }

  function keep(slot: number, code: string | null): void {
    if (code === null) codes.delete(slot);
    else codes.set(slot, code);
    tell({ event: 'slot_written', slot, holds: code !== null });
  }

  function take(words: number[]): void {
    const { sequence: at } = map.mailbox;
    const again = at !== null && words.every((word, i) => word === mail[i]);
    if (again || faults.loses_writes) return;
    mail = words;
    const sequence = mailField(at) ?? 0;
    const finish = (): void => {
      working = false;
      if (faults.result !== null) result = { sequence, value: faults.result, slot: 0 };
      else {
        const { meaning, slot } = carryOut();
        result = { sequence, value: numberOf(meaning), slot };
      }
    };
    result = { sequence, value: numberOf('working'), slot: 0 };
    if (faults.working_ms === 0) finish();
    else {
      working = true;
      clock.after(faults.working_ms, finish);
    }
  }

  /** A block with its fields filled in; registers without a field are 0. */
  function block(size: number, fields: readonly [at: number | null, ...values: number[]][]): number[] {
    const words = new Array<number>(size).fill(0);
    for (const [at, ...values] of fields) if (at !== null) words.splice(at, values.length, ...values);
    return words;
  }

  function slotWords(): number[] {
    const { slot: at, digits, states } = map;
    if (at === null) return [];
    const code = shown === null ? undefined : codes.get(shown);
    const wanted = code === undefined ? 'empty' : 'code';
    const state = Number(Object.entries(states).find(([, each]) => each === wanted)?.[0] ?? 0);
    const masked = new Array<number>(digits.registers).fill(0xffff);
    return block(at.size, [
      [at.slot, shown ?? 0],
      [at.state, state],
      [at.length, code?.length ?? 0],
      [at.digits, ...(code !== undefined && faults.masks ? masked : codeRegisters(code ?? '', digits))],
    ]);
  }

  /** All that can be read now, block by block. */
  function blocks(): { address: number; words: number[] }[] {
    const { identity, last_use: use, hand_changes: hand } = map;
    const lengths = Math.min(...traits.code_lengths) * 256 + Math.max(...traits.code_lengths);
    const all = [
      identity && {
        address: identity.address,
        words: block(identity.size, [
          [0, identity.magic],
          [identity.version, 1],
          [identity.capacity, traits.capacity],
          [identity.reserved, traits.reserved_slots.length],
          [identity.lengths, lengths],
        ]),
      },
      {
        address: map.result.address,
        words: block(map.result.size, [
          [map.result.sequence, result.sequence],
          [map.result.result, result.value],
          [map.result.slot, result.slot],
          [map.result.used, codes.size],
        ]),
      },
      map.slot && { address: map.slot.address, words: slotWords() },
      hand === null ? null : { address: hand, words: [handChanges] },
      use && {
        address: use.address,
        words: block(use.size, [
          [use.counter, uses.counter],
          [use.slot, uses.slot],
          [use.result, uses.result],
          [use.age, Math.min(0xffff, Math.floor((clock.mono() - uses.at) / 1000))],
        ]),
      },
    ];
    return all.flatMap((each) => (each === null ? [] : [each]));
  }

  function obey(request: Request): Reply | null {
    const refuse = (exception: number): Reply => ({ unit, fn: request.fn, exception });
    if (faults.asleep) return refuse(6);
    switch (request.fn) {
      case 'read_holding': {
        const { address, count } = request.body;
        const at = blocks().find((one) => address >= one.address && address < one.address + one.words.length);
        const from = address - (at?.address ?? 0);
        if (at === undefined || from + count > at.words.length) return refuse(2);
        const values = packRegisters(at.words.slice(from, from + count));
        return { unit, fn: 'read_holding', body: { values } };
      }
      case 'write_registers': {
        const { address, count, values } = request.body;
        if (address !== map.mailbox.address || count !== map.mailbox.size) return refuse(2);
        if (working) return refuse(6);
        take(unpackRegisters(values));
        return faults.loses_answers ? null : { unit, fn: 'write_registers', body: { address, count } };
      }
      case 'read_coils':
      case 'read_inputs':
      case 'write_coil':
      case 'write_register':
      case 'write_coils':
        return refuse(1);
    }
  }

  return {
    faults,
    obey,
    code: (slot) => codes.get(slot) ?? null,
    used: () => codes.size,
    setByHand(slot, code) {
      handChanges = (handChanges + 1) & 0xffff;
      keep(slot, code);
    },
    enter(code) {
      const slot = [...codes].find(([, each]) => each === code)?.[0] ?? null;
      const value = numberOf(slot === null ? 'refused' : 'done');
      uses = { counter: (uses.counter + 1) & 0xffff, slot: slot ?? 0, result: value, at: clock.mono() };
      tell({ event: 'code_used', slot });
      return slot !== null;
    },
    restart() {
      handChanges = 0;
      uses = { counter: 0, slot: 0, result: 0, at: clock.mono() };
      result = { sequence: 0, value: numberOf('done'), slot: 0 };
      mail = [];
    },
  };
}
