import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CodeLockMap } from '../../../src/core/code-lock-model.ts';
import { packDigits, unpackDigits } from '../../../src/lock-bus/code-lock/digits.ts';
import { codeOf, codeRegisters } from '../../../src/sim/code-registers.ts';

type Packing = CodeLockMap['digits'];

const bcd: Packing = { packing: 'bcd', registers: 3, filler: 0xf };
const packings: Packing[] = [
  bcd,
  { packing: 'bcd', registers: 4, filler: 0xe },
  { packing: 'ascii', registers: 5, filler: 0x20 },
  { packing: 'ascii', registers: 6, filler: 0x00 },
  { packing: 'one_per_register', registers: 10, filler: 0xffff },
  { packing: 'one_per_register', registers: 12, filler: 0xff },
  { packing: 'binary', registers: 3, filler: 0 },
];

test('the worked example of the sheet: 0012345 is 0012 345F FFFF', () => {
  expect(packDigits('0012345', bcd)).toEqual([0x0012, 0x345f, 0xffff]);
  expect(unpackDigits([0x0012, 0x345f, 0xffff], 7, bcd)).toBe('0012345');
});

test('written out by hand for the other packings', () => {
  expect(packDigits('01234', { packing: 'ascii', registers: 4, filler: 0x20 })).toEqual([
    0x3031, 0x3233, 0x3420, 0x2020,
  ]);
  expect(packDigits('0409', { packing: 'one_per_register', registers: 5, filler: 0xffff })).toEqual([
    0, 4, 0, 9, 0xffff,
  ]);
  // 9876543210 is 2_4CB0_16EA in hexadecimal.
  expect(packDigits('9876543210', { packing: 'binary', registers: 3, filler: 0 })).toEqual([
    2, 0x4cb0, 0x16ea,
  ]);
});

const code = fc.stringMatching(/^\d{4,10}$/);

describe.each(packings)('$packing in $registers registers', (packing) => {
  const lengths = packing.packing === 'binary' ? [true] : [true, false];

  test.each(lengths)(
    'every code of 4 to 10 digits comes back, leading zeros too (length told: %s)',
    (told) => {
      fc.assert(
        fc.property(code, (digits) => {
          const registers = packDigits(digits, packing);
          expect(registers).toHaveLength(packing.registers);
          expect(unpackDigits(registers, told ? digits.length : null, packing)).toBe(digits);
        }),
      );
    },
  );

  test('the simulated lock, which packs by itself, understands it and is understood', () => {
    fc.assert(
      fc.property(code, (digits) => {
        expect(codeOf(packDigits(digits, packing), digits.length, packing)).toBe(digits);
        expect(unpackDigits(codeRegisters(digits, packing), digits.length, packing)).toBe(digits);
      }),
    );
  });

  test('masked digits are no digits', () => {
    const masked = new Array<number>(packing.registers).fill(0xffff);
    for (const length of [4, 10]) expect(unpackDigits(masked, length, packing)).toBeNull();
  });

  test('with a wrong length they are no code, or not this one', () => {
    fc.assert(
      fc.property(code, fc.integer({ min: 0, max: 40 }), (digits, length) => {
        fc.pre(length !== digits.length);
        expect(unpackDigits(packDigits(digits, packing), length, packing)).not.toBe(digits);
      }),
    );
  });

  test('any registers at all are a code that packs to them, or nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(0xffff), { minLength: packing.registers, maxLength: packing.registers }),
        fc.integer({ min: 1, max: 12 }),
        (registers, length) => {
          const digits = unpackDigits(registers, length, packing);
          if (digits !== null) expect(packDigits(digits, packing)).toEqual(registers);
        },
      ),
    );
  });
});
