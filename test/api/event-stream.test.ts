import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';

let api: ApiUnderTest;
let token: string;
const open: IncomingMessage[] = [];
beforeEach(async () => {
  api = await apiUnderTest();
  token = api.admin.key('stream', 'feed:read');
  await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  for (const stream of open.splice(0)) stream.destroy();
  await api.app.close();
});

/** Reads frames of a stream over a real connection. */
async function stream(query = '', headers: Record<string, string> = {}) {
  const { port } = api.app.server.address() as AddressInfo;
  const asked = request({
    host: '127.0.0.1',
    port,
    path: `/v1/feed${query}`,
    headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream', ...headers },
  }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  open.push(answer);
  answer.setEncoding('utf8');
  let text = '';
  const frame = async (): Promise<string> => {
    while (!text.includes('\n\n')) {
      const chunk = (answer.read() as string | null) ?? '';
      text += chunk;
      if (chunk === '' && answer.readableEnded) return '(end)';
      if (chunk === '') await Promise.race([once(answer, 'readable'), once(answer, 'end')]);
    }
    const [first = ''] = text.split('\n\n');
    text = text.slice(first.length + 2);
    return first;
  };
  return { answer, frame };
}
const entryOf = (frame: string) => {
  const [, id, data] = /^id: (\S+)\ndata: (.*)$/.exec(frame) ?? [];
  return { id, type: (JSON.parse(data ?? '{}') as { type?: string }).type };
};

describe('the feed as server-sent events', () => {
  it('gives what there is and what comes, each with the cursor right after it', async () => {
    api.admin.happen('door.opened');
    api.admin.happen('door.closed');
    const { answer, frame } = await stream();
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(await frame()).toBe('retry: 2000');
    expect(entryOf(await frame())).toEqual({ id: 'c1', type: 'door.opened' });
    expect(entryOf(await frame())).toEqual({ id: 'c2', type: 'door.closed' });
    api.admin.happen('access.granted');
    expect(entryOf(await frame())).toEqual({ id: 'c3', type: 'access.granted' });
  });

  it('goes on after Last-Event-ID, whatever `after` says', async () => {
    for (const type of ['door.a', 'door.b', 'door.c']) api.admin.happen(type);
    const { frame } = await stream('?after=c0', { 'last-event-id': 'c2' });
    await frame();
    expect(entryOf(await frame())).toEqual({ id: 'c3', type: 'door.c' });
  });

  it('says by its status that a cursor is none, before any event', async () => {
    const { answer } = await stream('', { 'last-event-id': 'nonsense' });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
  });

  it('sends the cursor as a comment while nothing happens', async () => {
    const { frame } = await stream();
    await frame();
    expect(await frame()).toBe(': alive\nid: c0');
  });

  it('reads no further than a client that takes nothing', async () => {
    const read = api.admin.feed.read;
    let reads = 0;
    api.admin.feed.read = (query, aborted) => {
      reads += 1;
      return read(query, aborted);
    };
    const wide = 'x'.repeat(200_000);
    for (let i = 0; i < 400; i++) api.admin.happen(`door.${wide}`);
    const { frame } = await stream();
    await frame();
    const turns = async () => {
      for (let i = 0; i < 200; i++) await new Promise((resolve) => setImmediate(resolve));
    };
    await turns();
    expect(reads).toBeLessThan(4);
    expect(await frame()).toContain('door.xxx');
  });

  it('ends when its key is removed, and when the API closes', async () => {
    const first = await stream('?types=door.none');
    await first.frame();
    const [key] = api.admin.keys.list().filter(({ name }) => name === 'stream');
    await api.admin.keys.remove(key?.id ?? '', {} as never);
    api.admin.happen('door.opened');
    for (let last = ''; last !== '(end)'; ) last = await first.frame();
    token = api.admin.key('other', 'feed:read');
    const second = await stream();
    await second.frame();
    const closed = api.app.close();
    for (let last = ''; last !== '(end)'; ) last = await second.frame();
    await closed;
    expect([first, second].map(({ answer }) => answer.readableEnded)).toEqual([true, true]);
  });

  it('gives one caller a bounded number of streams, and a place back when one goes', async () => {
    const streams = [];
    for (let i = 0; i < 32; i++) streams.push(await stream());
    const refused = await stream();
    expect([refused.answer.statusCode, refused.answer.headers['retry-after']]).toEqual([429, '5']);
    streams[0]?.answer.destroy();
    for (let status: number | undefined = 429; status !== 200; ) {
      status = (await stream()).answer.statusCode;
    }
    expect(api.admin.waiting()).toBeLessThanOrEqual(32);
  });

  it('gives the place of one who goes while the first page is read back too', async () => {
    const { read } = api.admin.feed;
    const held: (() => void)[] = [];
    api.admin.feed.read = async (query, aborted) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return read(query, aborted);
    };
    const { port } = api.app.server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const asked = Array.from({ length: 32 }, () =>
      request({ host: '127.0.0.1', port, path: '/v1/feed', headers, agent: false }).end(),
    );
    for (const one of asked) one.on('error', () => {});
    await vi.waitFor(() => expect(held).toHaveLength(32));
    for (const one of asked) one.destroy();
    const connections = () => new Promise((resolve) => api.app.server.getConnections((_, n) => resolve(n)));
    await vi.waitFor(async () => expect(await connections()).toBe(0));
    for (const release of held) release();
    api.admin.feed.read = read;
    expect((await stream()).answer.statusCode).toBe(200);
  });
});
