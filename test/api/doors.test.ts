import { describe, expect, it } from 'vitest';
import { doorAnswer } from '../../src/api/status-answer.ts';
import type { SiteDoor } from '../../src/core/site.ts';
import type { DoorsStatus, HolderStatus } from '../../src/core/status.ts';
import { apiUnderTest } from './api-under-test.ts';
import { doorId } from './fake-admin.ts';

describe('a door', () => {
  it('says what it takes of codes, and who decides there', async () => {
    const api = await apiUnderTest();
    const said = { holder_id: null, capabilities: { max_codes: null, schedules: true } };
    expect((await api.call('GET', `/v1/doors/${doorId}`)).body).toMatchObject(said);
    expect((await api.call('GET', '/v1/doors')).body).toMatchObject({ items: [said] });
  });

  it('tells who gets in, page by page; a door nobody knows is 404', async () => {
    const api = await apiUnderTest();
    const { body } = await api.call('GET', `/v1/doors/${doorId}/effective_access?limit=5`);
    expect(body).toEqual({ items: [], next_cursor: null, feed_cursor: expect.any(String) });
    const unknown = '0f0e0d0c-0b0a-5908-8706-0504030201aa';
    expect((await api.call('GET', `/v1/doors/${unknown}/effective_access`)).status).toBe(404);
    expect((await api.call('GET', `/v1/doors/${doorId}/effective_access?q=a`)).status).toBe(400);
  });

  it.each([
    ['online', true],
    ['asleep', true],
    ['offline', false],
    ['unknown', null],
  ] as const)('whose own lock is %s has it online: %s', (state, online) => {
    const holders = [{ id: 'lock-1', state } as HolderStatus];
    const status = { doors: [], locks: [], holders } as unknown as DoorsStatus;
    const door = { name: 'front', lock: 'side', readers: [] } as unknown as SiteDoor;
    const site = { locks: [], readers: [], code_locks: [{ id: 'lock-1', name: 'side' }] };
    expect(doorAnswer(door, site, status, null)).toMatchObject({ holder_id: 'lock-1', lock_online: online });
    expect(doorAnswer(door, site, null, null).lock_online).toBeNull();
  });
});
