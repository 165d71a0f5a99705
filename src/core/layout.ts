/**
 * Wire messages as tables: a message is declared once, as a list of fields; size, encoding, decoding and type follow.
 * A decoder returns null for bytes that do not fit, never throws.
 */
export interface Field<T> {
  /** Bytes it takes; null: all that is left, last field only. */
  readonly size: number | null;
  read(bytes: Uint8Array, at: number): T;
  write(bytes: Uint8Array, at: number, value: T): void;
  /** For a field with `size` null: how many bytes this value takes. */
  measure?(value: T): number;
}

const integer = (size: number, littleEndian: boolean): Field<number> => ({
  size,
  read(bytes, at) {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + (littleEndian ? size - 1 - i : i)] ?? 0);
    return value;
  },
  write(bytes, at, value) {
    let rest = value;
    for (let i = 0; i < size; i++) {
      bytes[at + (littleEndian ? i : size - 1 - i)] = rest % 256;
      rest = Math.floor(rest / 256);
    }
  },
});

/** Unsigned integers, whole and in range; the caller checks ranges. */
export const u8 = integer(1, false);
export const u16le = integer(2, true);
export const u16be = integer(2, false);
export const u32le = integer(4, true);

/** Exactly `size` bytes. */
export const bytes = (size: number): Field<Uint8Array> => ({
  size,
  read: (from, at) => from.slice(at, at + size),
  write: (into, at, value) => into.set(value.subarray(0, size), at),
});

/** All bytes to the end. */
export const rest: Field<Uint8Array> = {
  size: null,
  read: (from, at) => from.slice(at),
  write: (into, at, value) => into.set(value, at),
  measure: (value) => value.length,
};

export type Fields = Record<string, Field<unknown>>;
export type Shape<F extends Fields> = { [K in keyof F]: F[K] extends Field<infer T> ? T : never };

export interface Layout<T> {
  encode(value: T): Uint8Array;
  /** Null when the length does not fit the declaration. */
  decode(bytes: Uint8Array): T | null;
}

/** Declares a message: fields in wire order. */
export function layout<F extends Fields>(fields: F): Layout<Shape<F>> {
  const entries = Object.entries(fields);
  const fixed = entries.reduce((sum, [, field]) => sum + (field.size ?? 0), 0);
  const open = entries.some(([, field]) => field.size === null);
  return {
    encode(value) {
      let size = fixed;
      for (const [name, field] of entries)
        size += field.size === null ? (field.measure?.(value[name]) ?? 0) : 0;
      const out = new Uint8Array(size);
      let at = 0;
      for (const [name, field] of entries) {
        field.write(out, at, value[name]);
        at += field.size ?? 0;
      }
      return out;
    },
    decode(from) {
      if (open ? from.length < fixed : from.length !== fixed) return null;
      const value: Record<string, unknown> = {};
      let at = 0;
      for (const [name, field] of entries) {
        value[name] = field.read(from, at);
        at += field.size ?? 0;
      }
      return value as Shape<F>;
    },
  };
}

/** Any number of one record after another, to the end of the bytes. */
export function repeated<T>(one: Layout<T>, size: number): Layout<T[]> {
  return {
    encode(values) {
      const out = new Uint8Array(size * values.length);
      values.forEach((value, i) => {
        out.set(one.encode(value), i * size);
      });
      return out;
    },
    decode(from) {
      if (from.length % size !== 0) return null;
      const values: T[] = [];
      for (let at = 0; at < from.length; at += size) {
        const value = one.decode(from.subarray(at, at + size));
        if (value === null) return null;
        values.push(value);
      }
      return values;
    },
  };
}
