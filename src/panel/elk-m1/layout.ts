import { type Field, type Fields, type Layout, layout, type Shape } from '../../core/layout.ts';
import { characters, type Frame, text } from './frame.ts';

/** The messages of the Elk M1 (vendor protocol 1.84, sheet 2.2 to 2.5), each declared once: its kind and its characters. */
export interface Message<T> {
  kind: string;
  data: Layout<T>;
  /** Characters of the data that tell a code: first and one past the last. */
  secret?: readonly [number, number];
}

/** A number of `size` digits; NaN: they are none. */
const digits = (size: number, radix: 10 | 16): Field<number> => ({
  size,
  read(bytes, at) {
    const found = text(bytes.subarray(at, at + size));
    return (radix === 10 ? /^\d+$/ : /^[0-9A-F]+$/).test(found) ? Number.parseInt(found, radix) : Number.NaN;
  },
  write: (bytes, at, value) =>
    bytes.set(characters(value.toString(radix).toUpperCase().padStart(size, '0').slice(-size)), at),
});
const decimal = (size: number) => digits(size, 10);
const hex = (size: number) => digits(size, 16);

/** Exactly `size` characters, filled up with blanks. */
const chars = (size: number): Field<string> => ({
  size,
  read: (bytes, at) => text(bytes.subarray(at, at + size)),
  write: (bytes, at, value) => bytes.set(characters(value.padEnd(size).slice(0, size)), at),
});

/** Six digits, shorter codes with zeros in front; '': they are no digits. */
const code: Field<string> = {
  size: 6,
  read: (bytes, at) => /^\d{6}$/.exec(text(bytes.subarray(at, at + 6)))?.[0] ?? '',
  write: (bytes, at, value) => bytes.set(characters(sixDigits(value)), at),
};

/** A keypad code in `cu`: before each of the six digits a `0`, which is other than 0 only in card codes; '': it is no keypad code. */
const codePairs: Field<string> = {
  size: 12,
  read: (bytes, at) =>
    /^(?:0\d){6}$/.exec(text(bytes.subarray(at, at + 12)))?.[0].replace(/0(\d)/g, '$1') ?? '',
  write: (bytes, at, value) => bytes.set(characters(sixDigits(value).replace(/\d/g, '0$&')), at),
};

/** `00`, for things to come: whatever is read there is ignored. */
const reserved: Field<null> = {
  size: 2,
  read: () => null,
  write: (bytes, at) => bytes.set(characters('00'), at),
};

/** A message with the reserved `00` at its end, which every one of them has but those declared with `bare`. */
const message = <F extends Fields>(kind: string, fields: F): Message<Omit<Shape<F>, 'reserved'>> =>
  bare(kind, { ...fields, reserved });

/** A message whose characters are all declared. One with a field that cannot be read is no message. */
function bare<F extends Fields>(kind: string, fields: F): Message<Omit<Shape<F>, 'reserved'>> {
  const inner: Layout<Record<string, unknown>> = layout<Fields>(fields);
  return {
    kind,
    data: {
      encode: (value) => inner.encode({ ...value, reserved: null }),
      decode(bytes) {
        const value = inner.decode(bytes);
        if (value === null || Object.values(value).some((one) => one === '' || Number.isNaN(one)))
          return null;
        const { reserved: _, ...told } = value;
        // The fields make the shape.
        return told as Omit<Shape<F>, 'reserved'>;
      },
    },
  };
}

const holdsCode = <T>(inner: Message<T>, from: number, to: number): Message<T> => ({
  ...inner,
  secret: [from, to],
});

/** Area 1 to 8 and the code that orders it (sheet 2.3). */
const order = (level: string) => holdsCode(message(`a${level}`, { area: decimal(1), code }), 1, 7);
/** The panel's own clock; `year` counts from 2000, `weekday` 1 is Sunday. */
const time = {
  second: decimal(2),
  minute: decimal(2),
  hour: decimal(2),
  weekday: decimal(1),
  day: decimal(2),
  month: decimal(2),
  year: decimal(2),
  modes: chars(3),
};

/** To the panel. */
export const requests = {
  disarm: order('0'),
  arm_away: order('1'),
  arm_stay: order('2'),
  arm_stay_instant: order('3'),
  arm_night: order('4'),
  arm_night_instant: order('5'),
  arm_vacation: order('6'),
  step_away: order('7'),
  step_stay: order('8'),
  force_away: order('9'),
  force_stay: order(':'),
  arming: message('as', {}),
  /** `flag`: 0 writes, 1 only restricts the user, 2 only lifts the restriction. `areas`: bit 0 is area 1; 0 leaves them as they are. */
  change_code: holdsCode(
    bare('cu', {
      user: decimal(3),
      authority: codePairs,
      code: codePairs,
      areas: hex(2),
      flag: decimal(1),
      zero: decimal(1),
    }),
    3,
    27,
  ),
  code_areas: holdsCode(message('ua', { code }), 0, 6),
  /** Index 1 is the newest entry, 511 the oldest. */
  log: message('ld', { index: decimal(3) }),
  troubles: message('ss', {}),
  version: message('vn', {}),
  clock: message('rr', {}),
  /** Type 2 are users. */
  name: message('sd', { type: decimal(2), number: decimal(3) }),
  keepalive: message('xk', {}),
};

/** From the panel. */
export const reports = {
  /** One character for each area (sheet 2.2); `timer` in seconds, hexadecimal on the wire (elk-message takes it for decimal). */
  arming: bare('AS', { armed: chars(8), ready: chars(8), alarm: chars(8), timer: hex(2) }),
  /** `type` 0 exit, 1 entry; seconds. `armed` as in AS. */
  timers: message('EE', {
    area: decimal(1),
    type: decimal(1),
    timer1: decimal(3),
    timer2: decimal(3),
    armed: chars(1),
  }),
  /** User 0: `code` is none of the panel's; else its characters are zeros. `keypad` is the last one touched, not the source. */
  code_entered: holdsCode(message('IC', { code: chars(12), user: decimal(3), keypad: decimal(2) }), 0, 12),
  /** Index 0: happening now. `year` counts from 2000. */
  log: message('LD', {
    event: decimal(4),
    number: decimal(3),
    area: decimal(1),
    hour: decimal(2),
    minute: decimal(2),
    month: decimal(2),
    day: decimal(2),
    index: decimal(3),
    weekday: decimal(1),
    year: decimal(2),
  }),
  /** One character for each trouble, `0` where there is none. */
  troubles: message('SS', { states: chars(34) }),
  keepalive: message('XK', time),
  clock: message('RR', time),
  /** 0 off, 1 somebody programs the panel by ELKRP, 2 the interface is starting. */
  remote: message('RP', { state: decimal(2) }),
  left_programming: message('IE', {}),
  version: message('VN', { major: hex(2), minor: hex(2), build: hex(2), interface: hex(6), rest: chars(36) }),
  /** `user` 0: authorisation invalid; 255: another user has this code. `flag` 1: the user is now restricted. */
  code_changed: bare('CU', { user: decimal(3), flag: decimal(1), zero: decimal(1) }),
  /** `areas` 0: valid nowhere. `length` of all codes, 4 or 6. `type` 1 user, 2 master, 3 installer, 4 ELKRP. */
  code_areas: holdsCode(
    message('UA', {
      code,
      areas: hex(2),
      diagnostic: chars(8),
      length: decimal(1),
      type: decimal(1),
      scale: chars(1),
    }),
    0,
    6,
  ),
  name: message('SD', { type: decimal(2), number: decimal(3), name: chars(16) }),
  alarm_memory: bare('AM', { areas: chars(8) }),
  zone: message('ZC', { zone: decimal(3), state: chars(1) }),
};

type Union<Table> = {
  [Name in keyof Table]: Table[Name] extends Message<infer T> ? { type: Name; value: T } : never;
}[keyof Table];

export type Request = Union<typeof requests>;
export type Report = Union<typeof reports>;

export const encodeRequest: Encoder<Request> = encoder(requests);
export const encodeReport: Encoder<Report> = encoder(reports);
/** Null: a kind that is not in the table, or data that do not fit it. */
export const decodeRequest: Decoder<Request> = decoder(requests);
/** Null: a kind that is not in the table, or data that do not fit it. */
export const decodeReport: Decoder<Report> = decoder(reports);

/** A frame as hex for diagnosis, the characters of codes replaced by `*`. */
export function maskedHex({ kind, data }: Frame): string {
  const known = [...Object.values(requests), ...Object.values(reports)].find((one) => one.kind === kind);
  // A kind nobody knows may hold anything.
  const [from, to] = known === undefined ? [0, data.length] : (known.secret ?? [0, 0]);
  const bytes = Uint8Array.from([
    ...characters(kind),
    ...data.map((one, at) => (at >= from && at < to ? 0x2a : one)),
  ]);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A code as the panel writes it: six digits, zeros in front. */
export function sixDigits(digitsOfCode: string): string {
  return digitsOfCode.padStart(6, '0');
}

type Encoder<T> = (message: T) => Frame;
type Decoder<T> = (frame: Frame) => T | null;
type Table = Record<string, Message<unknown>>;

function encoder<Name extends string>(
  table: Record<Name, Message<unknown>>,
): Encoder<{ type: Name; value: unknown }> {
  return ({ type, value }) => ({ kind: table[type].kind, data: table[type].data.encode(value) });
}

function decoder<T extends Table>(table: T): Decoder<Union<T>> {
  const byKind = new Map(Object.entries(table).map(([type, { kind, data }]) => [kind, { type, data }]));
  return ({ kind, data }) => {
    const found = byKind.get(kind);
    const value = found?.data.decode(data) ?? null;
    // The table pairs each name with its own layout, which is what the union says.
    return found === undefined || value === null ? null : ({ type: found.type, value } as Union<T>);
  };
}
