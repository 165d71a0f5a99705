import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './deadline.ts';
import { type FeedItem, type Rig, startRig } from './rig.ts';

/** The main job on real processes and real bytes: reader, decision, lock, event. */
let rig: Rig;
let ada: string;

beforeAll(async () => {
  rig = await startRig();
  await rig.start();
  ada = await rig.person('Lovelace', [
    { kind: 'card', value: '12:3456' },
    { kind: 'pin', value: '0493' },
  ]);
}, 40_000);
afterAll(() => rig.close());

/** Does something at the simulated site and gives the next feed entry that fits. */
async function seen(request: Record<string, unknown>, type: string): Promise<FeedItem> {
  const before = (await rig.feed()).at(-1)?.seq ?? 0;
  await rig.act(request);
  return until(`${type} is in the feed`, async () =>
    (await rig.feed()).find((item) => item.seq > before && item.type === type),
  );
}
const lockMoves = (lock: string) => rig.wires.filter((e) => e.event === 'lock_moved' && e.lock === lock);
const secured = (lock: string) =>
  until(`${lock} is secured again`, () => lockMoves(lock).at(-1)?.state === 'secured');

describe('cards', () => {
  test('a known card releases the lock for its strike time, and the feed says who', async () => {
    const granted = await seen({ do: 'card', reader: 'front', card: '12:3456' }, 'access.granted');
    expect(granted.data).toMatchObject({ user_id: ada, reason: 'granted' });
    await secured('front');
    const [released, relocked] = lockMoves('front').slice(-2);
    expect(released?.state).toBe('released');
    const strikeMs = ((relocked?.at_us ?? 0) - (released?.at_us ?? 0)) / 1000;
    expect(strikeMs).toBeGreaterThan(700);
    expect(strikeMs).toBeLessThan(2_000);
    await until('the feed tells the whole of it', async () => {
      const kinds = (await rig.feed()).filter(({ seq }) => seq >= granted.seq).map(({ type }) => type);
      return ['access.granted', 'door.unlocked', 'door.secured'].every((kind) => kinds.includes(kind));
    });
  });

  test('an unknown card is refused and moves no lock', async () => {
    const moves = lockMoves('front').length;
    const refused = await seen({ do: 'card', reader: 'front', card: '12:3457' }, 'access.refused');
    expect(refused.data).toMatchObject({ reason: 'unknown_credential', user_id: null });
    expect(lockMoves('front').length).toBe(moves);
  });
});

describe('PINs', () => {
  test('a PIN and # open the door', async () => {
    const granted = await seen({ do: 'keys', reader: 'front', keys: '0493#' }, 'access.granted');
    expect(granted.data).toMatchObject({ user_id: ada });
    await secured('front');
  });

  test('a wrong PIN does not, and nothing says what was typed', async () => {
    const refused = await seen({ do: 'keys', reader: 'front', keys: '771852#' }, 'access.refused');
    expect(refused.data).toMatchObject({ reason: 'wrong_pin', user_id: null, credential_id: null });
    expect(JSON.stringify(await rig.feed())).not.toContain('771852');
    expect(rig.output()).not.toContain('771852');
  });

  test('* forgets what was typed before it', async () => {
    const granted = await seen({ do: 'keys', reader: 'front', keys: '99*0493#' }, 'access.granted');
    expect(granted.data).toMatchObject({ user_id: ada });
    await secured('front');
  });

  test('digits typed after a long pause make a PIN of their own', async () => {
    await rig.act({ do: 'keys', reader: 'front', keys: '77' });
    await until('the keypad asks for a PIN', async () => shows('amber'));
    await until('the pause is over', async () => !(await shows('amber')));
    const granted = await seen({ do: 'keys', reader: 'front', keys: '0493#' }, 'access.granted');
    expect(granted.data).toMatchObject({ user_id: ada });
    await secured('front');
  });

  async function shows(color: string): Promise<boolean> {
    const { state } = (await rig.act({ do: 'state' })) as {
      state: { readers: Record<string, { color: string }> };
    };
    return state.readers['front']?.color === color;
  }
});

describe('the door itself', () => {
  test('opening, closing and breaking it open are told apart', async () => {
    const presented = performance.now();
    await seen({ do: 'card', reader: 'front', card: '12:3456' }, 'access.granted');
    await until('the lock is released', () => lockMoves('front').at(-1)?.state === 'released');
    await seen({ do: 'door', door: 'front', open: true }, 'door.opened');
    await seen({ do: 'door', door: 'front', open: false }, 'door.closed');
    await secured('front');
    await until('the strike time is over', () => performance.now() > presented + 900);
    const before = (await rig.feed()).at(-1)?.seq ?? 0;
    await seen({ do: 'door', door: 'front', open: true, force: true }, 'door.forced_open');
    await seen({ do: 'door', door: 'front', open: false }, 'door.closed');
    const forced = (await rig.feed()).filter(({ seq, type }) => seq > before && type === 'door.forced_open');
    expect(forced).toHaveLength(1);
  });

  test('the exit button opens without any credential', async () => {
    await seen({ do: 'exit', door: 'front' }, 'door.exit_requested');
    await secured('front');
  });

  test('while the partition is armed the restricted door refuses, the other does not', async () => {
    await seen({ do: 'arm', partition: 'house', armed: true }, 'partition.changed');
    const refused = await seen({ do: 'card', reader: 'back', card: '12:3456' }, 'access.refused');
    expect(refused.data).toMatchObject({ reason: 'restricted_while_armed', user_id: ada });
    await seen({ do: 'card', reader: 'front', card: '12:3456' }, 'access.granted');
    await rig.act({ do: 'arm', partition: 'house', armed: false });
    await until('disarmed is told', async () => {
      const changes = (await rig.feed()).filter(({ type }) => type === 'partition.changed');
      return changes.at(-1)?.data['state'] === 'disarmed';
    });
    await seen({ do: 'card', reader: 'back', card: '12:3456' }, 'access.granted');
    await secured('back');
  });
});

describe('the API at the door', () => {
  test('an operator unlocks a door, and the operation says when it is done', async () => {
    const { items } = await rig.admin.get<{ items: { id: string; name: string }[] }>('/v1/doors');
    const front = items.find(({ name }) => name === 'front');
    const operation = await rig.admin.post<{ id: string }>(`/v1/doors/${front?.id}/unlock`, {});
    const done = await rig.admin.get<{ status: string }>(`/v1/operations/${operation.id}`, { wait: 5 });
    expect(done.status).toBe('succeeded');
    expect(lockMoves('front').at(-1)?.state).toBe('released');
    await secured('front');
  });

  test('a revoked card is refused at the door within a second of the request', async () => {
    const user = await rig.person('Revoked', [{ kind: 'card', value: '12:500' }]);
    await seen({ do: 'card', reader: 'front', card: '12:500' }, 'access.granted');
    await secured('front');
    const asked = performance.now();
    const answer = await rig.admin.post<{ applied: boolean }>(`/v1/users/${user}/suspend`, {});
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(answer.applied).toBe(true);
    const moves = lockMoves('front').length;
    const refused = await seen({ do: 'card', reader: 'front', card: '12:500' }, 'access.refused');
    expect(refused.data).toMatchObject({ reason: 'suspended', user_id: user });
    expect(lockMoves('front').length).toBe(moves);
  });
});
