import { bytes, layout, u16le, u32le } from '../core/layout.ts';

/** Bytes of a record: 24 for a 64-bit program that reads, 16 for a 32-bit one, whatever the kernel is. */
export type RecordSize = 16 | 24;

/** What a record says, as far as it concerns a keyboard. */
export type InputNews =
  /** `code`: linux/input-event-codes.h; `value`: 1 pressed, 0 let go, 2 repeated by itself (Documentation/input/event-codes.rst, EV_KEY). */
  | { type: 'key'; code: number; value: number }
  /** Something is missing: the kernel had no room for all events (SYN_DROPPED), or wrote a type of event that there is not. */
  | { type: 'lost' };

const said = { type: u16le, code: u16le, value: u32le };
/** struct input_event of include/uapi/linux/input.h, little-endian; the time is two words of the program that reads. */
const records = {
  16: layout({ seconds: bytes(4), microseconds: bytes(4), ...said }),
  24: layout({ seconds: bytes(8), microseconds: bytes(8), ...said }),
};

const syn = 0;
const key = 1;
/** EV_MAX. */
const lastType = 0x1f;
const synDropped = 3;

/** Reads the records of an input device, in any chunking. The kernel gives whole ones only, so there is nothing to find one's way back in. */
export function inputEvents(size: RecordSize): (bytes: Uint8Array) => InputNews[] {
  let held = new Uint8Array(0);
  return (chunk) => {
    const all = Uint8Array.from([...held, ...chunk]);
    const whole = all.length - (all.length % size);
    held = all.slice(whole);
    return Array.from({ length: whole / size }, (_, n) => all.subarray(n * size, (n + 1) * size)).flatMap(
      (record) => newsIn(record, size) ?? [],
    );
  };
}

function newsIn(record: Uint8Array, size: RecordSize): InputNews | null {
  const event = records[size].decode(record);
  if (event === null || event.type > lastType) return { type: 'lost' };
  if (event.type === syn && event.code === synDropped) return { type: 'lost' };
  return event.type === key ? { type: 'key', code: event.code, value: event.value } : null;
}
