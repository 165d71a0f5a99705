import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunningApi, startApi } from '../../src/api/listen.ts';
import { scopes } from '../../src/schema/record.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { doorId, type FakeAdmin, fakeAdmin } from './fake-admin.ts';

const options = {
  version: '1.2.3',
  logger: pino({ level: 'silent' }),
  clock: virtualClock(),
  digest: (text: string) => createHash('sha256').update(text).digest('hex'),
};

let directory: string;
let socket: string;
let admin: FakeAdmin;
let running: RunningApi[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'api-'));
  socket = join(directory, 'admin.sock');
  admin = fakeAdmin();
  running = [];
});
afterEach(async () => {
  for (const api of running) await api.close();
  await rm(directory, { recursive: true });
});

const start = async (path = socket, port = 0): Promise<RunningApi> => {
  const api = await startApi(admin, options, { host: '127.0.0.1', port, socket: path });
  running.push(api);
  return api;
};

const ask = (where: object, path: string, headers = {}): Promise<{ status: number; body: string }> =>
  new Promise((resolve, reject) => {
    request({ agent: false, ...where, path, headers }, async (answer: IncomingMessage) => {
      let body = '';
      for await (const part of answer) body += part;
      resolve({ status: answer.statusCode ?? 0, body });
    })
      .on('error', reject)
      .end();
  });

describe('the Unix socket', () => {
  it('needs no key, may be used by owner and group only, and the network still needs a key', async () => {
    const api = await start();
    const { port } = new URL(api.url);
    expect((await ask({ socketPath: socket }, '/v1/system')).status).toBe(200);
    expect((await ask({ host: '127.0.0.1', port }, '/v1/system')).status).toBe(401);
    expect((await ask({ host: '127.0.0.1', port }, '/healthz')).status).toBe(200);
    expect((await stat(socket)).mode & 0o777).toBe(0o660);
  });

  it('alone gives the whole database: no key does, whatever its scopes', async () => {
    const api = await start();
    const { port } = new URL(api.url);
    const { status, body } = await ask({ socketPath: socket }, '/v1/database');
    expect([
      status,
      body
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ]).toEqual([
      200,
      [{ store_id: 'store-1', about: 2 }, ['meta/identity', '{}'], ['record/user/u', '{"id":"u"}']],
    ]);
    const authorization = `Bearer ${admin.key('all', ...scopes)}`;
    expect((await ask({ host: '127.0.0.1', port }, '/v1/database', { authorization })).status).toBe(403);
    expect((await ask({ host: '127.0.0.1', port }, '/v1/database')).status).toBe(401);
  });

  it('breaks the database off when the API closes: what has come by then does not pass for all of it', async () => {
    const api = await start();
    admin.database.dump = () => ({
      store_id: 'store-1',
      about: 2,
      entries: (async function* () {
        for (;;)
          yield await new Promise<[string, string]>((resolve) => setImmediate(resolve, ['record/u', '']));
      })(),
    });
    const asked = request({ socketPath: socket, path: '/v1/database', agent: false }).end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.on('error', () => {}).resume();
    const ended = new Promise((resolve) => answer.once('close', resolve));
    const closing = api.close();
    await ended;
    expect([answer.statusCode, answer.complete]).toEqual([200, false]);
    await closing;
    running = [];
  });

  it('takes the place of one whose process is gone', async () => {
    const dead = createServer().listen(join(directory, 'other.sock'));
    await new Promise((resolve) => dead.once('listening', resolve));
    // A link keeps the socket's name when its server removes its own.
    await link(join(directory, 'other.sock'), socket);
    await new Promise((resolve) => dead.close(resolve));
    await start();
    expect((await ask({ socketPath: socket }, '/healthz')).status).toBe(200);
  });

  it('leaves one that answers, and files that are no socket, alone', async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: 'address_in_use' });
    expect((await ask({ socketPath: socket }, '/healthz')).status).toBe(200);
    const file = join(directory, 'file');
    await writeFile(file, 'mine');
    await expect(start(file)).rejects.toMatchObject({ code: 'address_in_use' });
    expect((await stat(file)).size).toBe(4);
  });

  it('says what is wrong with a path it cannot have', async () => {
    await expect(start(join(directory, 'x'.repeat(120)))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('107 bytes'),
    });
    await expect(start(join(directory, 'none', 'a.sock'))).rejects.toMatchObject({ code: 'config_invalid' });
    const dangling = join(directory, 'dangling');
    await symlink(join(directory, 'nowhere'), dangling);
    await expect(start(dangling)).rejects.toMatchObject({ code: 'address_in_use' });
  });

  it('is given back when the network address is taken', async () => {
    const api = await start();
    const port = Number(new URL(api.url).port);
    const second = join(directory, 'second.sock');
    await expect(start(second, port)).rejects.toMatchObject({ code: 'address_in_use' });
    await expect(stat(second)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('long polls', () => {
  const poll = (path: string) => {
    const asked = request({ socketPath: socket, path, agent: false });
    asked.on('error', () => {});
    asked.end();
    return asked;
  };
  const url = () => `/v1/feed?wait=55&after=${admin.feed.cursor()}`;
  const waiting = (n: number) => vi.waitFor(() => expect(admin.waiting()).toBe(n), { timeout: 5000 });

  it('end at the first entry', async () => {
    await start();
    const answer = ask({ socketPath: socket }, url());
    await waiting(1);
    admin.happen('door.opened');
    expect(JSON.parse((await answer).body)).toMatchObject({ items: [{ type: 'door.opened' }], more: false });
  });

  it('leave nothing waiting when the client goes', async () => {
    await start();
    const asked = poll(url());
    await waiting(1);
    asked.destroy();
    await waiting(0);
  });

  it('are bounded for each caller; who does not wait is still served', async () => {
    await start();
    const polls = Array.from({ length: 32 }, () => poll(url()));
    await waiting(32);
    const refused = await ask({ socketPath: socket }, url());
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, 'too_many_requests']);
    expect((await ask({ socketPath: socket }, '/v1/feed')).status).toBe(200);
    for (const one of polls) one.destroy();
    await waiting(0);
    const again = ask({ socketPath: socket }, url());
    await waiting(1);
    admin.happen('door.opened');
    expect((await again).status).toBe(200);
  });

  it('are answered, not cut, when the API closes', async () => {
    const api = await start();
    const answer = ask({ socketPath: socket }, url());
    await waiting(1);
    await api.close();
    running = [];
    expect(await answer).toMatchObject({ status: 200 });
  });

  it.each(['/v1/feed', '/v1/operations'])(
    'of %s end when the API closes, and no connection is kept',
    async (path) => {
      const api = await start();
      let ended = (): void => {};
      const ends = new Promise<void>((resolve) => {
        ended = resolve;
      });
      const { id } = await admin.operations.start('unlock', null, () => ends);
      const agent = new Agent({ keepAlive: true });
      const asked = path === '/v1/feed' ? url() : `${path}/${id}?wait=55`;
      const answer = ask({ socketPath: socket, agent }, asked);
      await waiting(1);
      await api.close();
      running = [];
      expect((await answer).status).toBe(200);
      ended();
      agent.destroy();
    },
  );
});

describe('the bare connection', () => {
  const say = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const connection = connect(socket);
      let heard = '';
      connection.on('data', (bytes) => {
        heard += bytes;
      });
      connection.on('close', () => resolve(heard));
      connection.on('error', () => {});
      connection.write(text);
    });

  it('that does not speak HTTP is told so in a problem document, and closed', async () => {
    await start();
    for (const text of [
      '\u0016\u0003\u0001 hello\r\n\r\n',
      `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const heard = await say(text);
      expect(heard).toMatch(/^HTTP\/1.1 400 /);
      expect(JSON.parse(heard.split('\r\n\r\n')[1] ?? '')).toMatchObject({ code: 'invalid_input' });
    }
  });

  it('cannot smuggle a second request behind a body of two lengths', async () => {
    await start();
    const heard = await say(
      `POST /v1/doors/${doorId}/unlock HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    );
    expect(heard).toMatch(/^HTTP\/1.1 400 /);
    expect(admin.unlocked).toEqual([]);
  });
});
