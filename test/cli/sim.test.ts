import { afterEach, beforeEach, expect, test } from 'vitest';
import { UsageError } from '../../src/cli/command.ts';
import { command } from '../../src/cli/sim.ts';
import { type ControlServer, controlServer } from '../../src/sim/control-server.ts';

let server: ControlServer;
let requests: unknown[];
let answer: Record<string, unknown>;
beforeEach(async () => {
  requests = [];
  answer = { ok: true };
  server = await controlServer({ host: '127.0.0.1', port: 0 }, (request) => {
    requests.push(request);
    return answer;
  });
});
afterEach(() => server.close());

async function run(line: string) {
  const out: string[] = [];
  const err: string[] = [];
  const io = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), env: {} };
  const code = await command.run([...line.split(' '), '--control', `127.0.0.1:${server.port}`], io);
  return { code, out: out.join(''), err: err.join('') };
}

test.each([
  ['card front 12:3456', { do: 'card', reader: 'front', card: '12:3456' }],
  ['pin front 1234', { do: 'keys', reader: 'front', keys: '1234#' }],
  ['keys front *12', { do: 'keys', reader: 'front', keys: '*12' }],
  ['door front open', { do: 'door', door: 'front', open: true, force: false }],
  ['door front open --force', { do: 'door', door: 'front', open: true, force: true }],
  ['door front close', { do: 'door', door: 'front', open: false, force: false }],
  ['exit back', { do: 'exit', door: 'back' }],
  ['panel arm house', { do: 'arm', partition: 'house', armed: true }],
  ['panel alarm house', { do: 'alarm', partition: 'house', on: true }],
  ['panel restore 2', { do: 'alarm', partition: '2', on: false }],
  ['panel code house 123456', { do: 'code', partition: 'house', digits: '123456' }],
  ['fault off panel silent', { do: 'fault', panel: true, fault: 'silent', on: false }],
  ['unplug port locks', { do: 'plug', port: 'locks', plugged: false }],
  ['plug reader front', { do: 'plug', reader: 'front', plugged: true }],
  ['reset front', { do: 'reset', reader: 'front' }],
  ['fault on reader front wrong_mac', { do: 'fault', reader: 'front', fault: 'wrong_mac', on: true }],
  ['fault on lock front silent', { do: 'fault', lock: 'front', fault: 'silent', on: true }],
  ['code shed 0012', { do: 'code', lock: 'shed', digits: '0012' }],
  ['slot shed 3 0012', { do: 'code', lock: 'shed', slot: 3, digits: '0012' }],
  ['slot shed 3 empty', { do: 'code', lock: 'shed', slot: 3, digits: '' }],
  ['state', { do: 'state' }],
])('%s is one request', async (line, request) => {
  expect(await run(line)).toMatchObject({ code: 0, err: '' });
  expect(requests).toEqual([request]);
});

test('a refusal is an error with its exit code', async () => {
  answer = { ok: false, code: 'forbidden', error: 'door "front" is locked' };
  expect(await run('door front open')).toEqual({ code: 4, out: '', err: 'door "front" is locked\n' });
});

test.each(['', 'jump', 'card front', 'door front ajar', 'panel arm', 'plug wire x', 'state now'])(
  'called wrongly ("%s") it sends nothing and never repeats what was typed',
  async (line) => {
    const failed: unknown = await run(line).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UsageError);
    expect(requests).toEqual([]);
  },
);

test('nobody at the control port: said with what to do', async () => {
  await server.close();
  await expect(run('state')).rejects.toMatchObject({ code: 'daemon_unreachable' });
});
