import { expect, test } from 'vitest';
import { siteUnderTest } from './site-under-test.ts';

/** Readers that differ from most, or say what no reader should, seen through the whole site. */
const odd = async () => {
  const at = await siteUnderTest({
    adapt: (text) =>
      text.replace('keypad = { inter_digit_timeout = "1s" }', 'keypad = { whole_pins = true }'),
  });
  const happened = async (type: string) =>
    (await at.feed()).filter((entry) => entry.type === type).map(({ data }) => data);
  return { at, happened };
};

test('a card whose bits contradict their number is told as unreadable, and its bits are not', async () => {
  const { at, happened } = await odd();
  const bits = Uint8Array.of(0xde, 0xad, 0xbe);
  at.devices.reader('front').say({ type: 'raw', value: { reader: 0, format: 1, bit_count: 26, bits } });
  await at.run(1_000);
  expect(await happened('card.unreadable')).toEqual([
    { bit_count: 26, why: 'the reader announces 26 bits, which are 4 bytes, and sends 3 bytes' },
  ]);
  expect(JSON.stringify(await at.feed())).not.toMatch(/dead/i);
});

test('what nobody can explain is told once in ten minutes for each kind, however often it comes', async () => {
  const { at, happened } = await odd();
  for (let n = 0; n < 20; n++) {
    const detail = Uint8Array.of(n);
    at.devices.reader('front').say({ type: 'nak', value: { error: 0x80 + n, detail } });
    await at.run(200);
  }
  expect(await happened('reader.unexpected')).toEqual([
    { detail: 'a refusal of poll with a code of its own', raw: '418000' },
  ]);
});

test('a reader that sends whole PINs, without a closing key, opens', async () => {
  const { at, happened } = await odd();
  await at.person('Lovelace', [{ kind: 'pin', value: '0493' }]);
  at.devices.reader('front').type('0493', 'whole');
  await at.run(1_000);
  expect(await happened('access.granted')).toHaveLength(1);
});

test('a reader with a display says what became of a card', async () => {
  const { at } = await odd();
  await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  const reader = at.devices.reader('front');
  reader.addDisplay();
  reader.restart();
  await at.run(1_000);
  reader.present({ facility: 12, number: 3456 });
  await at.run(500);
  expect(reader.text()).toBe('Open');
  await at.run(5_000);
  reader.present({ facility: 12, number: 3457 });
  await at.run(500);
  expect(reader.text()).toBe('No access');
});
