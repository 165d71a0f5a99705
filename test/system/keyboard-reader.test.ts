import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pressed } from '../hal/input-recorded.ts';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** A reader that types, on the real daemon; the program that holds it is one of the test's. */
let rig: Rig;
const device = '/dev/input/by-id/usb-desk-event-kbd';
const reader = `
[ports.desk]
kind = "evdev"
device = "${device}"

[readers.desk]
protocol = "serial_ascii"
port = "desk"
frame = { kind = "line", content = "uid_decimal" }
`;
/** 0012345678 is 00 BC 61 4E in hexadecimal. */
const card = [11, 11, 2, 3, 4, 5, 6, 7, 8, 9, 28];

beforeEach(async () => {
  rig = await startRig({
    adapt: (text) => `${text.replace('readers = ["front"]', 'readers = ["front", "desk"]')}${reader}`,
    environment: (directory) => {
      mkdirSync(join(directory, 'bin'));
      const program = join(directory, 'bin', 'setpriv');
      writeFileSync(join(directory, 'keyboard'), '24\n');
      const lines = [
        '#!/bin/sh',
        `for last; do :; done; echo "$last" > ${directory}/asked; echo $$ > ${directory}/holder`,
        `exec tail -c +1 -f ${directory}/keyboard`,
      ];
      writeFileSync(program, `${lines.join('\n')}\n`);
      chmodSync(program, 0o755);
      return { PATH: `${join(directory, 'bin')}:${process.env['PATH']}` };
    },
  });
}, 40_000);
afterEach(async () => {
  await rig.stop();
  await rig.close();
});

const types = (codes: readonly number[]) =>
  appendFileSync(join(rig.directory, 'keyboard'), pressed(...codes));
const released = () => rig.wires.filter((e) => e.event === 'lock_moved' && e.state === 'released').length;
const reasons = async (type: string, key = 'reason') =>
  (await rig.feed()).filter((item) => item.type === type).map(({ data }) => String(data[key]));

test('a card that is typed releases the lock, and nothing of it is in the log', async () => {
  await rig.start();
  await rig.person('Lovelace', [{ kind: 'card', value: 'uid:00BC614E' }]);
  expect(readFileSync(join(rig.directory, 'asked'), 'utf8')).toBe(`${device}\n`);
  types(card);
  await until('the lock is released', () => released() === 1);
  types([...card.slice(0, -2), 10, 28]);
  await until('another card is refused', async () =>
    (await reasons('access.refused')).includes('unknown_credential'),
  );
  expect(released()).toBe(1);
  expect(rig.output()).not.toMatch(/12345678/);
}, 60_000);

test('a keyboard that another program takes is offline with the reason and comes back, and doors go on', async () => {
  await rig.start();
  writeFileSync(join(rig.directory, 'keyboard'), '-16\n');
  process.kill(Number(readFileSync(join(rig.directory, 'holder'), 'utf8')), 'SIGTERM');
  let desk = '';
  await until('the reason is in the feed', async () => {
    const offline = (await rig.feed()).find(({ type }) => type === 'reader.offline');
    desk = offline?.resource ?? '';
    return /desk.* was ended by SIGTERM/.test(String(offline?.data['reason']));
  });
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the other reader opens', () => released() === 1);
  const online = async () =>
    (await rig.feed()).filter(({ type, resource }) => type === 'reader.online' && resource === desk).length;
  expect(await online()).toBe(1);
  writeFileSync(join(rig.directory, 'keyboard'), '24\n');
  await until('it is back', async () => (await online()) === 2, 30_000);
}, 60_000);
