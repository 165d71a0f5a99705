import { bytes, type Field, type Layout, layout, u8 } from '../../core/layout.ts';

/** The messages of the protocol (document of 3 April 2000), each declared once: its number and its data. */
export interface Message<T> {
  number: number;
  data: Layout<T>;
}

/** What is sent to the panel, and which message answers it (besides 1Ch, 1Eh and 1Fh). */
export interface RequestMessage<T> extends Message<T> {
  answer: keyof typeof fromPanel;
  /** A command changes something, and asks for an acknowledgement (sheet 3.2). */
  command: boolean;
}

/**
 * A code: six digits in three bytes, the first digit in the low nibble. What is no digit reads as `A` to `F`; six times `F` is
 * "none". Codes of four digits are padded with 0 (sheet 3.4).
 */
const code: Field<string> = {
  size: 3,
  read: (from, at) =>
    Array.from(from.subarray(at, at + 3), (byte) =>
      ((byte & 0x0f).toString(16) + (byte >> 4).toString(16)).toUpperCase(),
    ).join(''),
  write(into, at, value) {
    for (let i = 0; i < 3; i++) {
      into[at + i] =
        Number.parseInt(value.charAt(2 * i), 16) | (Number.parseInt(value.charAt(2 * i + 1), 16) << 4);
    }
  },
};

const nothing = layout({});
const message = <T>(number: number, data: Layout<T>): Message<T> => ({ number, data });
const request = <T>(
  number: number,
  data: Layout<T>,
  answer: RequestMessage<T>['answer'],
): RequestMessage<T> => ({ number, data, answer, command: false });
const command = <T>(
  number: number,
  data: Layout<T>,
  answer: RequestMessage<T>['answer'],
): RequestMessage<T> => ({ number, data, answer, command: true });

/**
 * From the panel (sheet 3.3). Zones and partitions count from 0 here, users too in the log; the users of 12h and masks of partitions
 * (bit 0 is partition 1) do not.
 */
export const fromPanel = {
  /** Bit n of the masks is message n: pushes 00h to 0Fh, commands 20h to 3Fh. */
  interface_configuration: message(
    0x01,
    layout({ firmware: bytes(4), pushes: bytes(2), commands: bytes(4) }),
  ),
  zone_name: message(0x03, layout({ zone: u8, name: bytes(16) })),
  /** `flags`: bytes 3 to 6 of the message. */
  partition_status: message(
    0x06,
    layout({ partition: u8, flags: bytes(4), last_user: u8, ready: u8, more: u8 }),
  ),
  /** One byte of flags for each of eight partitions. */
  partitions_snapshot: message(0x07, layout({ partitions: bytes(8) })),
  /** `flags`: bytes 3 to 10 of the message. */
  system_status: message(
    0x08,
    layout({ panel_id: u8, flags: bytes(8), valid_partitions: u8, communicator: u8 }),
  ),
  log_event: message(
    0x0a,
    layout({
      entry: u8,
      log_size: u8,
      kind: u8,
      subject: u8,
      partition: u8,
      month: u8,
      day: u8,
      hour: u8,
      minute: u8,
    }),
  ),
  user_information: message(0x12, layout({ user: u8, code, authority: u8, partitions: u8 })),
  failed: message(0x1c, nothing),
  acknowledged: message(0x1d, nothing),
  malformed: message(0x1e, nothing),
  rejected: message(0x1f, nothing),
};

/** To the panel (sheets 3.3 to 3.5). `master` is the code of somebody who may do it. */
export const toPanel = {
  interface_configuration_request: request(0x21, nothing, 'interface_configuration'),
  zone_name_request: request(0x23, layout({ zone: u8 }), 'zone_name'),
  partition_status_request: request(0x26, layout({ partition: u8 }), 'partition_status'),
  partitions_snapshot_request: request(0x27, nothing, 'partitions_snapshot'),
  system_status_request: request(0x28, nothing, 'system_status'),
  log_event_request: request(0x2a, layout({ entry: u8 }), 'log_event'),
  user_request_with_code: request(0x32, layout({ master: code, user: u8 }), 'user_information'),
  user_request: request(0x33, layout({ user: u8 }), 'user_information'),
  set_code_with_code: command(0x34, layout({ master: code, user: u8, code }), 'user_information'),
  set_code: command(0x35, layout({ user: u8, code }), 'user_information'),
  set_authority_with_code: command(
    0x36,
    layout({ master: code, user: u8, authority: u8, partitions: u8 }),
    'acknowledged',
  ),
  set_authority: command(0x37, layout({ user: u8, authority: u8, partitions: u8 }), 'acknowledged'),
  keypad_with_code: command(0x3c, layout({ master: code, function: u8, partitions: u8 }), 'acknowledged'),
  keypad: command(0x3d, layout({ function: u8, partitions: u8, user: u8 }), 'acknowledged'),
  /** One button that toggles: never sent by the driver. */
  keypad_button: command(0x3e, layout({ function: u8, partitions: u8 }), 'acknowledged'),
};

/** Functions of 3Ch and 3Dh (sheet 3.5). */
export const keypadFunctions = { disarm: 0x01, away: 0x02, stay: 0x03 } as const;

type Union<Table> = {
  [Name in keyof Table]: Table[Name] extends Message<infer T> ? { type: Name; value: T } : never;
}[keyof Table];

export type PanelMessage = Union<typeof fromPanel>;
export type Request = Union<typeof toPanel>;
/** What a frame is, before it has its framing. */
export interface Content {
  number: number;
  data: Uint8Array;
}

export const encodePanelMessage: Encoder<PanelMessage> = encoder(fromPanel);
export const encodeRequest: Encoder<Request> = encoder(toPanel);
/** Null: an unknown number, or data that do not fit it. */
export const decodePanelMessage: Decoder<PanelMessage> = decoder(fromPanel);
/** Null: an unknown number, or data that do not fit it. */
export const decodeRequest: Decoder<Request> = decoder(toPanel);

type Encoder<T> = (message: T) => Content;
type Decoder<T> = (content: Content) => T | null;

function encoder<Name extends string>(
  table: Record<Name, Message<unknown>>,
): Encoder<{ type: Name; value: unknown }> {
  return ({ type, value }) => ({ number: table[type].number, data: table[type].data.encode(value) });
}

function decoder<T extends Record<string, Message<unknown>>>(table: T): Decoder<Union<T>> {
  const byNumber = new Map(Object.entries(table).map(([type, { number, data }]) => [number, { type, data }]));
  return (content) => {
    const found = byNumber.get(content.number);
    const value = found?.data.decode(content.data) ?? null;
    // The table pairs each name with its own layout, which is what the union says.
    return found === undefined || value === null ? null : ({ type: found.type, value } as Union<T>);
  };
}
