import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { command } from '../../src/cli/reader.ts';
import { AppError } from '../../src/core/error.ts';
import { type DoorSocket, doorSocketPath, openDoorSocket } from '../../src/door/door-socket.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** `postern reader`, against a door process that answers what the test says. */
let directory: string;
let socket: DoorSocket | null;
let asked: unknown[];
let answers: object[];
const front = {
  name: 'front',
  port: 'readers',
  address: 0,
  online: true,
  security: 'paired',
  pairing_until: null,
  pairing_failed: null,
  identity: 'vendor 1',
  outputs: [],
};
/** All that is asked of it here. */
const inBerlin = { site: { time_zone: 'Europe/Berlin' } };
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'postern-reader-'));
  asked = [];
  answers = [];
  socket = await openDoorSocket(
    doorSocketPath(join(directory, 'admin.sock')),
    virtualClock(),
    async (order) => {
      if ((order as { do: string }).do === 'status') return { ok: true, status: inBerlin };
      asked.push(order);
      return answers.shift() ?? { ok: true, readers: [front] };
    },
  );
});
afterEach(async () => {
  await socket?.close();
  rmSync(directory, { recursive: true });
});

async function run(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const env = { POSTERN_SOCKET: join(directory, 'admin.sock'), SUDO_USER: 'ada l' };
  const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), env };
  return { exit: await command.run(argv, io), out: out.join(''), err: err.join('') };
}

describe('list', () => {
  test.each([
    [{}, 'online   secure'],
    [{ online: false }, 'OFFLINE  paired'],
    [{ security: 'insecure' }, 'INSECURE: in plain'],
    [{ security: 'not_paired' }, 'NOT PAIRED: postern reader pair front'],
    [{ security: 'identity_changed' }, 'ANOTHER DEVICE: postern reader accept front'],
    [
      { security: 'pairing', pairing_until: '2026-03-02T09:00:00.000Z' },
      'being paired, until 2026-03-02 10:00:00',
    ],
  ])('shows %j and what to do', async (more, shown) => {
    answers = [{ ok: true, readers: [{ ...front, ...more }] }];
    const { exit, out } = await run('list');
    expect(exit).toBe(0);
    expect(out.replace('online  ', 'online   ')).toContain(shown);
  });
});

test('pair says until when, and who asked', async () => {
  answers = [{ ok: true, pairing_until: '2026-03-02T09:05:00.000Z' }];
  const { exit, out } = await run('pair', 'front');
  expect([exit, out]).toEqual([
    0,
    'reader front may be given a new key until 2026-03-02 10:05:00\ntimes are those of Europe/Berlin\n',
  ]);
  expect(asked).toEqual([{ do: 'pair', reader: 'front', minutes: 5, as: 'ada_l' }]);
});

test.each([
  [{}, 0, 'reader front is paired: vendor 1'],
  [{ pairing_failed: 'nobody took a key in time' }, 6, 'not paired: nobody took a key in time'],
])('pair --wait ends as the window ends: %j', async (more, code, says) => {
  answers = [
    { ok: true, pairing_until: '2026-03-02T09:05:00.000Z' },
    { ok: true, readers: [{ ...front, ...more }] },
  ];
  const { exit, out, err } = await run('pair', 'front', '--wait', '--minutes', '1');
  expect(exit).toBe(code);
  expect(out + err).toContain(says);
});

test('accept asks for just that', async () => {
  answers = [{ ok: true, pairing_until: null }];
  expect((await run('accept', 'front')).exit).toBe(0);
  expect(asked).toEqual([{ do: 'accept', reader: 'front', as: 'ada_l' }]);
});

describe('output', () => {
  test.each([
    [
      ['on'],
      { on: true, ms: 5_000 },
      { state: 'on', fault: null },
      0,
      'siren of reader front is on for 5 s\n',
    ],
    [['on', '--for', '1m'], { on: true, ms: 60_000 }, { state: 'on', fault: null }, 0, 'is on for 60 s\n'],
    [['off'], { on: false }, { state: 'off', fault: null }, 0, 'siren of reader front is off\n'],
    [
      ['on'],
      { on: true, ms: 5_000 },
      { state: 'off', fault: 'it shows off' },
      6,
      'is not proved to be on: it shows off',
    ],
    [['on'], { on: true, ms: 5_000 }, { state: 'unknown', fault: null }, 6, 'is it online?'],
  ])('%j says what the reader shows: %#', async (words, how, answer, code, says) => {
    answers = [{ ok: true, ...answer }];
    const { exit, out, err } = await run('output', 'front', 'siren', ...words);
    expect(asked).toEqual([{ do: 'output', reader: 'front', output: 'siren', ...how, as: 'ada_l' }]);
    expect([exit, out + err]).toEqual([code, expect.stringContaining(says)]);
  });

  test('list shows what each does', async () => {
    const outputs = [
      { name: 'siren', state: 'off', fault: null },
      { name: 'lamp', state: 'unknown', fault: 'it says that it has no output' },
    ];
    answers = [{ ok: true, readers: [{ ...front, outputs }] }];
    expect((await run('list')).out).toContain('siren off, lamp FAULT: it says that it has no output');
  });
});

test('a refusal keeps its code', async () => {
  answers = [{ ok: false, code: 'pairing_open', detail: 'one at a time' }];
  await expect(run('pair', 'front')).rejects.toMatchObject({
    code: 'pairing_open',
    message: 'one at a time',
  });
});

test.each([
  [[]],
  [['pair']],
  [['open', 'front']],
  [['list', 'front']],
  [['pair', 'front', '--minutes', 'x']],
  [['output', 'front', 'siren']],
  [['output', 'front', 'siren', 'up']],
  [['output', 'front', 'siren', 'on', 'now']],
  [['output', 'front', 'siren', 'off', '--for', '5s']],
  [['output', 'front', 'siren', 'on', '--for', '5']],
  [['output', 'front', 'siren', 'on', '--for', '6m']],
])('called wrongly (%j) it asks nobody', async (argv) => {
  await expect(run(...argv)).rejects.toThrow(UsageError);
  expect(asked).toEqual([]);
});

test('without a door process it says what to look at', async () => {
  await socket?.close();
  socket = null;
  const failed: unknown = await run('list').catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(AppError);
  expect(failed).toMatchObject({
    code: 'daemon_unreachable',
    message: expect.stringMatching(/Is Postern running/),
  });
});
