import type { CodeLockMap } from '../../core/code-lock-model.ts';

type Packing = CodeLockMap['digits'];

/** The digits of a code in registers. A code that is too long for them is the caller's fault: lengths are checked before. */
export function packDigits(code: string, { packing, registers, filler }: Packing): number[] {
  const digits = [...code].map(Number);
  const at = (i: number, plus = 0): number => {
    const digit = digits[i];
    return digit === undefined ? filler : digit + plus;
  };
  switch (packing) {
    case 'bcd':
      return rowOf(registers, (i) =>
        [0, 1, 2, 3].reduce((register, nibble) => register * 16 + at(i * 4 + nibble), 0),
      );
    case 'ascii':
      return rowOf(registers, (i) => at(i * 2, 0x30) * 256 + at(i * 2 + 1, 0x30));
    case 'one_per_register':
      return rowOf(registers, (i) => at(i));
    case 'binary':
      return rowOf(registers, (i) => Math.floor(Number(code) / 65_536 ** (registers - 1 - i)) % 65_536);
  }
}

/**
 * The digits that registers hold; `length` is what the lock says, null where its map has no such field. Null when they are masked,
 * or hold anything but that many digits followed by filler.
 */
export function unpackDigits(
  from: readonly number[],
  length: number | null,
  { packing, filler }: Packing,
): string | null {
  switch (packing) {
    case 'bcd':
      return spelled(
        from.flatMap((register) => [12, 8, 4, 0].map((shift) => (register >> shift) & 0xf)),
        filler,
        length,
      );
    case 'ascii': {
      // A byte that is no digit stays one: beyond 9 whatever it was.
      const digitOf = (byte: number): number => (byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte + 10);
      const bytes = from.flatMap((register) => [register >> 8, register & 0xff]);
      return spelled(bytes.map(digitOf), digitOf(filler), length);
    }
    case 'one_per_register':
      return spelled(from, filler, length);
    case 'binary': {
      const value = from.reduce((sum, register) => sum * 65_536 + register, 0);
      return length === null || value >= 10 ** length ? null : String(value).padStart(length, '0');
    }
  }
}

function spelled(symbols: readonly number[], filler: number, length: number | null): string | null {
  const first = symbols.indexOf(filler);
  const end = length ?? (first === -1 ? symbols.length : first);
  const digits = symbols.slice(0, end);
  if (end < 1 || end > symbols.length || digits.some((symbol) => symbol > 9)) return null;
  return symbols.slice(end).every((symbol) => symbol === filler) ? digits.join('') : null;
}

const rowOf = (registers: number, register: (i: number) => number): number[] =>
  Array.from({ length: registers }, (_, i) => register(i));
