import { describe, expect, test } from 'vitest';
import { type BackupWorks, scheduledBackups } from '../../src/admin/backups.ts';
import { openZone } from '../../src/scheduler/zone.ts';
import type { BackupStanding, Commit } from '../../src/schema/storage.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const hour = 3_600_000;
const rules = { directory: '/backups', key_file: '/key', at_minute: 210, keep_daily: 7, keep_weekly: 4 };

/** Works that do what the test says, with a clock that starts at an instant. */
function site(start: string, marks = new Map<string, BackupStanding>()) {
  const clock = virtualClock();
  clock.stepWall(Date.parse(start) - clock.wall());
  const commits: Commit[] = [];
  const done: string[] = [];
  const fails = { make: false, drill: false, prune: false };
  const unexpected: string[] = [];
  const works: BackupWorks = {
    async make(at) {
      if (fails.make) throw new Error('the disk is full');
      done.push(`make ${new Date(at).toISOString()}`);
      return { file: `f${at}`, bytes: 10, sha256: 'ab' };
    },
    async drill() {
      if (fails.drill) throw new Error('it is damaged');
      done.push('drill');
      return { entries: 3 };
    },
    async prune() {
      if (fails.prune) throw new Error('an old one may not be removed');
      done.push('prune');
      return [];
    },
  };
  const backups = scheduledBackups({
    rules,
    siteId: 'site',
    zone: openZone('Europe/Berlin'),
    works,
    directory: {
      async commit(commit) {
        commits.push(commit);
        return { revision: commits.length, feed_seq: 0 };
      },
    },
    writer: { newId: () => `id-${commits.length}`, now: () => new Date(clock.wall()).toISOString() },
    clock,
    marks,
    failed(error) {
      if (!fails.prune) throw error;
      unexpected.push(String(error));
    },
  });
  backups.start();
  return {
    clock,
    done,
    fails,
    unexpected,
    backups,
    told: () => commits.flatMap(({ feed }) => feed.map(({ type }) => type)),
    marks: () => {
      const last = commits.at(-1)?.marks?.[0];
      return new Map([['scheduled', last?.value as BackupStanding]]);
    },
    async pass(ms: number) {
      const end = clock.mono() + ms;
      for (;;) {
        for (let i = 0; i < 20; i++) await Promise.resolve();
        const next = clock.untilNext();
        if (next === null || clock.mono() + next > end) break;
        clock.advance(next);
      }
      clock.advance(end - clock.mono());
    },
  };
}

describe('backups that are made by themselves', () => {
  test('begin soon after the first start, and come once a day at the time of day of the site', async () => {
    const at = site('2026-03-02T12:00:00Z');
    await at.pass(24 * hour);
    expect(at.done).toEqual([
      'make 2026-03-02T12:01:00.000Z',
      'drill',
      'prune',
      'make 2026-03-03T02:30:00.000Z',
      'drill',
      'prune',
    ]);
    expect(at.told().slice(0, 2)).toEqual(['backup.made', 'backup.drill_passed']);
    expect(at.backups.standing()).toMatchObject({
      failure: null,
      drilled: { file: expect.stringMatching(/^f/) },
    });
  });

  test('come once on the days on which the clocks change, and on a clock that is set', async () => {
    const at = site('2026-03-28T12:00:00Z');
    await at.pass(48 * hour);
    expect(at.done.filter((what) => what.startsWith('make'))).toEqual([
      'make 2026-03-28T12:01:00.000Z',
      'make 2026-03-29T01:30:00.000Z',
      'make 2026-03-30T01:30:00.000Z',
    ]);
    at.clock.stepWall(-20 * 60_000);
    await at.pass(hour);
    expect(at.done.filter((what) => what.startsWith('make'))).toHaveLength(3);
  });

  test('are not made again after a restart on the same day', async () => {
    const before = site('2026-03-02T12:00:00Z');
    await before.pass(hour);
    const after = site('2026-03-02T14:00:00Z', before.marks());
    await after.pass(6 * hour);
    expect(after.done).toEqual([]);
    expect(after.backups.standing()).toEqual(before.backups.standing());
  });

  test('that fail are told with why, and tried again after an hour; old ones stay until a drill has passed', async () => {
    const at = site('2026-03-02T12:00:00Z');
    at.fails.make = true;
    await at.pass(2.5 * hour);
    expect(at.told()).toEqual(['backup.failed', 'backup.failed', 'backup.failed']);
    expect(at.backups.standing()).toMatchObject({
      made: null,
      failure: { what: 'backup', detail: 'the disk is full' },
    });
    at.fails.make = false;
    at.fails.drill = true;
    await at.pass(hour);
    expect(at.told().slice(3)).toEqual(['backup.made', 'backup.drill_failed']);
    expect(at.backups.standing()).toMatchObject({
      drilled: null,
      failure: { what: 'drill', detail: 'it is damaged' },
    });
    expect(at.done).not.toContain('prune');
    at.fails.drill = false;
    await at.pass(hour + 120_000);
    expect(at.backups.standing()).toMatchObject({ failure: null });
    expect(at.done.at(-1)).toBe('prune');
  });

  test('that stand although an old one cannot be removed are no failure, and none is made in their place', async () => {
    const at = site('2026-03-02T12:00:00Z');
    at.fails.prune = true;
    await at.pass(6 * hour);
    expect(at.told()).toEqual(['backup.made', 'backup.drill_passed']);
    expect(at.backups.standing()).toMatchObject({ failure: null });
    expect(at.unexpected).toEqual(['Error: an old one may not be removed']);
  });

  test('that are under way when the process ends are told by nobody', async () => {
    const at = site('2026-03-02T12:00:00Z');
    at.fails.make = true;
    at.clock.advance(60_000);
    at.backups.close();
    await at.pass(3 * hour);
    expect([at.told(), at.done]).toEqual([[], []]);
  });
});
