import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DoorEvent } from '../../src/core/event.ts';
import { type Journal, openJournal } from '../../src/door/journal.ts';
import { diskJournalFiles, type JournalFiles } from '../../src/door/journal-file.ts';
import type { JournalRecord } from '../../src/link/message.ts';
import { type MemoryDisk, memoryDisk, settled } from '../support/memory-disk.ts';
import { type VirtualClock, virtualClock } from '../support/virtual-clock.ts';

const path = '/state/door.journal';
let ids = 0;
const openOn = (
  files: JournalFiles,
  clock: VirtualClock,
  more: Partial<Parameters<typeof openJournal>[0]> = {},
) =>
  openJournal({
    files,
    path,
    clock,
    newId: () => `journal-${++ids}`,
    resource: 'system/s',
    isSettled: () => false,
    trouble: () => {},
    ...more,
  });
const event = (n: number): DoorEvent => ({
  time: n,
  type: 'door.held_open',
  resource: 'door/front',
  data: { held_ms: n },
});
const numbers = (records: readonly JournalRecord[]): number[] =>
  records.flatMap(({ event: one }) => (one.type === 'door.held_open' ? [one.data.held_ms] : []));
const types = (journal: Journal): string[] => journal.after(0, 1e6).map(({ event: one }) => one.type);
async function flush(clock: VirtualClock): Promise<void> {
  await settled();
  clock.advance(100);
  await settled();
}
const use = { user_id: 'u', credential_id: 'c', generation: 1, used: 1 };

describe('door journal', () => {
  test('events are durable 100 ms after they happened, and are handed out only then', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    journal.append(event(1));
    journal.append(event(2));
    expect(journal.after(0, 100)).toEqual([]);
    clock.advance(50);
    await settled();
    expect(journal.after(0, 100)).toEqual([
      { seq: 1, event: event(1) },
      { seq: 2, event: event(2) },
    ]);
    disk.powerCut(0);
    const again = await openOn(disk.mount(), clock);
    expect(again.id).toBe(journal.id);
    expect(numbers(again.after(0, 100))).toEqual([1, 2]);
  });

  test('many events share one sync', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    const before = disk.syncs;
    for (let n = 0; n < 500; n++) journal.append(event(n));
    await flush(clock);
    expect(journal.after(0, 1_000)).toHaveLength(500);
    expect(disk.syncs - before).toBe(1);
  });

  test('what the admin process has stored is forgotten, and the file made small again', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    for (let n = 1; n <= 6_000; n++) journal.append(event(n));
    await flush(clock);
    const full = disk.size(path);
    journal.stored('another journal', 6_000);
    expect(journal.health().pending).toBe(6_000);
    journal.stored(journal.id, 5_999);
    await flush(clock);
    expect(disk.size(path)).toBeLessThan(full / 100);
    const again = await openOn(disk.mount(), clock);
    expect(again.after(0, 100)).toEqual([{ seq: 6_000, event: event(6_000) }]);
    again.stored(again.id, 6_000);
    again.append(event(6_001));
    await flush(clock);
    expect(again.after(0, 100)[0]?.seq).toBe(6_001);
  });

  test('a use is counted at once and survives; on a disk that fails it is neither counted nor granted', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    const counted = journal.countUse(use, 500);
    expect(journal.used('c', 1)).toBe(1);
    expect(await counted).toBe(true);
    disk.powerCut(0);
    const again = await openOn(disk.mount(), clock);
    expect(again.used('c', 1)).toBe(1);
    expect(again.used('c', 2)).toBe(0);

    disk.failing(true);
    const refused = again.countUse({ ...use, used: 2 }, 500);
    await flush(clock);
    clock.advance(400);
    expect(await refused).toBe(false);
    expect(again.used('c', 1)).toBe(1);
    disk.failing(false);
    clock.advance(1_000);
    await settled();
    expect((await openOn(disk.mount(), clock)).used('c', 1)).toBe(1);
  });

  test('a use whose sync hangs is refused after its time, and granted with the same number when tried again', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    disk.hanging(true);
    const first = journal.countUse(use, 500);
    await settled();
    clock.advance(499);
    await settled();
    expect(journal.used('c', 1)).toBe(1);
    clock.advance(1);
    expect(await first).toBe(false);
    expect(journal.used('c', 1)).toBe(0);
    disk.hanging(false);
    await settled();
    expect(await journal.countUse(use, 500)).toBe(true);
  });

  test('of thousands of uses the oldest that are settled are forgotten, and no other', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const isSettled = ({ credential_id }: { credential_id: string }) => credential_id !== 'c2';
    const journal = await openOn(disk.mount(), clock, { isSettled });
    await settled();
    const all = Array.from({ length: 4_100 }, (_, n) =>
      journal.countUse({ ...use, credential_id: `c${n + 1}` }, 500),
    );
    await Promise.all(all);
    const known = (of: Journal) => [1, 2, 3, 5, 6, 4_100].filter((n) => of.used(`c${n}`, 1) === 1);
    // So many are worth a new file.
    await flush(clock);
    expect(known(journal)).toEqual([2, 6, 4_100]);
    disk.powerCut(0);
    const again = await openOn(disk.mount(), clock, { isSettled });
    expect(known(again)).toEqual([2, 6, 4_100]);
  });

  test('lock-outs survive a restart and a rewrite', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    journal.keepLockOut('r1', { wrong_tries: 5, remaining_ms: 90_000 });
    journal.keepLockOut('r2', { wrong_tries: 1, remaining_ms: 0 });
    journal.keepLockOut('r2', { wrong_tries: 0, remaining_ms: 0 });
    await flush(clock);
    const again = await openOn(disk.mount(), clock);
    expect(again.lockOut('r1')).toEqual({ wrong_tries: 5, remaining_ms: 90_000 });
    expect(again.lockOut('r2')).toBeNull();
    for (let n = 1; n <= 6_000; n++) again.append(event(n));
    await flush(clock);
    again.stored(again.id, 6_000);
    await flush(clock);
    expect((await openOn(disk.mount(), clock)).lockOut('r1')).toEqual({
      wrong_tries: 5,
      remaining_ms: 90_000,
    });
  });

  test('what was known of the time survives a restart and a rewrite', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    expect(journal.time()).toBeNull();
    journal.keepTime({ high_water: 1_000, doubt: null });
    journal.keepTime({ high_water: 2_000, doubt: 'stepped' });
    await flush(clock);
    const again = await openOn(disk.mount(), clock);
    expect(again.time()).toMatchObject({ high_water: 2_000, doubt: 'stepped' });
    for (let n = 1; n <= 6_000; n++) again.append(event(n));
    await flush(clock);
    again.stored(again.id, 6_000);
    await flush(clock);
    expect((await openOn(disk.mount(), clock)).time()).toEqual({ high_water: 2_000, doubt: 'stepped' });
  });

  test('how a door stands is durable when that is said, and survives a power cut and a rewrite', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await settled();
    expect(journal.doorMode('d')).toBeNull();
    const override = { mode: 'unlocked', until: 9 } as const;
    const kept = { override, arrived: [7], allowed: 'card_and_pin', now: 'unlocked' } as const;
    void journal.keepDoorMode('d', { ...kept, override: null }, 1_000);
    expect(await journal.keepDoorMode('d', kept, 1_000)).toBe(true);
    disk.powerCut(0);
    const again = await openOn(disk.mount(), clock);
    expect(again.doorMode('d')).toEqual(kept);
    for (let n = 1; n <= 6_000; n++) again.append(event(n));
    await flush(clock);
    again.stored(again.id, 6_000);
    await flush(clock);
    expect((await openOn(disk.mount(), clock)).doorMode('d')).toEqual(kept);
  });

  test.each(['it is on its way', 'something else is'])(
    'how a door stands is kept as soon as the disk works again, though it was said that it is not yet: %s',
    async (what) => {
      const disk = memoryDisk();
      const clock = virtualClock();
      const journal = await openOn(disk.mount(), clock);
      await settled();
      disk.hanging(true);
      if (what === 'something else is') {
        journal.append(event(1));
        clock.advance(50);
        await settled();
      }
      const kept = { override: null, arrived: [], allowed: 'disabled', now: 'disabled' } as const;
      const durable = journal.keepDoorMode('d', kept, 1_000);
      await settled();
      clock.advance(1_000);
      expect(await durable).toBe(false);
      disk.hanging(false);
      await flush(clock);
      disk.powerCut(0);
      expect((await openOn(disk.mount(), clock)).doorMode('d')).toEqual(kept);
    },
  );

  test('how far the log of the panel is told survives a restart and a rewrite', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    expect(journal.panelLog()).toBeNull();
    journal.keepPanelLog('17');
    journal.keepPanelLog('18');
    await flush(clock);
    const again = await openOn(disk.mount(), clock);
    expect(again.panelLog()).toBe('18');
    for (let n = 1; n <= 6_000; n++) again.append(event(n));
    await flush(clock);
    again.stored(again.id, 6_000);
    await flush(clock);
    expect((await openOn(disk.mount(), clock)).panelLog()).toBe('18');
  });

  test('a torn tail is cut at the last good record, told, and its numbers are never given again', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    for (let n = 1; n <= 3; n++) journal.append(event(n));
    await flush(clock);
    disk.flip(path, disk.size(path) - 1);
    const again = await openOn(disk.mount(), clock);
    await flush(clock);
    const records = again.after(0, 100);
    expect(numbers(records)).toEqual([1, 2]);
    const damaged = records.at(-1);
    expect(damaged?.event).toMatchObject({ type: 'journal.damaged', data: { kept: 2 } });
    expect(damaged?.seq).toBeGreaterThan(3);
    expect(again.id).toBe(journal.id);
  });

  test('a file whose head is damaged is put aside and another journal begins', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    await flush(clock);
    disk.flip(path, 20);
    const again = await openOn(disk.mount(), clock);
    await flush(clock);
    expect(again.id).not.toBe(journal.id);
    expect(types(again)).toEqual(['journal.damaged']);
    expect(disk.exists(`${path}.unreadable`)).toBe(true);
  });

  test('a journal that is gone where doors have worked before is told; at the very first start it is not', async () => {
    const clock = virtualClock();
    for (const isExpected of [true, false]) {
      const journal = await openOn(memoryDisk().mount(), clock, { isExpected });
      await flush(clock);
      expect(types(journal)).toEqual(isExpected ? ['journal.damaged'] : []);
    }
  });

  test('beyond its bound the oldest events go, which is counted and told', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock, { limitBytes: 64 * 1024 });
    await settled();
    for (let n = 1; n <= 3_000; n++) journal.append(event(n));
    await flush(clock);
    const health = journal.health();
    expect(health.bytes).toBeLessThanOrEqual(32 * 1024);
    const kept = numbers(journal.after(0, 1e6));
    expect(kept.at(-1)).toBe(3_000);
    const told = journal
      .after(0, 1e6)
      .flatMap(({ event: one }) => (one.type === 'journal.overflowed' ? [one.data.dropped] : []));
    expect(told.length).toBeGreaterThan(0);
    const lostEvents = 3_000 - kept.length;
    expect(health.dropped).toBeGreaterThanOrEqual(lostEvents);
  });

  test('a failing disk costs nobody an event: they wait in memory and are written when it works', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    disk.failing(true);
    const journal = await openOn(disk.mount(), clock);
    for (let n = 1; n <= 10; n++) journal.append(event(n));
    await flush(clock);
    expect(journal.after(0, 100)).toEqual([]);
    disk.failing(false);
    clock.advance(30_000);
    await settled();
    expect(numbers(journal.after(0, 100))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('closing writes what waits', async () => {
    const disk = memoryDisk();
    const clock = virtualClock();
    const journal = await openOn(disk.mount(), clock);
    journal.append(event(1));
    await journal.close();
    disk.powerCut(0);
    expect(numbers((await openOn(disk.mount(), clock)).after(0, 100))).toEqual([1]);
  });

  test('on a real disk it is found again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'journal-'));
    const clock = virtualClock();
    const real = { path: join(directory, 'door.journal') };
    const journal = await openOn(diskJournalFiles, clock, real);
    journal.append(event(1));
    await journal.close();
    const again = await openOn(diskJournalFiles, clock, real);
    expect(again.id).toBe(journal.id);
    again.append(event(2));
    await again.close();
    const third = await openOn(diskJournalFiles, clock, real);
    expect(numbers(third.after(0, 100))).toEqual([1, 2]);
    await third.close();
    await rm(directory, { recursive: true });
  });

  test('histories: whatever fails, each durable event reaches the feed once and in order', async () => {
    type Act =
      | { do: 'append'; count: number }
      | { do: 'use' }
      | { do: 'flush' }
      | { do: 'deliver'; count: number; acknowledge: boolean }
      | { do: 'power_cut'; extra: number }
      | { do: 'failing' | 'hanging'; on: boolean };
    const act = fc.oneof<fc.Arbitrary<Act>[]>(
      fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant('use' as const) }),
      fc.record({ do: fc.constant('flush' as const) }),
      fc.record({ do: fc.constant('deliver' as const), count: fc.nat(7), acknowledge: fc.boolean() }),
      fc.record({ do: fc.constant('power_cut' as const), extra: fc.nat(300) }),
      fc.record({ do: fc.constantFrom('failing' as const, 'hanging' as const), on: fc.boolean() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const clock = virtualClock();
        const disk: MemoryDisk = memoryDisk();
        let journal = await openOn(disk.mount(), clock);
        let next = 1;
        let granted = 0;
        const durable = new Set<number>();
        const admin = { id: journal.id, seq: 0, feed: [] as number[] };
        const note = () => {
          for (const n of numbers(journal.after(0, 1e6))) durable.add(n);
        };
        const deliver = (count: number, acknowledge: boolean) => {
          if (admin.id !== journal.id) Object.assign(admin, { id: journal.id, seq: 0 });
          const records = journal.after(0, count).filter(({ seq }) => seq > admin.seq);
          admin.feed.push(...numbers(records));
          admin.seq = Math.max(admin.seq, records.at(-1)?.seq ?? 0);
          if (acknowledge) journal.stored(journal.id, admin.seq);
        };
        for (const step of acts) {
          switch (step.do) {
            case 'append':
              for (let i = 0; i < step.count; i++) journal.append(event(next++));
              break;
            case 'use': {
              const counted = journal.countUse({ ...use, used: journal.used('c', 1) + 1 }, 500);
              await flush(clock);
              clock.advance(500);
              if (await counted) granted += 1;
              break;
            }
            case 'flush':
              await flush(clock);
              break;
            case 'deliver':
              deliver(step.count, step.acknowledge);
              break;
            case 'power_cut':
              note();
              disk.failing(false);
              disk.powerCut(step.extra);
              disk.hanging(false);
              await settled();
              journal = await openOn(disk.mount(), clock);
              break;
            case 'failing':
              disk.failing(step.on);
              break;
            case 'hanging':
              disk.hanging(step.on);
              break;
          }
          note();
          expect(journal.used('c', 1)).toBeGreaterThanOrEqual(granted);
        }
        disk.failing(false);
        disk.hanging(false);
        for (let i = 0; i < 3; i++) {
          clock.advance(31_000);
          await settled();
        }
        note();
        deliver(1e6, true);
        expect(admin.feed).toEqual([...admin.feed].sort((a, b) => a - b));
        expect(new Set(admin.feed).size).toBe(admin.feed.length);
        expect(admin.feed).toEqual(expect.arrayContaining([...durable]));
      }),
      { numRuns: 60 },
    );
  });
});
