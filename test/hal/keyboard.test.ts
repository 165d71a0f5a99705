import { expect, test } from 'vitest';
import { typedBy } from '../../src/hal/keyboard.ts';
import { keyNames } from './input-recorded.ts';

const named = new Map(
  [...keyNames.matchAll(/(\d+) KEY_(\w+)/g)].map(([, code, name]) => [String(name), Number(code)]),
);
const press = (name: string, shift = false, value = 1): string | null => {
  const code = named.get(name) ?? expect.fail(`no key ${name}`);
  const { byte } = typedBy(new Set(shift ? [42] : []), { code, value });
  return byte === null ? null : String.fromCharCode(byte);
};

test('digits, letters and Enter are where the kernel has them, on the keypad too', () => {
  for (const digit of '0123456789')
    for (const row of ['', 'KP', 'NUMERIC_']) expect(press(row + digit)).toBe(digit);
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') {
    expect(press(letter)).toBe(letter.toLowerCase());
    expect(press(letter, true)).toBe(letter);
  }
  expect([press('ENTER'), press('KPENTER')]).toEqual(['\r', '\r']);
});

test.each([
  ['MINUS', '-', '_'],
  ['EQUAL', '=', '+'],
  ['SEMICOLON', ';', ':'],
  ['APOSTROPHE', "'", '"'],
  ['GRAVE', '`', '~'],
  ['BACKSLASH', '\\', '|'],
  ['COMMA', ',', '<'],
  ['DOT', '.', '>'],
  ['SLASH', '/', '?'],
  ['LEFTBRACE', '[', '{'],
  ['SPACE', ' ', ' '],
  ['3', '3', '#'],
  ['8', '8', '*'],
  ['KPASTERISK', '*', '*'],
  ['NUMERIC_STAR', '*', '*'],
  ['NUMERIC_POUND', '#', '#'],
  ['BACKSPACE', '\b', '\b'],
  ['ESC', '\x1b', '\x1b'],
])('%s types %j, with shift %j', (name, plain, shifted) => {
  expect([press(name), press(name, true)]).toEqual([plain, shifted]);
});

test('keys that are let go or repeat by themselves type nothing, and those without a character never do', () => {
  expect([press('7', false, 0), press('7', false, 2)]).toEqual([null, null]);
  for (const name of ['LEFTCTRL', 'LEFTALT', 'CAPSLOCK', 'NUMLOCK', 'F1', '102ND', 'RIGHTCTRL'])
    expect(press(name)).toBeNull();
});

test('shift lasts while one of its keys is down, and repeating does not end it', () => {
  const left = 42;
  const right = 54;
  const events = [
    [left, 1],
    [right, 1],
    [left, 2],
    [left, 0],
  ] as const;
  let shifts: ReadonlySet<number> = new Set();
  for (const [code, value] of events) shifts = typedBy(shifts, { code, value }).shifts;
  expect(typedBy(shifts, { code: 30, value: 1 }).byte).toBe('A'.charCodeAt(0));
  shifts = typedBy(shifts, { code: right, value: 0 }).shifts;
  expect(typedBy(shifts, { code: 30, value: 1 }).byte).toBe('a'.charCodeAt(0));
});
