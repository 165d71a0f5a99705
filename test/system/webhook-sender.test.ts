import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { httpSender } from '../../src/admin/webhook/http-sender.ts';
import { webhookTargets } from '../../src/admin/webhook/targets.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { until } from './deadline.ts';

/** The edge that really sends, against real servers. Loopback is written in the allow list of these tests, and only here. */
const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function receiver(listener: RequestListener, host = '127.0.0.1') {
  const got: {
    headers: IncomingHttpHeaders;
    body: string;
    method: string | undefined;
    url: string | undefined;
  }[] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { headers, method, url } = request;
      got.push({ headers, method, url, body: Buffer.concat(chunks).toString() });
      listener(request, response);
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  servers.push(server);
  return { got, port: (server.address() as AddressInfo).port };
}
const sender = (allow = ['127.0.0.1'], resolve = async (_host: string): Promise<string[]> => ['127.0.0.1']) =>
  httpSender({ targets: webhookTargets(allow), clock: systemClock(), resolve });
const headers = { 'webhook-id': 'e1', 'webhook-timestamp': '1', 'webhook-signature': 'v1,x' };

describe('sending', () => {
  test('posts the body with its headers, to the name that was asked for', async () => {
    const { got, port } = await receiver((_, response) => response.writeHead(204).end());
    const outcome = await sender().post(`http://hooks.test:${port}/in?x=1`, headers, '{"ü":1}');
    expect(outcome).toEqual({ status: 204, retry_after_ms: null });
    expect(got).toEqual([
      {
        method: 'POST',
        url: '/in?x=1',
        body: '{"ü":1}',
        headers: expect.objectContaining({
          ...headers,
          host: `hooks.test:${port}`,
          'content-type': 'application/json',
          'content-length': '8',
        }),
      },
    ]);
  });

  test('tells what the receiver answers, and when it may be asked again', async () => {
    const { port } = await receiver((request, response) => {
      response
        .writeHead(Number(request.url?.slice(1)), { 'retry-after': '90', location: 'http://127.0.0.1/' })
        .end();
    });
    for (const status of [200, 400, 410, 429, 500, 503]) {
      expect(await sender().post(`http://hooks.test:${port}/${status}`, headers, '{}')).toEqual({
        status,
        retry_after_ms: 90_000,
      });
    }
  });

  test('follows no redirect', async () => {
    const inside = await receiver((_, response) => response.end());
    const outside = await receiver((_, response) =>
      response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end(),
    );
    expect(await sender().post(`http://hooks.test:${outside.port}/`, headers, '{}')).toMatchObject({
      status: 307,
    });
    expect(inside.got).toEqual([]);
  });

  test('a connection that is refused or cut says so by its code, nothing else', async () => {
    const cut = createTcpServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(cut, 'listening');
    const { port } = cut.address() as AddressInfo;
    expect(await sender().post(`http://hooks.test:${port}/`, headers, '{}')).toEqual({
      error: 'no connection: ECONNRESET',
    });
    await new Promise((closed) => cut.close(closed));
    expect(await sender().post(`http://hooks.test:${port}/`, headers, '{}')).toEqual({
      error: 'no connection: ECONNREFUSED',
    });
  });

  test('a receiver that does not answer within 15 s is given up', async () => {
    const { got, port } = await receiver(() => {});
    const clock = virtualClock();
    const slow = httpSender({
      targets: webhookTargets(['127.0.0.1']),
      clock,
      resolve: async () => ['127.0.0.1'],
    });
    const outcome = slow.post(`http://hooks.test:${port}/`, headers, '{}');
    await until('it has the request', () => got.length === 1);
    clock.advance(15_000);
    expect(await outcome).toEqual({ error: 'no answer within 15 s' });
  });

  test('an answer without end does not hold it up', async () => {
    const { port } = await receiver((_, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (response.write(Buffer.alloc(64 * 1024)));
      };
      response.on('drain', more);
      response.on('error', () => {});
      more();
    });
    expect(await sender().post(`http://hooks.test:${port}/`, headers, '{}')).toMatchObject({ status: 200 });
  });
});

describe('where it may go', () => {
  test('a name that leads to this computer is refused, and nothing is connected', async () => {
    const { got, port } = await receiver((_, response) => response.end());
    const outcome = await sender(['hooks.test']).post(`http://hooks.test:${port}/`, headers, '{}');
    expect(outcome).toMatchObject({ error: expect.stringContaining('not allowed') });
    expect(got).toEqual([]);
  });

  test('the address that was checked is the one that is connected: another answer of the name server changes nothing', async () => {
    const inside = await receiver((_, response) => response.end(), '127.0.0.1');
    let asked = 0;
    const rebinding = async (): Promise<string[]> => {
      asked += 1;
      return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1'];
    };
    const outcome = await sender(['127.0.0.2'], rebinding).post(
      `http://hooks.test:${inside.port}/`,
      headers,
      '{}',
    );
    expect(outcome).toMatchObject({ error: 'no connection: ECONNREFUSED' });
    expect([asked, inside.got]).toEqual([1, []]);
    const again = await sender(['127.0.0.2'], rebinding).post(
      `http://hooks.test:${inside.port}/`,
      headers,
      '{}',
    );
    expect(again).toMatchObject({ error: expect.stringContaining('not allowed') });
  });

  test('of several addresses only those that are allowed are tried', async () => {
    const { got, port } = await receiver((_, response) => response.end(), '127.0.0.3');
    const resolve = async () => ['127.0.0.1', '127.0.0.3'];
    expect(
      await sender(['127.0.0.3'], resolve).post(`http://hooks.test:${port}/`, headers, '{}'),
    ).toMatchObject({
      status: 200,
    });
    expect(got.length).toBe(1);
  });

  test('a name that is not found is a failure like any other', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect(await sender(['*'], resolve).post('http://hooks.test/', headers, '{}')).toEqual({
      error: 'no connection: ENOTFOUND',
    });
  });
});
