import { describe, expect, it } from 'vitest';
import { scopes } from '../../src/schema/record.ts';
import { apiUnderTest } from './api-under-test.ts';
import { doorId, readerId } from './fake-admin.ts';

describe('secrets', () => {
  it('are in no answer and no log line, whatever goes well or wrong, but where they are asked for', async () => {
    const api = await apiUnderTest();
    const pin = '7294618035';
    const card = '12:34567';
    const texts: string[] = [];
    const tell = async (method: string, url: string, body?: unknown, headers?: Record<string, string>) => {
      const answer = await api.call(method, url, body, headers);
      texts.push(answer.text, JSON.stringify(answer.headers));
      return answer;
    };
    const made = await tell('POST', '/v1/credentials', { user_id: doorId, kind: 'pin', value: pin });
    const url = `/v1/credentials/${made.body['id']}`;
    await tell('POST', '/v1/credentials', { user_id: readerId, kind: 'pin', value: pin });
    await tell('POST', '/v1/credentials', { user_id: readerId, kind: 'card', value: card });
    await tell('POST', '/v1/credentials', { user_id: readerId, kind: 'pin', value: pin, x: pin });
    await tell('POST', '/v1/credentials', `{"value": "${pin}`, { 'content-type': 'application/json' });
    await tell('PATCH', url, { value: [pin] });
    await tell('POST', '/v1/try', { reader_id: readerId, pin });
    await tell('POST', '/v1/try', { reader_id: readerId, card: `${card}99999` });
    await tell('POST', '/v1/imports', {
      users: [{ last_name: 'a', credentials: [{ kind: 'pin', value: pin }] }],
    });
    await tell('GET', url);
    await tell('GET', '/v1/credentials');
    await tell('GET', '/v1/feed');
    await tell('GET', `/v1/credentials/${pin}`);
    await tell('GET', `/v1/${pin}?${pin}=${pin}`);
    await tell('GET', `/v1/users?after=${pin}${pin}`);
    api.admin.credentials.get = () => {
      throw new TypeError('cannot read');
    };
    await tell('GET', url);
    const everything = [...texts, ...api.log].join('\n');
    for (const secret of [pin, card, Buffer.from(pin).toString('base64'), Buffer.from(pin).toString('hex')]) {
      expect(everything).not.toContain(secret);
    }
    expect(everything).not.toContain('pstn_');
  });

  it('are shown to who asks with the scope for it, and only there', async () => {
    const api = await apiUnderTest();
    const made = await api.call('POST', '/v1/credentials', {
      user_id: doorId,
      kind: 'pin',
      value: '8305172946',
    });
    const all = api.as(api.admin.key('admin', ...scopes));
    const url = `/v1/credentials/${made.body['id']}`;
    expect((await all('GET', `${url}?reveal=true`)).body['value']).toBe('8305172946');
    expect((await all('GET', url)).body).not.toHaveProperty('value');
    expect(api.log.join('')).not.toContain('8305172946');
  });
});
