import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type DoorSocket, doorSocketPath, openDoorSocket } from '../../src/door/door-socket.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** The door process's own socket: one order, one answer, and nothing a caller does costs more than that. */
const clock = virtualClock();
let directory: string;
let path: string;
let heard: unknown[];
let open: DoorSocket | null;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'postern-door-'));
  path = doorSocketPath(join(directory, 'admin.sock'));
  heard = [];
  open = await openDoorSocket(path, clock, async (order) => {
    heard.push(order);
    if (order === 'break') throw new Error('a defect');
    return { ok: true };
  });
});
afterEach(async () => {
  await open?.close();
  rmSync(directory, { recursive: true });
});

/** Sends all of it, and hears all until the other end closes. */
function say(text: string, then: 'wait' | 'end' = 'wait'): Promise<string> {
  return new Promise((resolve, reject) => {
    let told = '';
    const socket: Socket = connect(path, () => (then === 'end' ? socket.end(text) : socket.write(text)));
    socket.on('data', (data) => {
      told += String(data);
    });
    socket.on('close', () => resolve(told));
    socket.on('error', reject);
  });
}

test('it lies beside that of the admin process, for the same people', () => {
  expect(path).toBe(join(directory, 'door.sock'));
  expect(statSync(path).mode & 0o777).toBe(0o660);
});

test('an order is answered by a line, and the connection is closed', async () => {
  expect(await say('{"do":"list"}\n')).toBe('{"ok":true}\n');
  expect(heard).toEqual([{ do: 'list' }]);
});

test('of two orders on a connection the second is not heard', async () => {
  expect(await say('{"do":"list"}\n{"do":"list"}\n')).toBe('{"ok":true}\n');
  expect(heard).toHaveLength(1);
});

describe('what is no order is refused with what would be right', () => {
  test.each([
    ['no JSON', 'list\n', 'wait', 'one JSON object on one line'],
    ['half an order', '{"do":"li', 'end', 'one JSON object on one line'],
    ['nothing', '', 'end', 'one JSON object on one line'],
    ['a line without an end', 'x'.repeat(5_000), 'wait', 'at most 4096 bytes'],
    ['a line too long', `${'x'.repeat(5_000)}\n`, 'wait', 'at most 4096 bytes'],
  ] as const)('%s', async (_, text, then, says) => {
    expect(JSON.parse(await say(text, then))).toMatchObject({ ok: false, code: 'invalid_input' });
    expect(await say(text, then)).toContain(says);
    expect(heard).toEqual([]);
  });
});

test('a defect is an answer too, and says nothing of itself', async () => {
  expect(await say('"break"\n')).toBe(
    '{"ok":false,"code":"internal","detail":"the door process failed to carry this out"}\n',
  );
});

test('who says nothing is let go after ten seconds', async () => {
  const told = say('');
  await say('{"do":"list"}\n');
  clock.advance(10_000);
  expect(await told).toBe('');
});

test('the socket of a process that was killed is replaced', async () => {
  await open?.close();
  const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script]);
  expect(statSync(path).isSocket()).toBe(true);
  open = await openDoorSocket(path, clock, async () => ({ ok: 'anew' }));
  expect(await say('{}\n')).toBe('{"ok":"anew"}\n');
});

test('one that answers stays, and so does what is no socket', async () => {
  await expect(openDoorSocket(path, clock, async () => ({}))).rejects.toThrow(/EADDRINUSE/);
  expect(await say('{}\n')).toBe('{"ok":true}\n');
  await open?.close();
  open = null;
  writeFileSync(path, 'a file of somebody');
  await expect(openDoorSocket(path, clock, async () => ({}))).rejects.toThrow(/EADDRINUSE/);
});
