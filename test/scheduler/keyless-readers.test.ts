import { expect, test } from 'vitest';
import type { AsciiFrame } from '../../src/core/ascii-rules.ts';
import type { Site } from '../../src/core/site.ts';
import { keylessReaders } from '../../src/scheduler/keyless-readers.ts';
import { rule } from './rules.ts';
import { daily } from './shapes.ts';

const content = { is: 'uid_hex' } as const;
const text = (keys: boolean): AsciiFrame => ({ kind: 'line', prefix: '', suffix: '', keys, content });
const reader = (name: string, frame: AsciiFrame | null) =>
  ({
    name,
    ...(frame === null ? {} : { ascii: { frame, repeat_ms: 0, heard_within_ms: null } }),
  }) as Site['readers'][number];
const door = (id: string, ...readers: string[]) =>
  ({ id, name: id, readers }) as unknown as Site['doors'][number];
const site = {
  readers: [
    reader('osdp', null),
    reader('line', text(false)),
    reader('line with keys', text(true)),
    reader('frame', { kind: 'stx_etx', checksum: 'xor', content }),
    reader('keypad', { kind: 'keys' }),
  ],
  doors: [door('a', 'osdp', 'line', 'keypad'), door('b', 'line with keys'), door('c', 'frame')],
};
const mode = (...modes: Parameters<typeof rule>[0][]) =>
  modes.map((one) => rule(one, { week: daily('09:00-17:00') }));

test('a reader that sends no keys at a door that wants card and PIN is told, at each door', () => {
  const found = keylessReaders(mode('unlocked', 'card_and_pin'), ['a', 'b', 'c', 'gone'], site);
  expect(found.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
    'no_keypad /door_ids/0',
    'no_keypad /door_ids/2',
  ]);
  expect(found[0]?.detail).toMatch(/^reader line of door a sends no keys/);
});

test('where nothing asks for a PIN after the card there is nothing to tell', () => {
  expect(keylessReaders(mode('unlocked', 'disabled'), ['a', 'c'], site)).toEqual([]);
  expect(keylessReaders([], ['a', 'c'], site)).toEqual([]);
});
