import { MemoryLevel } from 'memory-level';
import { describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/admin/directory.ts';
import { horizonKeeper } from '../../src/admin/horizon.ts';
import { scheduleSources } from '../../src/admin/schedule-sources.ts';
import type { Site } from '../../src/core/site.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import type { Change, Commit } from '../../src/schema/storage.ts';
import { closedOn, daily, schedule } from '../scheduler/shapes.ts';
import { openStore } from '../support/open-store.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const dayMs = 86_400_000;
const site: Pick<Site, 'time_zone' | 'schedules' | 'holidays' | 'timetables'> = {
  timetables: [],
  time_zone: 'Europe/Berlin',
  schedules: [{ id: 'fixed', name: 'fixed', ...schedule(daily('09:00-17:00')) }],
  holidays: [{ id: 'set', name: 'set', days: [] }],
};

async function opened() {
  const clock = virtualClock();
  const store = await openStore(new MemoryLevel<string, string>(), () => 'store');
  const directory = await openDirectory(store);
  const commits: Commit[] = [];
  directory.onCommitted((commit) => commits.push(commit));
  const failures: unknown[] = [];
  const keeper = (more: { site?: typeof site; zones?: string } = {}) =>
    horizonKeeper({
      site,
      zones: '2026a',
      directory,
      clock,
      failed: (error) => failures.push(error),
      ...more,
    });
  return { clock, store, directory, commits, failures, keeper };
}
/** Lets what was begun by a timer come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((next) => setImmediate(next));
}

describe('the horizon', () => {
  test('is 400 days ahead, stored once, and a restart on the same day changes nothing', async () => {
    const { clock, store, directory, keeper } = await opened();
    const first = keeper();
    await first.ensure();
    first.close();
    const record = directory.horizon.get('horizon');
    const today = Math.floor(clock.wall() / dayMs) * dayMs;
    expect(record).toMatchObject({ from: today - 7 * dayMs, until: today + 400 * dayMs, zones: '2026a' });
    const revision = store.recordsRevision();
    const second = keeper();
    await second.ensure();
    second.close();
    expect(store.recordsRevision()).toBe(revision);
  });

  test.each([
    ['a new zone database', { zones: '2026b' }],
    ['another zone', { site: { ...site, time_zone: 'Europe/Paris' } }],
    ['another schedule in the site file', { site: { ...site, schedules: [] } }],
    [
      'another timetable in the site file',
      { site: { ...site, timetables: [{ id: 't', name: 't', door_ids: ['front'], rules: [] }] } },
    ],
  ])('%s is noticed at the start: all is worked out anew', async (_, more) => {
    const { store, keeper } = await opened();
    const first = keeper();
    await first.ensure();
    first.close();
    const revision = store.recordsRevision();
    const second = keeper(more);
    await second.ensure();
    second.close();
    expect(store.recordsRevision()).toBe(revision + 1);
  });

  test('moves on each day, and within a minute of a clock that is set right', async () => {
    const { clock, directory, commits, keeper } = await opened();
    const kept = keeper();
    await kept.ensure();
    clock.advance(60_000);
    await settle();
    expect(commits).toHaveLength(1);
    clock.stepWall(20 * 365 * dayMs);
    clock.advance(60_000);
    await settle();
    expect(commits).toHaveLength(2);
    expect(directory.horizon.get('horizon')?.until).toBeGreaterThan(clock.wall() + 399 * dayMs);
    kept.close();
    clock.advance(dayMs);
    await settle();
    expect(commits).toHaveLength(2);
  });

  test('is worked out at once, and once, when a look finds the clock beyond it', async () => {
    const { clock, commits, keeper } = await opened();
    const kept = keeper();
    await kept.ensure();
    clock.stepWall(20 * dayMs);
    kept.look();
    await settle();
    expect(commits).toHaveLength(1);
    for (const step of [400 * dayMs, -2_000 * dayMs]) {
      clock.stepWall(step);
      kept.look();
      kept.look();
      await settle();
    }
    expect(commits).toHaveLength(3);
    kept.close();
    clock.stepWall(2_000 * dayMs);
    kept.look();
    await settle();
    expect(commits).toHaveLength(3);
  });

  test('a disk that refuses is told, and the horizon stays what it was', async () => {
    const { clock, directory, failures } = await opened();
    const broken = { horizon: directory.horizon, commit: () => Promise.reject(new Error('full')) };
    const kept = horizonKeeper({
      site,
      zones: '2026a',
      directory: broken,
      clock,
      failed: (error) => failures.push(error),
    });
    await kept.ensure();
    kept.look();
    await settle();
    expect(failures).toHaveLength(1);
    clock.advance(60_000);
    await settle();
    expect(failures).toHaveLength(2);
    kept.close();
    expect(directory.horizon.size).toBe(0);
  });
});

describe('what the doors schedules are made of', () => {
  const stored = (id: string, ...holidays: string[]): Change => ({
    kind: 'schedule',
    id,
    before: null,
    after: {
      ...(schedule(daily('09:00-17:00'), { holidays: closedOn(...holidays) }) as object),
      id,
      revision: 1,
      created_at: '',
      updated_at: '',
      external_id: null,
      name: id,
    } as never,
  });
  const horizon = { id: 'horizon', from: 0, until: dayMs, zones: 'x', site: 'x' } as const;
  const sources = () =>
    scheduleSources(
      { schedules: new Map(), holidays: new Map(), horizon: new Map([['horizon', horizon]]) },
      site,
      openZone('Europe/Berlin'),
    );

  test('a changed holiday touches the schedules that go by it, a new horizon all of them', () => {
    const made = sources();
    const [one, two] = [stored('one', 'set'), stored('two')];
    for (const change of [one, two]) if (change.kind === 'schedule') made.apply(change);
    const ids = (changes: Change[]) => made.touched(changes).map(({ id }) => id);
    const holiday: Change = { kind: 'holiday', id: 'set', before: null, after: null };
    expect(ids([holiday])).toEqual(['one']);
    expect(ids([{ kind: 'horizon', id: 'horizon', before: null, after: horizon }])).toEqual([
      'fixed',
      'one',
      'two',
    ]);
    expect(ids([two])).toEqual([]);
  });

  test('a source on offer keeps the holidays it had; without a horizon there is none', () => {
    const made = sources();
    const before = made.of('fixed');
    const days = [{ date: '2026-03-02', until: null, yearly: false }];
    const after = {
      id: 'set',
      revision: 1,
      created_at: '',
      updated_at: '',
      external_id: null,
      name: '',
      days,
    };
    made.apply({ kind: 'holiday', id: 'set', before: null, after });
    expect(before?.holidays.get('set')).toEqual([]);
    expect(made.of('fixed')?.holidays.get('set')).toEqual(days);
    made.apply({ kind: 'horizon', id: 'horizon', before: horizon, after: null });
    expect([made.of('fixed'), made.all()]).toEqual([null, []]);
  });
});
