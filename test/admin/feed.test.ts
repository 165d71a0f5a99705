import { describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/admin/directory.ts';
import { feedService } from '../../src/admin/feed.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { manualStore } from './manual-store.ts';

const never = new AbortController().signal;
const all = { after: null, limit: 100, types: [], waitMs: 0 };
const types = (page: { items: { type: string }[] }): string[] => page.items.map(({ type }) => type);

async function feed() {
  const store = manualStore();
  const clock = virtualClock();
  const directory = await openDirectory(store);
  const happen = (...events: string[]) =>
    directory.commit({
      changes: [],
      feed: events.map((type) => ({
        id: type,
        type,
        time: '2026-03-02T09:00:00.000Z',
        resource: 'door/d',
        revision: null,
        data: {},
      })),
    });
  return { store, clock, happen, ...feedService(store, directory, clock) };
}
const turns = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
};

describe('pages', () => {
  test('following the cursor gives every entry once, in order', async () => {
    const { store, happen, read } = await feed();
    store.automatic();
    for (let i = 1; i <= 7; i++) await happen(`door.e${i}`);
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page = await read({ ...all, after, limit: 3 }, never);
      seen.push(...types(page));
      after = page.cursor;
      more = page.more;
    }
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7].map((i) => `door.e${i}`));
    expect(after).toBe((await read(all, never)).cursor);
  });

  test('a type and a family of types are filters, and a page with nothing still moves the cursor', async () => {
    const { store, happen, read, cursor } = await feed();
    store.automatic();
    await happen('access.granted', 'door.opened', 'access.refused', 'accessory.lost');
    expect(types(await read({ ...all, types: ['access.*'] }, never))).toEqual([
      'access.granted',
      'access.refused',
    ]);
    expect(types(await read({ ...all, types: ['door.opened', 'user.*'] }, never))).toEqual(['door.opened']);
    expect(await read({ ...all, types: ['user.created'] }, never)).toEqual({
      items: [],
      cursor: cursor(),
      more: false,
    });
  });

  test('what is not durable yet is not told', async () => {
    const { store, happen, read } = await feed();
    void happen('door.opened');
    expect(types(await read(all, never))).toEqual([]);
    await store.sync();
    expect(types(await read(all, never))).toEqual(['door.opened']);
  });
});

describe('cursors', () => {
  test.each([
    '',
    'nonsense',
    Buffer.from('db-1 -1').toString('base64url'),
    Buffer.from('db-1').toString('base64url'),
  ])('what is no cursor is refused: %j', async (after) => {
    const { read } = await feed();
    await expect(read({ ...all, after }, never)).rejects.toMatchObject({ code: 'invalid_cursor' });
  });

  test.each(['db-0 0', 'db-1 5'])(
    'one of another database, or beyond the end, is gone: %s',
    async (place) => {
      const { read } = await feed();
      const after = Buffer.from(place).toString('base64url');
      await expect(read({ ...all, after }, never)).rejects.toMatchObject({
        code: 'cursor_gone',
        members: { snapshot: '/v1/users' },
      });
    },
  );
});

describe('waiting', () => {
  const waiting = { ...all, waitMs: 25_000 };

  test('ends at the first entry that matches; others only move on', async () => {
    const { store, clock, happen, read, cursor } = await feed();
    const page = read({ ...waiting, types: ['door.*'] }, never);
    void happen('reader.online');
    await store.sync();
    await turns();
    expect(clock.untilNext()).toBe(25_000);
    void happen('door.opened');
    await store.sync();
    expect(types(await page)).toEqual(['door.opened']);
    expect((await page).cursor).toBe(cursor());
    expect(clock.untilNext()).toBe(null);
  });

  test('ends with nothing when the time is over', async () => {
    const { clock, read, cursor } = await feed();
    const page = read(waiting, never);
    await turns();
    clock.advance(25_000);
    expect(await page).toEqual({ items: [], cursor: cursor(), more: false });
  });

  test('ends when the client goes, and when the service closes', async () => {
    const { clock, read, close } = await feed();
    const gone = new AbortController();
    const pages = [read(waiting, gone.signal), read(waiting, never)];
    await turns();
    gone.abort();
    expect((await pages[0])?.items).toEqual([]);
    close();
    expect((await pages[1])?.items).toEqual([]);
    expect(clock.untilNext()).toBe(null);
    expect((await read(waiting, never)).items).toEqual([]);
  });

  test('no more than 256 wait at a time', async () => {
    const { read, close } = await feed();
    const pages = Array.from({ length: 256 }, () => read(waiting, new AbortController().signal));
    await turns();
    await expect(read(waiting, never)).rejects.toMatchObject({ code: 'too_many_requests' });
    close();
    expect(await Promise.all(pages)).toHaveLength(256);
  });
});
