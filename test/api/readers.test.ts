import { beforeAll, describe, expect, it } from 'vitest';
import { type ApiUnderTest, apiUnderTest } from './api-under-test.ts';
import { doorId, readerId } from './fake-admin.ts';

describe('readers', () => {
  let api: ApiUnderTest;
  beforeAll(async () => {
    api = await apiUnderTest();
  });

  it('show how their channel stands, and doors whether a reader of theirs is in plain', async () => {
    expect((await api.call('GET', '/v1/readers')).body).toMatchObject({
      items: [{ id: readerId, secure: true, security: 'paired', pairing_until: null }],
    });
    expect((await api.call('GET', '/v1/doors')).body).toMatchObject({ items: [{ insecure: false }] });
  });

  it('are paired in a window of minutes, by whom the key names, one at a time', async () => {
    const wrong = await api.call('POST', `/v1/readers/${readerId}/pair`, { minutes: 61 });
    expect([wrong.status, wrong.body['code']]).toEqual([400, 'invalid_input']);
    const opened = await api.call('POST', `/v1/readers/${readerId}/pair`, { minutes: 2 });
    expect(opened.status).toBe(200);
    expect(opened.body).toEqual({ reader_id: readerId, until: '2026-03-02T09:02:00.000Z' });
    expect(api.admin.pairings).toEqual([expect.stringMatching(new RegExp(`^${readerId} 2 \\S`))]);
    const again = await api.call('POST', `/v1/readers/${readerId}/pair`);
    expect([again.status, again.body['code'], again.body['retriable']]).toEqual([409, 'pairing_open', true]);
  });

  it('are accepted only where another device answers', async () => {
    const { status, body } = await api.call('POST', `/v1/readers/${readerId}/accept`);
    expect([status, body['code']]).toEqual([409, 'not_waiting']);
  });

  it("want a scope of their own, and an id that is a reader's", async () => {
    const token = api.admin.key('reads', 'doors:read', 'doors:unlock');
    for (const verb of ['pair', 'accept']) {
      const refused = await api.call('POST', `/v1/readers/${readerId}/${verb}`, undefined, {
        authorization: `Bearer ${token}`,
      });
      expect([refused.status, refused.body['required_scope']]).toEqual([403, 'readers:pair']);
      expect((await api.call('POST', `/v1/readers/${doorId}/${verb}`)).status).toBe(404);
    }
  });

  it('are insecure by what the site file says, also while nobody tells how they are', async () => {
    const { admin, call } = await apiUnderTest();
    const site = admin.doors.site();
    const plain = site.readers.map((reader) => ({ ...reader, secure: false }));
    admin.doors.status = () => null;
    admin.doors.site = () => ({ ...site, readers: [...site.readers, ...plain] });
    expect((await call('GET', '/v1/readers')).body['items']).toMatchObject([
      { secure: true, security: null, online: null },
      { secure: false, security: 'insecure', online: null },
    ]);
  });
});
