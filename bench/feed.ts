import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDirectory } from '../src/admin/directory.ts';
import { type Feed, feedService } from '../src/admin/feed.ts';
import type { Directory } from '../src/admin/storage.ts';
import { uuidV7 } from '../src/core/uuid.ts';
import { systemClock } from '../src/hal/system-clock.ts';
import { openLevel } from '../src/store/open-level.ts';
import { openStore } from '../test/support/open-store.ts';
import type { BenchLine } from './bench-line.ts';

const perSecond = 1_000;
const pacedMs = 20_000;
const inAll = 100_000;
/** Entries of one commit, as events of one hand-over of the door journal. */
const perCommit = 50;

/** A reader of the feed that holds every entry against the one before. */
interface Reader {
  name: string;
  limit: number;
  /** Between two reads, milliseconds. */
  pauseMs: number;
  /** Gives up every so manieth wait, and comes back with its cursor. */
  leaves: number;
  seen: number;
  faults: number;
}

/**
 * R4: entries at 1,000 a second for 20 s and then as fast as they are stored, to 100,000, with readers that wait, page, are slow, and come and
 * go. Each must see every entry once and in order.
 */
export async function run(): Promise<BenchLine[]> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-feed-'));
  const clock = systemClock();
  const store = await openStore(await openLevel(join(directory, 'db'), clock), () => 'bench');
  try {
    const records = await openDirectory(store);
    const feed = feedService(store, records, clock);
    const readers: Reader[] = [
      { name: 'waiting', limit: 500, pauseMs: 0, leaves: 0, seen: 0, faults: 0 },
      { name: 'paging by 20', limit: 20, pauseMs: 0, leaves: 0, seen: 0, faults: 0 },
      { name: 'reconnecting', limit: 100, pauseMs: 5, leaves: 3, seen: 0, faults: 0 },
      { name: 'slow (a page of 500 a second)', limit: 500, pauseMs: 1_000, leaves: 0, seen: 0, faults: 0 },
    ];
    const writing = { done: false };
    const reading = readers.map((reader) => follow(reader, feed, writing));
    const begun = performance.now();
    let written = 0;
    for (; performance.now() - begun < pacedMs; written += perCommit) {
      await write(records, written);
      await delay(begun + ((written + perCommit) * 1_000) / perSecond - performance.now());
    }
    const rate = (written * 1_000) / (performance.now() - begun);
    for (; written < inAll; written += perCommit) await write(records, written);
    const behind = written - Math.min(...readers.map(({ seen }) => seen));
    writing.done = true;
    await Promise.all(reading);
    const sound = readers.every(({ seen, faults }) => seen === written && faults === 0);
    const wrong = readers.filter(({ seen, faults }) => seen !== written || faults > 0);
    return [
      {
        goal: 'R4',
        what: `${written} feed entries to readers that are ${readers.map(({ name }) => name).join(', ')}`,
        target: 'no gap, no repeat, no reorder',
        measured: sound
          ? `none, at ${Math.round(rate)} entries/s for ${pacedMs / 1_000} s; the slowest was ${behind} behind at the end and caught up`
          : wrong.map(({ name, seen, faults }) => `${name}: ${seen} seen, ${faults} out of order`).join('; '),
        met: sound && rate >= 0.95 * perSecond,
      },
    ];
  } finally {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function write(records: Directory, from: number): Promise<void> {
  const time = new Date().toISOString();
  const feed = Array.from({ length: perCommit }, (_, i) => ({
    id: uuidV7(Date.now(), randomBytes(10)),
    type: 'access.granted',
    time,
    resource: 'door/front',
    revision: null,
    data: { n: from + i },
  }));
  await records.commit({ changes: [], feed });
}

/** Reads until the writing is done and nothing is left; from then on without its pauses. */
async function follow(reader: Reader, feed: Feed, writing: { done: boolean }): Promise<void> {
  const ids = new Set<string>();
  let after: string | null = null;
  for (let reads = 1; ; reads++) {
    const leaving = new AbortController();
    if (reader.leaves > 0 && reads % reader.leaves === 0) setTimeout(() => leaving.abort(), 3);
    const finishing = writing.done;
    const query = { after, limit: reader.limit, types: [], waitMs: finishing ? 0 : 200 };
    const page = await feed.read(query, leaving.signal);
    // Who leaves before the answer has not seen it, and asks for the same again.
    if (leaving.signal.aborted) continue;
    for (const { seq, id, data } of page.items) {
      if (seq !== reader.seen + 1 || data['n'] !== reader.seen || ids.has(id)) reader.faults += 1;
      ids.add(id);
      reader.seen += 1;
    }
    after = page.cursor;
    if (finishing && !page.more) return;
    if (!finishing) await delay(reader.pauseMs);
  }
}
