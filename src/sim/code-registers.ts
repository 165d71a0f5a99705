import type { CodeLockMap } from '../core/code-lock-model.ts';

type Packing = CodeLockMap['digits'];

/** A code as a simulated lock keeps it in registers; written apart from the driver's, so that each judges the other. */
export function codeRegisters(code: string, { packing, registers, filler }: Packing): number[] {
  const hex = (size: number, value: number) => value.toString(16).padStart(size, '0');
  const padded = (unit: number, size: number, digits: string) =>
    digits + hex(unit, filler).repeat((size - digits.length) / unit);
  switch (packing) {
    case 'bcd':
      return fromHex(padded(1, registers * 4, code));
    case 'ascii':
      return fromHex(padded(2, registers * 4, [...code].map((digit) => `3${digit}`).join('')));
    case 'one_per_register':
      return fromHex(padded(4, registers * 4, [...code].map((digit) => `000${digit}`).join('')));
    case 'binary':
      return fromHex(
        BigInt(code === '' ? 0 : code)
          .toString(16)
          .padStart(registers * 4, '0'),
      );
  }
}

/** The code of these registers; null when they hold none. `length` null: the map has no such field. */
export function codeOf(registers: readonly number[], length: number | null, packing: Packing): string | null {
  for (const digits of length === null ? [4, 5, 6, 7, 8, 9, 10] : [length]) {
    const found = digitsAt(registers, digits, packing);
    const same = found !== null && codeRegisters(found, packing).every((one, i) => one === registers[i]);
    if (same) return found;
  }
  return null;
}

function digitsAt(registers: readonly number[], digits: number, { packing }: Packing): string | null {
  const hex = registers.map((register) => register.toString(16).padStart(4, '0')).join('');
  if (packing === 'binary') return BigInt(`0x${hex}`).toString().padStart(digits, '0');
  const unit = { bcd: 1, ascii: 2, one_per_register: 4 }[packing];
  const symbols = hex.slice(0, digits * unit).match(new RegExp(`.{${unit}}`, 'g')) ?? [];
  const code = symbols.map((symbol) => symbol.at(-1)).join('');
  return /^\d+$/.test(code) ? code : null;
}

const fromHex = (hex: string): number[] =>
  (hex.match(/.{4}/g) ?? []).map((register) => Number.parseInt(register, 16));
