import { beforeEach, expect, test } from 'vitest';
import { type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Readers that write text, through the whole site: one with lines and keys, one with frames and a checksum. */
const more = `
[ports.gate]
kind = "tcp"
host = "127.0.0.1"
port = 5

[readers.gate]
protocol = "serial_ascii"
port = "gate"
frame = { kind = "line", keys = true, content = "numbers", format = "h10301" }

[ports.store]
kind = "tcp"
host = "127.0.0.1"
port = 6

[readers.store]
protocol = "serial_ascii"
port = "store"
frame = { kind = "stx_etx", checksum = "xor", content = "uid_hex" }
`;
/** The example of the RDM6300 data sheet. */
const uid = Uint8Array.of(0x62, 0xe3, 0x08, 0x6c, 0xed);

let at: SiteUnderTest;
beforeEach(async () => {
  at = await siteUnderTest({
    adapt: (text) => `${text.replace('readers = ["front"]', 'readers = ["front", "gate", "store"]')}${more}`,
  });
  await at.person('Lovelace', [
    { kind: 'card', value: '12:3456' },
    { kind: 'card', value: 'uid:62E3086CED' },
    { kind: 'pin', value: '0493' },
  ]);
  await at.run(1_000);
});

const happened = async (type: string) =>
  (await at.feed()).filter((entry) => entry.type === type).map(({ data }) => data);
const released = () => at.locks.filter((deed) => deed.event === 'lock_moved' && deed.state === 'released');
const ascii = (text: string) => new TextEncoder().encode(text);

test('a card in a line and a card in a frame release the lock', async () => {
  at.devices.present('gate', { format: 'h10301', facility: 12, number: 3456 });
  await at.run(2_000);
  expect(released()).toHaveLength(1);
  at.devices.present('store', { uid });
  await at.run(2_000);
  expect(released()).toHaveLength(2);
  expect((await happened('access.granted')).map(({ reader_id }) => reader_id)).toEqual(
    ['gate', 'store'].map((name) => at.site.readers.find((reader) => reader.name === name)?.id),
  );
});

test('a PIN typed at it, a line for each key, releases the lock', async () => {
  at.devices.type('gate', '0493#');
  await at.run(1_000);
  expect(released()).toHaveLength(1);
});

test('a frame whose checksum is wrong is told, releases nothing, and is shown nowhere', async () => {
  at.lines.get('store')?.send(ascii('\x0262E3086CEE08\x03'));
  await at.run(1_000);
  expect(await happened('reader.unexpected')).toEqual([
    { detail: expect.stringMatching(/checksum is wrong/), raw: '' },
  ]);
  expect(await happened('access.granted')).toEqual([]);
  expect(JSON.stringify([await at.feed(), at.log])).not.toMatch(/62E3086CE/i);
});

test('a line that is lost is told, and what waited in it meanwhile opens nothing', async () => {
  const gate = at.lines.get('gate') ?? expect.fail('no such line');
  gate.unplug();
  await at.run(1_000);
  expect(await happened('reader.offline')).toHaveLength(1);
  gate.plugIn();
  await at.run(10);
  gate.send(ascii('12,3456\r\n'));
  await at.run(1_000);
  expect((await happened('access.refused')).map(({ reason }) => reason)).toEqual(['read_during_outage']);
  gate.send(ascii('12,3456\r\n'));
  await at.run(1_000);
  expect(released()).toHaveLength(1);
});
