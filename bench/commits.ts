import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { uuidV7 } from '../src/core/uuid.ts';
import { systemClock } from '../src/hal/system-clock.ts';
import type { User } from '../src/schema/record.ts';
import type { Commit } from '../src/schema/storage.ts';
import type { Database } from '../src/store/database.ts';
import { openLevel } from '../src/store/open-level.ts';
import { openStore } from '../test/support/open-store.ts';
import type { BenchLine } from './bench-line.ts';
import { seededRandom } from './world.ts';

const roundMs = 1_200;
const rounds = 3;
const writers = 64;

/** S8: durable changes a second by 64 writers at the store, against single synced puts of the records alone by one writer. */
export async function run(): Promise<BenchLine[]> {
  return [await compared(0, 8), await compared(10, 40)];
}

async function compared(slowerMs: number, goal: number): Promise<BenchLine> {
  const directory = await mkdtemp(join(tmpdir(), 'postern-commits-'));
  const random = seededRandom(3);
  const newId = () =>
    uuidV7(
      Date.now(),
      Uint8Array.from({ length: 10 }, () => random(256)),
    );
  const single = slowed(await openLevel(join(directory, 'single'), systemClock()), slowerMs);
  const store = await openStore(
    slowed(await openLevel(join(directory, 'store'), systemClock()), slowerMs),
    newId,
  );
  const put = async (): Promise<unknown> => {
    const user = newUser(newId());
    const operation = { type: 'put' as const, key: `user/${user.id}`, value: JSON.stringify(user) };
    return single.batch([operation], { sync: true });
  };
  const commit = (): Promise<unknown> => store.commit(commitOf(newUser(newId())));
  try {
    const results: { single: number; parallel: number; grouped: number }[] = [];
    for (let n = 0; n < rounds; n++) {
      results.push({
        single: await perSecond(1, put),
        parallel: slowerMs > 0 ? 0 : await perSecond(writers, put),
        grouped: await perSecond(writers, commit),
      });
    }
    results.sort((a, b) => a.grouped / a.single - b.grouped / b.single);
    const { single: one, parallel, grouped } = results[rounds >> 1] ?? { single: 1, parallel: 0, grouped: 0 };
    const together = parallel === 0 ? '' : `, ${Math.round(parallel)}/s by 64 at once`;
    return {
      goal: 'S8',
      what: `durable changes by ${writers} writers${slowerMs > 0 ? `, each synced write ${slowerMs} ms longer` : ''}, against single synced puts`,
      target: `>= ${goal}x`,
      measured: `${(grouped / one).toFixed(1)}x (${Math.round(grouped)}/s against ${Math.round(one)}/s by one writer${together})`,
      met: grouped / one >= goal,
    };
  } finally {
    await store.close();
    await single.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function perSecond(count: number, write: () => Promise<unknown>): Promise<number> {
  let written = 0;
  const begun = performance.now();
  const drive = async (): Promise<void> => {
    while (performance.now() - begun < roundMs) {
      await write();
      written += 1;
    }
  };
  await Promise.all(Array.from({ length: count }, drive));
  return (written * 1000) / (performance.now() - begun);
}

/** A disk that takes so much longer to sync. */
function slowed(database: Database, ms: number): Database {
  if (ms === 0) return database;
  const batch = database.batch.bind(database);
  database.batch = async (operations, options) => {
    await batch(operations, options);
    await delay(ms);
  };
  return database;
}

const commitOf = (after: User): Commit => ({
  changes: [{ kind: 'user', id: after.id, before: null, after }],
  feed: [
    {
      id: after.id,
      type: 'user.created',
      time: after.created_at,
      resource: `user/${after.id}`,
      revision: 1,
      data: {},
    },
  ],
});

function newUser(id: string): User {
  return {
    id,
    revision: 1,
    created_at: '2026-03-02T09:00:00.000Z',
    updated_at: '2026-03-02T09:00:00.000Z',
    external_id: null,
    kind: 'member',
    first_name: 'Ann',
    last_name: 'Doe',
    email: 'ann@example.org',
    mobile: null,
    department: 'Sales',
    language: 'en',
    valid_from: null,
    valid_until: null,
    suspended: false,
  };
}
