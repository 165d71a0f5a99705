import {
  bytes,
  type Field,
  type Layout,
  layout,
  repeated,
  rest,
  u8,
  u16le,
  u32le,
} from '../../core/layout.ts';

/** The messages of OSDP (SIA OSDP 2.2, sheet 4 and 5), each declared once: its code and its data. */
export interface Message<T> {
  code: number;
  data: Layout<T>;
}

const message = <T>(code: number, data: Layout<T>): Message<T> => ({ code, data });

/** A layout whose fields must also agree with each other. */
const checked = <T>(inner: Layout<T>, agrees: (value: T) => boolean): Layout<T> => ({
  encode: (value) => inner.encode(value),
  decode(from) {
    const value = inner.decode(from);
    return value !== null && agrees(value) ? value : null;
  },
});

const i16le: Field<number> = {
  size: 2,
  read: (from, at) => (u16le.read(from, at) << 16) >> 16,
  write: (into, at, value) => u16le.write(into, at, value & 0xffff),
};

const nothing = layout({});
/** One byte per input, output or reader. */
const states = layout({ states: rest });

/** One light: first what it shows for a time (`timer` in 100 ms), then what it shows for good. Times in 100 ms. */
const ledRecord = layout({
  reader: u8,
  led: u8,
  temporary: u8,
  temporary_on: u8,
  temporary_off: u8,
  temporary_on_color: u8,
  temporary_off_color: u8,
  timer: u16le,
  permanent: u8,
  on: u8,
  off: u8,
  on_color: u8,
  off_color: u8,
});

/** From the controller to a reader. */
export const commands = {
  poll: message(0x60, nothing),
  id: message(0x61, layout({ kind: u8 })),
  cap: message(0x62, layout({ kind: u8 })),
  lstat: message(0x64, nothing),
  istat: message(0x65, nothing),
  ostat: message(0x66, nothing),
  rstat: message(0x67, nothing),
  out: message(0x68, repeated(layout({ output: u8, control: u8, timer: u16le }), 4)),
  led: message(0x69, repeated(ledRecord, 14)),
  buz: message(0x6a, layout({ reader: u8, tone: u8, on: u8, off: u8, count: u8 })),
  text: message(
    0x6b,
    checked(
      layout({ reader: u8, mode: u8, seconds: u8, row: u8, column: u8, length: u8, text: rest }),
      (value) => value.length === value.text.length,
    ),
  ),
  comset: message(0x6e, layout({ address: u8, baud: u32le })),
  /** `kind` 1: a key of 16 bytes. Goes only over a secure channel. */
  keyset: message(
    0x75,
    checked(layout({ kind: u8, length: u8, key: rest }), (value) => value.length === value.key.length),
  ),
  chlng: message(0x76, layout({ random: bytes(8) })),
  scrypt: message(0x77, layout({ proof: bytes(16) })),
  acurxsize: message(0x7b, layout({ size: u16le })),
  filetransfer: message(
    0x7c,
    checked(
      layout({ kind: u8, total: u32le, offset: u32le, length: u16le, fragment: rest }),
      (value) => value.length === value.fragment.length,
    ),
  ),
  mfg: message(0x80, layout({ vendor: bytes(3), data: rest })),
  abort: message(0xa2, nothing),
  keepactive: message(0xa7, layout({ ms: u16le })),
};

/** From a reader to the controller. */
export const replies = {
  ack: message(0x40, nothing),
  nak: message(0x41, layout({ error: u8, detail: rest })),
  pdid: message(
    0x45,
    layout({
      vendor: bytes(3),
      model: u8,
      version: u8,
      serial: u32le,
      firmware_major: u8,
      firmware_minor: u8,
      firmware_build: u8,
    }),
  ),
  pdcap: message(0x46, repeated(layout({ feature: u8, compliance: u8, count: u8 }), 3)),
  lstatr: message(0x48, layout({ tamper: u8, power: u8 })),
  istatr: message(0x49, states),
  ostatr: message(0x4a, states),
  rstatr: message(0x4b, states),
  /** The bits of a card, the first one the highest of the first byte. Whether there are as many as announced is not judged here. */
  raw: message(0x50, layout({ reader: u8, format: u8, bit_count: u16le, bits: rest })),
  keypad: message(
    0x53,
    checked(layout({ reader: u8, count: u8, keys: rest }), (value) => value.count === value.keys.length),
  ),
  com: message(0x54, layout({ address: u8, baud: u32le })),
  ccrypt: message(0x76, layout({ unique_id: bytes(8), random: bytes(8), cryptogram: bytes(16) })),
  rmac_i: message(0x78, layout({ mac: bytes(16) })),
  busy: message(0x79, nothing),
  ftstat: message(0x7a, layout({ action: u8, delay_ms: u16le, status: i16le, max_message: u16le })),
  mfgrep: message(0x90, layout({ vendor: bytes(3), data: rest })),
};

/** The error of a NAK to a command that the reader does not have (sheet 5). */
export const unknownCommand = 3;
/** The error of a NAK to a command that the reader has, and cannot carry out (sheet 5). */
export const notProcessed = 9;

type Union<Table> = {
  [Name in keyof Table]: Table[Name] extends Message<infer T> ? { type: Name; value: T } : never;
}[keyof Table];

export type Command = Union<typeof commands>;
export type Reply = Union<typeof replies>;

/** Code and data of a command. */
export const encodeCommand: Encoder<Command> = encoder(commands);
/** Code and data of a reply. */
export const encodeReply: Encoder<Reply> = encoder(replies);
/** Null: an unknown code, or data that do not fit it. */
export const decodeCommand: Decoder<Command> = decoder(commands);
/** Null: an unknown code, or data that do not fit it. */
export const decodeReply: Decoder<Reply> = decoder(replies);

type Encoder<T> = (message: T) => { code: number; data: Uint8Array };
type Decoder<T> = (code: number, data: Uint8Array) => T | null;
type Table = Record<string, Message<unknown>>;

function encoder<Name extends string>(
  table: Record<Name, Message<unknown>>,
): Encoder<{ type: Name; value: unknown }> {
  return ({ type, value }) => ({ code: table[type].code, data: table[type].data.encode(value) });
}

function decoder<T extends Table>(table: T): Decoder<Union<T>> {
  const byCode = new Map(Object.entries(table).map(([type, { code, data }]) => [code, { type, data }]));
  return (code, from) => {
    const found = byCode.get(code);
    const value = found?.data.decode(from) ?? null;
    // The table pairs each name with its own layout, which is what the union says.
    return found === undefined || value === null ? null : ({ type: found.type, value } as Union<T>);
  };
}
