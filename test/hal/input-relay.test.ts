import fc from 'fast-check';
import { expect, test } from 'vitest';
import { relayReader } from '../../src/hal/input-relay.ts';
import { pressed, recorded16, recorded24 } from './input-recorded.ts';

const bytesOf = (text: string) => Buffer.from(text, 'latin1');
const types = (bytes: Uint8Array) => relayReader()(bytes).map(({ type }) => type);

test('after the size of a record come the records, wherever they are cut', () => {
  const bytes = Buffer.concat([bytesOf('24\n'), recorded24]);
  const news = relayReader()(bytes);
  expect(news.map(({ type }) => type)).toEqual(['held', ...Array(8).fill('key')]);
  for (let at = 0; at <= bytes.length; at++) {
    const read = relayReader();
    expect([...read(bytes.subarray(0, at)), ...read(bytes.subarray(at))]).toEqual(news);
  }
  expect(types(Buffer.concat([bytesOf('16\n'), recorded16]))).toEqual(['held', ...Array(4).fill('key')]);
});

test('a refusal is the errno of the kernel', () => {
  expect(relayReader()(bytesOf('-16\n'))).toEqual([{ type: 'refused', errno: -16 }]);
});

test.each(['', '0', '12', '24 ', '2424', 'perl: warning', '-', '-1.5', 'x'.repeat(9_000)])(
  'a first line of %j holds nothing, and no key comes after it',
  (line) => {
    const read = relayReader();
    const said = [...read(bytesOf(`${line}\n`)), ...read(pressed(28)), ...read(bytesOf('24\n'))];
    expect(said.filter(({ type }) => type !== 'refused')).toEqual([]);
  },
);

test('any bytes are read without throwing, and nothing is held that was not said to be', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (chunks) => {
      const read = relayReader();
      const news = chunks.flatMap((chunk) => read(chunk));
      const first = Buffer.concat(chunks).toString('latin1').split('\n')[0];
      if (first !== '16' && first !== '24') expect(news.filter(({ type }) => type === 'held')).toEqual([]);
    }),
  );
});
