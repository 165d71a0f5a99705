import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Site } from '../../src/core/site.ts';
import { type KeptTable, keptTable } from '../../src/door/kept-table.ts';
import { writeSealedTable } from '../../src/door/sealed-table.ts';
import { deriveKeys } from '../../src/door/site-key.ts';
import { twoDoors } from '../support/door-site.ts';
import { memoryDisk, settled } from '../support/memory-disk.ts';
import { userRow } from '../support/table-rows.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

/** What the doors start from, and how a table that is old is told from one that cannot be used. */
const key = deriveKeys(Buffer.from('a key that is known to this test')).snapshot;
const version = { table_id: 'db', revision: 41 };
const dayMs = 86_400_000;
let clock: VirtualClock;
let site: Site;
let path: string;
let log: { level: number; msg: string }[];
let kept: KeptTable | null;
let atWork: boolean;

beforeEach(() => {
  clock = virtualClock();
  const state_dir = mkdtempSync(join(tmpdir(), 'postern-kept-'));
  site = { ...twoDoors, state_dir };
  path = join(state_dir, 'table.sealed');
  log = [];
  kept = null;
  atWork = false;
});
afterEach(async () => {
  await kept?.close();
  rmSync(site.state_dir, { recursive: true });
});

async function sealed(written_at: number, site_id = site.id): Promise<void> {
  const content = { site_id, version, written_at, rows: [userRow('ann')] };
  await writeSealedTable(path, content, key, Buffer.alloc(12, 7));
}

async function start(): Promise<KeptTable> {
  kept = await keptTable({
    site,
    key,
    clock,
    log: pino({ base: null }, { write: (line: string) => void log.push(JSON.parse(line)) }),
    files: memoryDisk().mount(),
    sealedFiles: undefined,
    random: (bytes) => Buffer.alloc(bytes, 9),
    isConfirmed: () => atWork,
  });
  return kept;
}

const warn = 40;
const error = 50;

describe('at the start', () => {
  test('a table of a week ago is good, and one that is older is stale: both are used, and the date is told', async () => {
    const written = clock.wall();
    await sealed(written);
    clock.stepWall(7 * dayMs);
    const good = await start();
    expect([good.start, good.keeper.inForce()?.version]).toEqual([
      { found: 'good', written_at: written, why: null },
      version,
    ]);
    expect(log).toMatchObject([{ level: 30, written_at: new Date(written).toISOString() }]);
    clock.stepWall(1);
    const stale = await start();
    expect([stale.start, stale.keeper.inForce()?.version]).toEqual([
      { found: 'stale', written_at: written, why: null },
      version,
    ]);
    expect(log.at(-1)).toMatchObject({
      level: warn,
      msg: expect.stringContaining('older than a week'),
      written_at: new Date(written).toISOString(),
    });
  });

  test.each([
    [
      'altered',
      () =>
        writeFileSync(
          path,
          readFileSync(path).map((byte, at) => (at === 60 ? byte ^ 1 : byte)),
        ),
    ],
    ['cut short', () => truncateSync(path, 90)],
    ['emptied', () => truncateSync(path, 0)],
  ])('a table that was %s is damaged, however old it is, and not used', async (_, harm) => {
    await sealed(clock.wall() - 30 * dayMs);
    harm();
    const { start: found, keeper } = await start();
    expect(found).toMatchObject({
      found: 'damaged',
      written_at: null,
      why: expect.stringContaining('altered'),
    });
    expect(keeper.inForce()).toBeNull();
    expect(log).toMatchObject([{ level: error, found: 'damaged' }]);
  });

  test('that of another site is told apart, and so is none', async () => {
    await sealed(clock.wall(), 'another site');
    const foreign = await start();
    expect([foreign.start.found, foreign.keeper.inForce()]).toEqual(['foreign', null]);
    expect(log).toMatchObject([{ level: error, found: 'foreign' }]);
    rmSync(path);
    const absent = await start();
    expect([absent.start, absent.keeper.inForce()]).toEqual([
      { found: 'absent', written_at: null, why: null },
      null,
    ]);
    expect(log.at(-1)).toMatchObject({ level: warn });
  });
});

describe('a table that stays the same', () => {
  /** When it was known to be the newest, as the next start finds it. */
  async function dated(): Promise<number | null> {
    await settled();
    await kept?.close();
    return (await start()).start.written_at;
  }

  test('is sealed anew with the date of then when it is confirmed', async () => {
    await sealed(clock.wall() - 30 * dayMs);
    (await start()).confirmed();
    clock.advance(2_000);
    expect(await dated()).toBe(clock.wall());
  });

  test('is sealed anew every day while an admin process is at work, and not without one', async () => {
    const written = clock.wall();
    await sealed(written);
    await start();
    for (let day = 0; day < 3; day++) {
      clock.advance(dayMs);
      await settled();
    }
    expect(await dated()).toBe(written);
    atWork = true;
    clock.advance(dayMs + 60_000);
    const renewed = await dated();
    expect(clock.wall() - (renewed ?? 0)).toBeLessThanOrEqual(60_000);
  });
});

test('where there is no table, there is none to be confirmed', async () => {
  (await start()).confirmed();
  clock.advance(60_000);
  await kept?.close();
  expect((await start()).start.found).toBe('absent');
});
