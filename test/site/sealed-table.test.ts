import { beforeEach, expect, test } from 'vitest';
import { plainly, type SiteUnderTest, siteUnderTest } from './site-under-test.ts';

/** Starts without an admin half, from what the disk holds: a good table, an old one, a damaged one. */
let at: SiteUnderTest;
let ada: string;
beforeEach(async () => {
  at = await siteUnderTest();
  ({ user: ada } = await at.person('Lovelace', [{ kind: 'card', value: '12:3456' }]));
});
const hour = 3_600_000;
const day = 24 * hour;
const releases = (): number =>
  at.locks.filter((deed) => deed.event === 'lock_moved' && deed.lock === 'front' && deed.state === 'released')
    .length;

/** Loses power when all is sealed, is off for so long by the wall clock, and starts with no admin half. */
async function offFor(ms: number): Promise<void> {
  await at.run(40_000);
  at.adminMayStart(false);
  at.clock.stepWall(ms);
  await at.restart('power cut');
}

async function opens(): Promise<boolean> {
  const before = releases();
  at.devices.reader('front').present({ facility: 12, number: 3456 });
  await at.run(2_000);
  return releases() > before;
}

const start = () => at.composed.door.doors.status().table.start;
const logged = (message: string) => at.log.some((line) => line.includes(message));

async function withAdmin(): Promise<void> {
  at.adminMayStart(true);
  await at.until(
    'an admin half is at work',
    () => at.composed.admin()?.system().doors_in_sync === true,
    301_000,
  );
}
const lastStart = async () => (await at.feed()).findLast(({ type }) => type === 'system.started')?.data;

test('a table of yesterday is good', async () => {
  await offFor(day);
  expect(await opens()).toBe(true);
  expect(start().found).toBe('good');
  await withAdmin();
  expect(await lastStart()).toMatchObject({ table: 'snapshot', sealed: 'good' });
});

test('an old table opens as well, and is told as old in log, status and feed, until it is confirmed', async () => {
  const written = at.clock.wall();
  await offFor(8 * day);
  expect(await opens()).toBe(true);
  const { found, written_at } = start();
  expect(found).toBe('stale');
  expect(Math.abs((written_at ?? 0) - written)).toBeLessThan(60_000);
  expect(logged('older than a week')).toBe(true);
  await withAdmin();
  expect(await lastStart()).toMatchObject({
    table: 'snapshot',
    sealed: 'stale',
    written_at: new Date(written_at ?? 0).toISOString(),
  });
  await offFor(hour);
  expect(start().found).toBe('good');
});

test('a damaged table opens nothing, and is told as damaged; with the admin half all is as before', async () => {
  await at.run(40_000);
  const bytes = (await at.stored()).get('/site/state/table.sealed') ?? Buffer.alloc(0);
  bytes.writeUInt8(bytes.readUInt8(100) ^ 1, 100);
  await offFor(8 * day);
  expect(await opens()).toBe(false);
  expect(start()).toMatchObject({ found: 'damaged', written_at: null });
  expect(logged('older than a week')).toBe(false);
  await withAdmin();
  expect(await lastStart()).toMatchObject({ table: 'none', sealed: 'damaged', written_at: null });
  expect(await opens()).toBe(true);
});

test('access that has expired while the power was off stays expired, and does so when the clock is put back', async () => {
  const valid_until = new Date(at.clock.wall() + hour).toISOString();
  await at.done(at.admin.users.update(ada, { valid_until }, plainly));
  await offFor(0);
  expect(await opens()).toBe(true);
  at.adminMayStart(true);
  await offFor(2 * hour);
  expect(await opens()).toBe(false);
  await at.run(60_000);
  await offFor(-3 * hour);
  expect(await opens()).toBe(false);
  await withAdmin();
  const reasons = (await at.feed()).flatMap(({ type, data }) =>
    /^access\.(granted|refused)$/.test(type) ? [data['reason']] : [],
  );
  expect(reasons).toEqual(['granted', 'expired', 'expired']);
});
