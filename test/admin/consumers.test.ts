import { describe, expect, test } from 'vitest';
import { cursorAt } from '../../src/admin/feed-place.ts';
import { pushing } from './webhook/pushing.ts';

describe('named consumers', () => {
  test('move forward only, and tell how far they are behind', async () => {
    const { life, happen, clock } = await pushing();
    const { consumers, store } = life;
    await happen('door/a', 'door/b', 'door/c');
    const made = await consumers.acknowledge('portal', cursorAt(store, 2));
    expect(made).toMatchObject({ created: true, consumer: { name: 'portal', lag: 1, cursor_gone: false } });
    clock.advance(1_000);
    expect(await consumers.acknowledge('portal', cursorAt(store, 1))).toMatchObject({
      created: false,
      consumer: { cursor: cursorAt(store, 2), acknowledged_at: made.consumer.acknowledged_at },
    });
    expect((await consumers.acknowledge('portal', cursorAt(store, 3))).consumer).toMatchObject({
      lag: 0,
      created_at: made.consumer.created_at,
    });
    expect(consumers.list().map(({ name }) => name)).toEqual(['portal']);
  });

  test('of several acknowledgements at one time the furthest stands, whatever their order', async () => {
    const push = await pushing();
    await push.happen('door/a', 'door/b', 'door/c');
    const { consumers, store } = push.life;
    await Promise.all([3, 1, 2].map((seq) => consumers.acknowledge('portal', cursorAt(store, seq))));
    await push.restart('killed');
    expect(push.life.consumers.get('portal').lag).toBe(0);
  });

  test('are there again after a restart, as acknowledged; one that was removed is not', async () => {
    const push = await pushing();
    await push.happen('door/a', 'door/b');
    const { consumers, store } = push.life;
    await consumers.acknowledge('portal', cursorAt(store, 1));
    await consumers.acknowledge('other', cursorAt(store, 2));
    await consumers.remove('other');
    await push.restart('killed');
    expect(push.life.consumers.list()).toMatchObject([{ name: 'portal', lag: 1 }]);
    expect(() => push.life.consumers.get('other')).toThrow(/no consumer/);
    await expect(push.life.consumers.remove('other')).rejects.toMatchObject({ code: 'not_found' });
  });

  test.each([
    ['nonsense', 'invalid_cursor'],
    [Buffer.from('another-db 0').toString('base64url'), 'cursor_gone'],
    [Buffer.from('db 99').toString('base64url'), 'cursor_gone'],
  ])('a cursor that cannot be followed is refused: %s', async (cursor, code) => {
    const { consumers } = (await pushing()).life;
    await expect(consumers.acknowledge('portal', cursor)).rejects.toMatchObject({ code });
    expect(consumers.list()).toEqual([]);
  });

  test('there is a bound to them', async () => {
    const { consumers, store } = (await pushing()).life;
    for (let i = 0; i < 100; i++) await consumers.acknowledge(`c${i}`, cursorAt(store, 0));
    await expect(consumers.acknowledge('more', cursorAt(store, 0))).rejects.toMatchObject({
      code: 'too_many_requests',
    });
  });
});
