import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { type AccessTable, emptyTable, putRow } from '../../src/core/access-table.ts';
import { decide } from '../../src/core/decide.ts';
import { noCommit } from '../../src/core/table-row.ts';
import { type Narrowings, openNarrowings } from '../../src/door/narrowings.ts';
import { applyPatch, narrowRows, type RowChange } from '../../src/door/table-build.ts';
import { tableSafety } from '../../src/door/table-safety.ts';
import { type MemoryDisk, memoryDisk, settled } from '../support/memory-disk.ts';
import {
  changed,
  credentialRow,
  difference,
  doorIds,
  grantRow,
  instants,
  keys,
  type RowMap,
  rowChange,
  userIds,
  userRow,
} from '../support/table-rows.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const path = '/state/table.narrowed';
let disk: MemoryDisk;
let clock: VirtualClock;
let ids = 0;

beforeEach(() => {
  disk = memoryDisk();
  clock = virtualClock();
});
const open = (): Promise<Narrowings> =>
  openNarrowings({ files: disk.mount(), path, clock, newId: () => `log-${++ids}`, trouble: () => {} });
const gone = (id: string): RowChange => ({ ref: { row: 'user', id }, row: null });
const kept = async (log: Narrowings): Promise<boolean> => {
  let told = false;
  log.whenKept(() => {
    told = true;
  });
  await settled();
  return told;
};
const names = (changes: readonly RowChange[]): string[] => changes.map(({ ref }) => ref.id);

describe('what is taken away', () => {
  test('is on the disk when that is said, and a power cut leaves it there', async () => {
    const log = await open();
    await settled();
    log.add([gone('a'), { ref: { row: 'user', id: 'b' }, row: userRow('b') }]);
    let told = false;
    log.whenKept(() => {
      told = true;
    });
    expect(told).toBe(false);
    await settled();
    expect(told).toBe(true);
    disk.powerCut(0);
    expect((await open()).since(null)).toEqual([
      gone('a'),
      { ref: { row: 'user', id: 'b' }, row: userRow('b') },
    ]);
  });

  test('while the disk fails it is not said; when it works again it is', async () => {
    const log = await open();
    await settled();
    disk.failing(true);
    log.add([gone('a')]);
    expect(await kept(log)).toBe(false);
    disk.failing(false);
    clock.advance(1_000);
    expect(await kept(log)).toBe(true);
    disk.powerCut(0);
    expect(names((await open()).since(null))).toEqual(['a']);
  });

  test('is forgotten when a table that has it is sealed, and only then', async () => {
    const log = await open();
    log.add([gone('a')]);
    const mark = log.mark();
    log.add([gone('b')]);
    log.sealed(mark);
    expect(names(log.since(null))).toEqual(['b']);
    await settled();
    disk.powerCut(0);
    // The file may still hold what is sealed; the mark in the sealed table says what of it counts.
    expect(names((await open()).since(mark))).toEqual(['b']);
  });

  test('counts in full for a sealed table of another log or of none', async () => {
    const log = await open();
    log.add([gone('a')]);
    expect(names(log.since({ log_id: 'another', n: 99 }))).toEqual(['a']);
    expect(names(log.since(null))).toEqual(['a']);
  });

  test('a torn end is cut off, and its numbers are not given again', async () => {
    const log = await open();
    await settled();
    log.add([gone('a')]);
    await settled();
    const mark = log.mark();
    log.add([gone('b')]);
    await settled();
    disk.flip(path, disk.size(path) - 3);
    const again = await open();
    expect(names(again.since(null))).toEqual(['a']);
    expect(again.mark().n).toBeGreaterThan(mark.n + 1);
  });
});

test('another table is safe when it is sealed, a change of it when it is kept', () => {
  const waiting = { kept: [] as (() => void)[], written: [] as (() => void)[] };
  const safety = tableSafety(
    { add: () => {}, holds: () => false, whenKept: (done) => waiting.kept.push(done) },
    { whenWritten: (done) => waiting.written.push(done) },
  );
  const said: string[] = [];
  safety.whenSafe(() => said.push('change'));
  waiting.kept.shift()?.();
  safety.swapped();
  safety.whenSafe(() => said.push('table'));
  expect(said).toEqual(['change']);
  waiting.written.shift()?.();
  waiting.kept.shift()?.();
  expect(said).toEqual(['change', 'table']);
});

/** All that a table grants in the small world of these rows; `orSpent`: also what it would, were the allowance not used up. */
function granted(table: AccessTable, orSpent: boolean): string[] {
  const situation = {
    restricted: false,
    locked_out: false,
    after_outage: false,
    used: () => 0,
    latest: 0,
    clock_doubted: false,
    mode: 'normal',
    card_of: null,
  } as const;
  return doorIds.flatMap((door) =>
    keys.flatMap((key) =>
      [...instants, -1, 15].flatMap((now) => {
        const { reason } = decide(table, { door, kind: 'token', key, now }, situation);
        return reason === 'granted' || (orSpent && reason === 'no_uses_left')
          ? [`${key} ${door} ${now}`]
          : [];
      }),
    ),
  );
}
function tableOf(rows: RowMap): AccessTable {
  const table = emptyTable(doorIds);
  for (const row of rows.values()) putRow(table, row);
  return table;
}

/** Everybody has a key, and may go through all doors. */
const welcoming: RowMap = new Map(
  userIds.map((id, n) => {
    const grants = doorIds.map((door) => grantRow({ door }));
    return [`user/${id}`, userRow(id, { credentials: [credentialRow(keys[n] ?? '')], grants })];
  }),
);

test('a table sealed earlier, less what was taken away since, grants nothing that the table in force does not', async () => {
  const changes = (maxLength: number) => fc.array(rowChange, { maxLength, size: 'max' });
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(changes(3), changes(8), async (before, after) => {
      disk = memoryDisk();
      clock = virtualClock();
      const log = await open();
      let rows = welcoming;
      for (const change of before) rows = changed(rows, change);
      const inForce = tableOf(rows);
      const sealed = tableOf(rows);
      const mark = log.mark();
      const safety = tableSafety(log, { whenWritten: () => {} });
      for (const change of after) {
        const next = changed(rows, change);
        const patch = {
          ...difference(rows, next),
          type: 'patch' as const,
          base: noCommit,
          version: noCommit,
        };
        rows = next;
        safety.patched(inForce, patch);
        applyPatch(inForce, patch);
      }
      await settled();
      disk.powerCut(0);
      const earlier = granted(sealed, false);
      narrowRows(sealed, (await open()).since(mark));
      const ways = new Set(granted(inForce, true));
      const started = granted(sealed, false);
      expect(started.filter((way) => !ways.has(way))).toEqual([]);
      if (started.length < earlier.length) taken += 1;
    }),
    { numRuns: 150 },
  );
  expect(taken).toBeGreaterThan(10);
});
