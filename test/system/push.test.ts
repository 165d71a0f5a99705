import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { type Rig, startRig } from './rig.ts';

/** The feed pushed by the real daemon, over processes that are killed. */
let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
  await rig.start();
}, 40_000);
afterAll(() => rig.close());

/** A receiver that answers with `status`, and remembers what it got. */
async function receiver() {
  const got: { headers: Record<string, string>; body: string; status: number }[] = [];
  const state = { status: 200 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      got.push({ headers: request.headers as Record<string, string>, body, status: state.status });
      response.writeHead(state.status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { got, state, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

test('a webhook is sent every event, signed, over a kill of the admin process in the middle of an outage', async () => {
  const portal = await receiver();
  const { id, secret } = await rig.admin.post<{ id: string; secret: string }>('/v1/webhooks', {
    url: portal.url,
    types: ['access.*'],
  });
  const present = () => rig.act({ do: 'card', reader: 'front', card: '12:9999' });
  const refusals = async () => (await rig.feed()).filter(({ type }) => type === 'access.refused');
  await present();
  await until('the first event is delivered', () => portal.got.length === 1);

  portal.state.status = 500;
  await present();
  await until('the outage is noticed', async () => {
    const { failing_since } = await rig.admin.get<{ failing_since: string | null }>(
      `/v1/webhooks/${id}/deliveries`,
    );
    return failing_since !== null;
  });
  process.kill(rig.adminPid(), 'SIGKILL');
  await present();
  await until('all is in the feed', async () => (await refusals()).length === 3);
  portal.state.status = 200;
  await until('all is delivered', async () => {
    const { lag } = await rig.admin.get<{ lag: number }>(`/v1/webhooks/${id}/deliveries`);
    return lag === 0;
  });

  const verified = portal.got.map(
    ({ headers, body }) => new Webhook(secret).verify(body, headers) as { seq: number; type: string },
  );
  const delivered = verified.filter((_, i) => portal.got[i]?.status === 200).map(({ seq }) => seq);
  expect([...new Set(delivered)]).toEqual((await refusals()).map(({ seq }) => seq));
  portal.close();
}, 40_000);

test('a stream of events goes on after its last one when the admin process was killed', async () => {
  const listen = async (last: string | null) => {
    const asked = get({
      socketPath: join(rig.directory, 'admin.sock'),
      path: '/v1/feed?types=access.*',
      headers: { accept: 'text/event-stream', ...(last === null ? {} : { 'last-event-id': last }) },
    });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    answer.on('data', (chunk) => (text += String(chunk)));
    answer.on('error', () => {});
    return {
      answer,
      events: () =>
        [...text.matchAll(/^id: (\S+)\ndata: (.*)$/gm)].map(([, id, data]) => ({
          id: id ?? '',
          seq: (JSON.parse(data ?? '') as { seq: number }).seq,
        })),
    };
  };
  const first = await listen(null);
  const before = (await rig.feed()).filter(({ type }) => type.startsWith('access.')).length;
  await until('all there is has come', () => first.events().length === before);
  process.kill(rig.adminPid(), 'SIGKILL');
  await until('the stream ended', () => first.answer.destroyed);
  await rig.act({ do: 'card', reader: 'front', card: '12:9998' });
  const second = await until('it listens again', () => listen(first.events().at(-1)?.id ?? null));
  await until('the next event comes', () => second.events().length === 1);
  const all = (await rig.feed()).filter(({ type }) => type.startsWith('access.')).map(({ seq }) => seq);
  expect([...first.events(), ...second.events()].map(({ seq }) => seq)).toEqual(all);
  second.answer.destroy();
}, 40_000);
