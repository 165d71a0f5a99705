import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { heldByAnother, pressed, recorded } from '../hal/evtest-recorded.ts';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** A reader that types, on the real daemon; the program that holds it says what real evtest has said. */
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
const opening = recorded.slice(0, recorded.indexOf('Event: time'));
/** 0012345678 is 00 BC 61 4E in hexadecimal. */
const card = [11, 11, 2, 3, 4, 5, 6, 7, 8, 9, 28];

beforeEach(async () => {
  rig = await startRig({
    adapt: (text) => `${text.replace('readers = ["front"]', 'readers = ["front", "desk"]')}${reader}`,
    environment: (directory) => {
      mkdirSync(join(directory, 'bin'));
      const program = join(directory, 'bin', 'evtest');
      writeFileSync(join(directory, 'keyboard'), opening);
      const lines = [
        '#!/bin/sh',
        `echo "$@" > ${directory}/asked`,
        `exec tail -n +1 -f ${directory}/keyboard`,
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
  expect(readFileSync(join(rig.directory, 'asked'), 'utf8')).toBe(`--grab ${device}\n`);
  types(card);
  await until('the lock is released', () => released() === 1);
  types([...card.slice(0, -2), 10, 28]);
  await until('another card is refused', async () =>
    (await reasons('access.refused')).includes('unknown_credential'),
  );
  expect(released()).toBe(1);
  expect(rig.output()).not.toMatch(/12345678|EV_KEY/);
}, 60_000);

test('a keyboard that another program holds is offline with the reason, and doors go on', async () => {
  await rig.start();
  appendFileSync(join(rig.directory, 'keyboard'), heldByAnother);
  await until('the reason is in the feed', async () =>
    (await reasons('reader.offline')).some((reason) => /desk.* is held by another program/.test(reason)),
  );
  await rig.person('Lovelace', [{ kind: 'card', value: '12:3456' }]);
  await rig.act({ do: 'card', reader: 'front', card: '12:3456' });
  await until('the other reader opens', () => released() === 1);
}, 60_000);
