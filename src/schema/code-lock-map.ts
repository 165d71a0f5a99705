import { z } from 'zod';
import type { CodeLockMap } from '../core/code-lock-model.ts';
import { choice, whole } from './leaf.ts';

const register = () => whole(0, 65_535);
const missing = <T extends z.ZodType>(what: T) => what.nullable().default(null);
/** Where a field begins in its block. A transaction reads or writes at most 123 registers (Modbus 1.1b3, section 6.12). */
const offset = () => whole(0, 122);
const optionalOffset = () => missing(offset());
const block = <T extends z.ZodRawShape>(fields: T) =>
  z.strictObject({ address: register(), size: whole(1, 123), ...fields }, { error: 'a table' });

const meanings = [
  'done',
  'working',
  'bad_slot',
  'bad_length',
  'full',
  'duplicate',
  'busy',
  'locked_out',
  'refused',
] as const;

/** A table of register values and what each means, such as { 0 = "done" }. */
function meaningOf<const T extends readonly [string, ...string[]]>(words: T) {
  const value = z.string().refine((text) => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535, {
    error: 'a register value, 0 to 65535',
  });
  return z.record(value, choice(words), { error: 'a table of register values, such as { 0 = "done" }' });
}

/** The table `[map]` of a lock model: where its registers lie and what they mean. Its members are those of `CodeLockMap`. */
export const codeLockMap = z
  .strictObject(
    {
      digits: z.strictObject(
        {
          packing: choice(['bcd', 'ascii', 'one_per_register', 'binary']),
          registers: whole(1, 16),
          filler: register().default(0),
        },
        { error: 'a table' },
      ),
      identity: missing(
        block({
          magic: register(),
          version: optionalOffset(),
          capacity: optionalOffset(),
          reserved: optionalOffset(),
          lengths: optionalOffset(),
        }),
      ),
      mailbox: block({
        command: offset(),
        slot: offset(),
        length: optionalOffset(),
        digits: offset(),
        flags: optionalOffset(),
        sequence: optionalOffset(),
      }),
      result: block({
        sequence: optionalOffset(),
        result: offset(),
        slot: optionalOffset(),
        used: optionalOffset(),
      }),
      slot: missing(block({ slot: offset(), state: offset(), length: optionalOffset(), digits: offset() })),
      commands: z.strictObject(
        { store: register(), remove: register(), read: missing(register()) },
        { error: 'a table' },
      ),
      results: meaningOf(meanings),
      states: meaningOf(['empty', 'code', 'unreadable']).default({}),
      hand_changes: missing(register()),
      last_use: missing(
        block({ counter: offset(), slot: offset(), result: optionalOffset(), age: optionalOffset() }),
      ),
    },
    { error: 'a table' },
  )
  .superRefine((map, context) => {
    const wrong = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    for (const name of ['identity', 'mailbox', 'result', 'slot', 'last_use'] as const) {
      for (const [field, fault] of faultyFields(map[name], map.digits.registers)) wrong([name, field], fault);
    }
    for (const name of ['mailbox', 'slot'] as const) {
      if (map.digits.packing === 'binary' && map[name]?.length === null)
        wrong([name, 'length'], 'the place of the length: a binary number has no leading zeros');
    }
    const told = map.mailbox.length !== null && map.slot?.length !== null;
    if (!told && isDigit(map.digits.packing, map.digits.filler))
      wrong(['digits', 'filler'], 'a filler that is no digit, as the map tells no length');
    if ((map.mailbox.sequence === null) !== (map.result.sequence === null))
      wrong(
        ['result', 'sequence'],
        'a sequence number in both [map.mailbox] and [map.result], or in neither',
      );
    if ((map.slot === null) !== (map.commands.read === null))
      wrong(['commands', 'read'], 'the command that reads a slot into [map.slot], and both or neither');
    if (!Object.values(map.results).includes('done')) wrong(['results'], 'a result that means "done"');
    if (map.slot !== null && !Object.values(map.states).includes('empty'))
      wrong(['states'], 'a state that means "empty": without it no removal is proved');
  });

/** Fields that reach beyond their block, or into one another. */
function faultyFields(of: Record<string, number | null> | null, digits: number): [string, string][] {
  if (of === null) return [];
  const { address: _, size, magic: __, ...fields } = of;
  const taken = new Map<number, string>();
  return Object.entries(fields).flatMap(([field, at]): [string, string][] => {
    if (at === null) return [];
    const registers = Array.from({ length: field === 'digits' ? digits : 1 }, (_, i) => at + i);
    if (registers.some((register) => register >= (size ?? 0)))
      return [[field, `a place within the ${size} registers of the block`]];
    const other = registers.map((register) => taken.get(register)).find((name) => name !== undefined);
    for (const register of registers) taken.set(register, field);
    return other === undefined ? [] : [[field, `a place of its own; "${other}" is there`]];
  });
}

/** Whether what stands for "no digit" could be one. */
function isDigit(packing: CodeLockMap['digits']['packing'], filler: number): boolean {
  switch (packing) {
    case 'bcd':
    case 'one_per_register':
      return filler <= 9;
    case 'ascii':
      return filler >= 0x30 && filler <= 0x39;
    case 'binary':
      return false;
  }
}

/** How many registers a code of so many digits takes. */
export function registersFor(packing: CodeLockMap['digits']['packing'], digits: number): number {
  switch (packing) {
    case 'bcd':
      return Math.ceil(digits / 4);
    case 'ascii':
      return Math.ceil(digits / 2);
    case 'one_per_register':
      return digits;
    case 'binary':
      return Math.ceil(Math.log2(10 ** digits) / 16);
  }
}
