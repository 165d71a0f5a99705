import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import type { Site } from '../../src/core/site.ts';
import type { TableRow } from '../../src/core/table-row.ts';
import { type Journal, openJournal } from '../../src/door/journal.ts';
import { diskJournalFiles } from '../../src/door/journal-file.ts';
import { type KeptTable, keptTable } from '../../src/door/kept-table.ts';
import { deriveKeys } from '../../src/door/site-key.ts';
import { systemClock } from '../../src/hal/system-clock.ts';
import type { FeedEntry, Records, Store } from '../../src/schema/storage.ts';
import { openGuardedStore } from '../../src/store/guarded-store.ts';
import { anAccess, aUser } from '../admin/records.ts';
import { credentialRow, grantRow, userRow } from '../support/table-rows.ts';
import { lanes, people, type Told } from './power-told.ts';
import { type Random, seeded } from './random.ts';

/**
 * What is killed for a power cut: the store, the door journal and the doors' table at work on real files.
 *
 *     power-workload.ts STATE_DIR SEED
 */
const [, , stateDir = '', seed = '0'] = process.argv;
const random = seeded(Number(seed));
const clock = systemClock();
const keys = deriveKeys(createHash('sha256').update('power cuts').digest());
/** Written at once, however long the reader takes: what waits in this process when it is killed would never have been said. */
function tell(told: Told): void {
  let left = Buffer.from(`${JSON.stringify(told)}\n`);
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
const now = (): string => new Date(clock.wall()).toISOString();
const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
/** Entries kept of the feed: as many as it takes for the log of LevelDB to be changed now and then, and to be read at once. */
const kept = 400;
const filler = randomBytes(3_000).toString('base64');

const table = await keptTable({
  site: { id: 'site', state_dir: stateDir, doors: [{ id: 'door' }] } as Site,
  key: keys.snapshot,
  clock,
  log: pino({ level: 'silent' }),
  files: diskJournalFiles,
  sealedFiles: undefined,
  random: randomBytes,
  isConfirmed: () => false,
});
const journal = await openJournal({
  files: diskJournalFiles,
  path: join(stateDir, 'door.journal'),
  clock,
  newId: () => createHash('sha256').update(randomBytes(8)).digest('hex'),
  resource: 'system/site',
  isSettled: () => false,
  trouble(error) {
    throw error;
  },
});
const opened = await openGuardedStore({
  stateDir,
  headKey: keys.head,
  clock,
  newId: () => 'db',
  mayOpen: () => Promise.resolve(true),
  headLags: () => {},
  doors: null,
  knownAtDoors: () => Promise.resolve([]),
});
if (opened.kind === 'damaged') throw new Error(`the database is damaged: ${JSON.stringify(opened.damage)}`);
const { store } = opened;

const found = await look(store, journal, table);
tell({ told: 'found', ...found });
for (let lane = 0; lane < lanes; lane++) void commits(store, lane, found.lanes[lane]?.user ?? 0, random);
void events(journal, found.events.at(-1) ?? 0);
void intake(store, journal);
void uses(journal, found.used);
doors(table, new Set(found.allowed), random);

async function look(of: Store, events: Journal, doorTable: KeptTable) {
  const records = new Map<string, Records['user' | 'access']>();
  await of.load((change) => {
    if (change.after !== null && (change.kind === 'user' || change.kind === 'access'))
      records.set(change.id, change.after);
  });
  const marks = await of.marks('consumer');
  const feed = await of.feed(of.feedTrimmed(), 100_000);
  const numbers = (type: string, lane?: number): number[] =>
    feed.flatMap((entry) =>
      entry.type === type && entry.data['lane'] === lane ? [Number(entry.data['k'])] : [],
    );
  const pending = events.after(await of.journalSeq(events.id), 1e6);
  const inForce = doorTable.keeper.inForce()?.table.users ?? new Map();
  return {
    lanes: Array.from({ length: lanes }, (_, lane) => ({
      user: records.get(`user-${lane}`)?.revision ?? 0,
      access: records.get(`access-${lane}`)?.revision ?? 0,
      mark: marks.get(`lane-${lane}`)?.seq ?? 0,
      feed: numbers('lane', lane),
    })),
    seqs: feed.map(({ seq }) => seq),
    events: [
      ...numbers('door.held_open'),
      ...pending.flatMap(({ event }) => (event.type === 'door.held_open' ? [event.data.held_ms] : [])),
    ],
    used: events.used('credential', 1),
    allowed: Array.from({ length: people }, (_, n) => n).filter((n) => {
      const row = inForce.get(`person-${n}`)?.row;
      return row !== undefined && !row.suspended && row.grants.length > 0;
    }),
  };
}

/** A user and an access that are made again and again, together. */
async function commits(to: Store, lane: number, from: number, choices: Random): Promise<void> {
  const at = (k: number) => ({
    user: aUser(`user-${lane}`, { revision: k }),
    access: { ...anAccess(`access-${lane}`, `user-${lane}`, { door_id: 'door' }), revision: k },
  });
  let before = from === 0 ? null : at(from);
  for (let k = from + 1; ; k++) {
    const after = at(k);
    const entry: Omit<FeedEntry, 'seq'> = {
      id: `${lane}-${k}`,
      type: 'lane',
      time: now(),
      resource: `user/user-${lane}`,
      revision: k,
      data: { lane, k, filler },
    };
    tell({ told: 'begun', what: 'commit', lane, k });
    await to.commit({
      changes: [
        { kind: 'user', id: after.user.id, before: before?.user ?? null, after: after.user },
        { kind: 'access', id: after.access.id, before: before?.access ?? null, after: after.access },
      ],
      feed: [entry],
      marks: [
        { kind: 'consumer', id: `lane-${lane}`, value: { seq: k, created_at: '', acknowledged_at: '' } },
      ],
      trim: Math.max(0, to.feedSeq() - kept),
    });
    tell({ told: 'done', what: 'commit', lane, k });
    before = after;
    if (choices.chance(0.3)) await pause(choices.between(0, 20));
  }
}

async function events(to: Journal, from: number): Promise<void> {
  for (let k = from + 1; ; k++) {
    tell({ told: 'begun', what: 'event', k });
    to.append({ time: clock.wall(), type: 'door.held_open', resource: 'door/door', data: { held_ms: k } });
    await pause(7);
  }
}

/** As the admin process does: stores what is durable in the journal, once, and then lets it go there. */
async function intake(to: Store, from: Journal): Promise<void> {
  let seq = await to.journalSeq(from.id);
  for (;;) {
    const records = from.after(seq, 100);
    const last = records.at(-1);
    if (last === undefined) {
      await pause(5);
      continue;
    }
    const feed = records.map(({ event }) => ({
      id: '',
      type: event.type,
      time: now(),
      resource: event.resource,
      revision: null,
      data: event.type === 'door.held_open' ? { k: event.data.held_ms } : {},
    }));
    const durable = records.flatMap(({ event }) =>
      event.type === 'door.held_open' ? [event.data.held_ms] : [],
    );
    for (const k of durable) tell({ told: 'done', what: 'event', k });
    await to.commit({ changes: [], feed, journal: { journal_id: from.id, seq: last.seq } });
    seq = last.seq;
    from.stored(from.id, seq);
  }
}

async function uses(to: Journal, from: number): Promise<void> {
  for (let k = from + 1; ; k++) {
    tell({ told: 'begun', what: 'use', k });
    const use = { user_id: 'user', credential_id: 'credential', generation: 1, used: k };
    if (!(await to.countUse(use, 30_000))) throw new Error('the use was not kept');
    tell({ told: 'done', what: 'use', k });
    await pause(40);
  }
}

/** People let in and shut out, as patches to a table that was sent whole before. */
function doors({ keeper }: KeptTable, allowed: Set<number>, choices: Random): void {
  const row = (n: number): TableRow =>
    userRow(`person-${n}`, {
      credentials: [credentialRow(`key-${n}`)],
      grants: allowed.has(n) ? [grantRow({ door: 'door' })] : [],
    });
  let revision = 1;
  let changed: number | null = null;
  const version = (r: number) => ({ table_id: seed, revision: r });
  const talk = keeper.connect((answer) => {
    if (answer.type === 'pull') setImmediate(() => talk.take({ type: 'part', offer: 1, from: 0, rows }));
    if (answer.type === 'applied') {
      if (changed !== null) {
        tell({ told: 'done', what: 'door', person: changed, allowed: allowed.has(changed) });
      }
      clock.after(choices.between(0, 30), change);
    }
    return true;
  });
  const rows = Array.from({ length: people }, (_, n) => row(n));
  function change(): void {
    const person = choices.between(0, people - 1);
    if (!allowed.delete(person)) allowed.add(person);
    changed = person;
    const gone = !allowed.has(person) && choices.chance(0.5);
    tell({ told: 'begun', what: 'door', person, allowed: allowed.has(person) });
    revision += 1;
    talk.take({
      type: 'patch',
      base: version(revision - 1),
      version: version(revision),
      rows: gone ? [] : [row(person)],
      removed: gone ? [{ row: 'user', id: `person-${person}` }] : [],
    });
  }
  talk.take({ type: 'offer', offer: 1, version: version(revision), rows: rows.length });
}
