import { SeamWebhook } from '@seamapi/webhook';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { webhookBody } from '../../../src/admin/webhook/body.ts';
import { newSecret, signedHeaders } from '../../../src/admin/webhook/signature.ts';
import { Secret } from '../../../src/core/secret.ts';
import { countedRandom } from '../resources.ts';

const at = Date.UTC(2026, 2, 2, 9);
const message = {
  seq: 7,
  id: '0195d3a0-0000-7000-8000-000000000001',
  type: 'access.granted',
  time: '2026-03-02T09:00:00.000Z',
  resource: 'door/front',
  revision: null,
  data: { reader_id: 'r', user_id: 'u', reason: 'granted' },
};

/** The judges refuse what is more than five minutes old by the system's clock. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: at });
});
afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ['standardwebhooks', (secret: string) => new Webhook(secret)],
  ['@seamapi/webhook', (secret: string) => new SeamWebhook(secret)],
])('%s', (_, judge) => {
  const random = countedRandom();

  test('takes what is signed, and nothing that was changed', () => {
    const secret = newSecret(random);
    const body = webhookBody('seam', message, 'c', 'site');
    const headers = signedHeaders([secret], message.id, at, body);
    expect(judge(secret.reveal()).verify(body, headers)).toEqual(JSON.parse(body));
    for (const wrong of [
      { ...headers, 'webhook-id': 'another' },
      { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
    ]) {
      expect(() => judge(secret.reveal()).verify(body, wrong)).toThrow();
    }
    expect(() => judge(secret.reveal()).verify(`${body} `, headers)).toThrow();
    expect(() => judge(newSecret(random).reveal()).verify(body, headers)).toThrow();
  });

  test('takes both secrets of a rotation', () => {
    const secrets = [newSecret(random), newSecret(random)];
    const headers = signedHeaders(secrets, message.id, at, '{}');
    for (const secret of secrets) expect(judge(secret.reveal()).verify('{}', headers)).toEqual({});
  });

  test('refuses a stamp that is older than five minutes, as it would one of a clock that is wrong', () => {
    const secret = newSecret(random);
    const headers = signedHeaders([secret], message.id, at - 301_000, '{}');
    expect(() => judge(secret.reveal()).verify('{}', headers)).toThrow(/too old/);
  });
});

test('a secret has 24 to 64 bytes in base64 behind whsec_', () => {
  const secret = newSecret(countedRandom());
  const bytes = Buffer.from(secret.reveal().replace('whsec_', ''), 'base64');
  expect(secret.reveal()).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
  expect(bytes.length).toBeGreaterThanOrEqual(24);
  expect(bytes.length).toBeLessThanOrEqual(64);
});

test("the specification's own example is signed as there", () => {
  // Standard Webhooks 1.0.0 test vector, as in the reference libraries' tests.
  const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const body = '{"test": 2432232314}';
  expect(signedHeaders([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1_614_265_330_000, body)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

describe('bodies', () => {
  test('seam has string event_id and event_type at the top; native the names of the feed', () => {
    expect(JSON.parse(webhookBody('seam', message, 'c7', 'site'))).toMatchObject({
      event_id: message.id,
      event_type: 'access.granted',
      workspace_id: 'site',
    });
    expect(JSON.parse(webhookBody('native', message, 'c7', 'site'))).toEqual({
      id: message.id,
      type: 'access.granted',
      timestamp: message.time,
      resource: 'door/front',
      revision: null,
      seq: 7,
      cursor: 'c7',
      data: message.data,
    });
  });

  test('of a managed object only ids and states are told', () => {
    const data = {
      id: 'u',
      external_id: 'portal-7',
      first_name: 'Ada',
      email: 'ada@example.com',
      mobile: '+491234',
      suspended: true,
      kind: 'member',
      target: { door_id: 'd' },
    };
    const body = webhookBody('native', { ...message, type: 'user.updated', data }, 'c', 'site');
    expect((JSON.parse(body) as { data: object }).data).toEqual({
      id: 'u',
      external_id: 'portal-7',
      suspended: true,
      kind: 'member',
    });
  });

  test.each([
    ['many long members', 2_000, 'n'.repeat(500)],
    ['text of many bytes a letter', 40, ''],
  ])('stay under 20 kB, whatever the entry holds: %s', (_, members, name) => {
    const data = Object.fromEntries(
      Array.from({ length: members }, (_, i) => [`member_${i}_${name}`, '\u{1f6aa}'.repeat(1_000)]),
    );
    const body = webhookBody('seam', { ...message, data }, 'c', 'site');
    expect(Buffer.byteLength(body)).toBeLessThan(20_000);
    expect(JSON.parse(body)).toMatchObject({ event_id: message.id });
  });
});
