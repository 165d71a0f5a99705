import { expect, test } from 'vitest';
import { evtestReader } from '../../src/hal/evtest-output.ts';
import { heldByAnother, recorded } from './evtest-recorded.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const news = [
  { type: 'open' },
  { type: 'key', code: 11, value: 1 },
  { type: 'key', code: 11, value: 0 },
  { type: 'key', code: 28, value: 1 },
  { type: 'key', code: 28, value: 0 },
  { type: 'lost' },
  { type: 'key', code: 42, value: 2 },
];

test('what evtest really says is read, wherever it is cut in two', () => {
  const bytes = bytesOf(recorded);
  for (let at = 0; at <= bytes.length; at++) {
    const read = evtestReader();
    expect([...read(bytes.subarray(0, at)), ...read(bytes.subarray(at))]).toEqual(news);
  }
  const read = evtestReader();
  expect([...bytes].flatMap((byte) => read(Uint8Array.of(byte)))).toEqual(news);
});

test('a device that another program holds is told apart', () => {
  expect(evtestReader()(bytesOf(heldByAnother))).toEqual([{ type: 'open' }, { type: 'held' }]);
});

test('a name that looks like an event is none, and a line without end does not grow', () => {
  const read = evtestReader();
  const name = 'x", type 1 (EV_KEY), code 28 (KEY_ENTER), value 1';
  expect(read(bytesOf(`Input device name: "${name}"\nInput device name: "Testing ... "\n`))).toEqual([]);
  expect(read(bytesOf('Event: time 1795342396.123456, type 1 (EV_KEY), '.padEnd(9_000, 'x')))).toEqual([]);
  expect(read(bytesOf('code 28 (KEY_ENTER), value 1\nTesting ... (interrupt to exit)\n'))).toEqual([
    { type: 'open' },
  ]);
});
