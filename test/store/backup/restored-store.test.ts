import { createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { MemoryLevel } from 'memory-level';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Change, RecordKind, Store } from '../../../src/schema/storage.ts';
import type { BackupSecret } from '../../../src/store/backup/chunk-cipher.ts';
import { type BackupPart, openBackup, sealBackup } from '../../../src/store/backup/content.ts';
import { drilled } from '../../../src/store/backup/drill.ts';
import { restoreStore } from '../../../src/store/backup/restored-store.ts';
import type { Database } from '../../../src/store/database.ts';
import { openLevel } from '../../../src/store/open-level.ts';
import { readSealedHead } from '../../../src/store/sealed-head.ts';
import { scanDatabase } from '../../../src/store/store-scan.ts';
import { verdictOn } from '../../../src/store/verdict.ts';
import { countedRandom } from '../../admin/resources.ts';
import { openStore } from '../../support/open-store.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { aBackupHead, entriesOf } from './filled-store.ts';

const secret: BackupSecret = { kind: 'key', key: new Uint8Array(32).fill(7) };
const headKey = createSecretKey(Buffer.alloc(32, 9));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-restore-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function backupOf(database: Database): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of sealBackup(aBackupHead, entriesOf(database), secret, countedRandom()))
    pieces.push(piece);
  return Buffer.concat(pieces);
}
const partsOf = (backup: Buffer): AsyncGenerator<BackupPart> =>
  openBackup(
    (async function* () {
      yield backup;
    })(),
    secret,
  );
async function storeInMemory(): Promise<{ database: Database; store: Store }> {
  const database = new MemoryLevel<string, string>();
  await database.open();
  return { database, store: await openStore(database, () => 'the-store') };
}
/** Entries as they must be the same in a restored database: numbers of the feed count anew. */
async function lasting(database: Database): Promise<[string, unknown][]> {
  const found: [string, unknown][] = [];
  for await (const [key, value] of entriesOf(database)) {
    const [place = ''] = key.split('/');
    if (place === 'feed') {
      const { seq: _, ...entry } = JSON.parse(value) as { seq: number };
      found.push(['feed', entry]);
    } else if (['record', 'journal', 'answer', 'answered'].includes(place)) found.push([key, value]);
  }
  return found;
}

const kinds = [
  'user',
  'credential',
  'access',
  'door_group',
  'schedule',
  'holiday',
  'horizon',
  'api_key',
  'webhook',
  'slot',
  'confirmation',
] as const satisfies RecordKind[];
const record = fc.record({
  kind: fc.constantFrom(...kinds),
  n: fc.integer({ min: 0, max: 30 }),
  more: fc.dictionary(fc.constantFrom('name', 'schedule_id', '__proto__', 'ü'), fc.jsonValue(), {
    maxKeys: 3,
  }),
  gone: fc.boolean(),
});
const history = fc.array(fc.array(record, { maxLength: 8 }), { maxLength: 12 });

describe('a restored database', () => {
  test('holds what any history has left, byte for byte, under a name of its own, and is sound', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async (commits) => {
        run += 1;
        const { database, store } = await storeInMemory();
        const known = new Map<string, object>();
        for (const [at, commit] of commits.entries()) {
          const changes = new Map<string, Change>();
          for (const { kind, n, more, gone } of commit) {
            const id = `id-${n}`;
            const key = `${kind}/${id}`;
            if (changes.has(key)) continue;
            const before = known.get(key) ?? null;
            const after = gone ? null : { schedule_id: null, ...more, id };
            if (after === null) known.delete(key);
            else known.set(key, after);
            if (before !== null || after !== null)
              changes.set(key, { kind, id, before, after } as unknown as Change);
          }
          const entry = {
            id: `e${at}`,
            type: 'door.opened',
            time: 't',
            resource: 'door/x',
            revision: null,
            data: { at },
          };
          const answer = { request: 'hash', status: 201, body: { at }, at: 1_000 + at };
          await store.commit({
            changes: [...changes.values()],
            feed: [entry, entry],
            trim: at,
            journal: { journal_id: `j${at % 2}`, seq: at },
            ...(at % 3 === 0 ? { idempotency: { key: `a/${at}`, answer } } : {}),
            marks: [{ kind: 'consumer', id: 'c', value: { seq: at, created_at: 't', acknowledged_at: 't' } }],
          });
        }
        const to = join(directory, String(run));
        const clock = virtualClock();
        const parts = { directory: to, headKey, clock, id: 'another', devices: null, told: [] };
        await restoreStore(parts, partsOf(await backupOf(database)));
        const restored = await openLevel(join(to, 'database'), clock);
        expect(await lasting(restored)).toEqual(await lasting(database));
        const scan = await scanDatabase(restored);
        expect(scan.identity?.id).toBe('another');
        const verdict = verdictOn(scan, await readSealedHead(join(to, 'store.head'), headKey), null);
        expect(verdict).toEqual({ kind: 'sound', unproved: null });
        await restored.close();
        await store.close();
      }),
      { numRuns: 12 },
    );
  }, 30_000);

  test('begins a new epoch: the feed counts from 1, consumers are gone, webhooks are told that they are behind', async () => {
    const { database, store } = await storeInMemory();
    const entry = (n: number) => ({
      id: `e${n}`,
      type: 'x',
      time: 't',
      resource: 'r/1',
      revision: null,
      data: {},
    });
    await store.commit({ changes: [], feed: [1, 2, 3, 4].map(entry) });
    const webhook = { kind: 'webhook', id: 'w', before: null, after: { id: 'w' } } as unknown as Change;
    const consumer = { seq: 2, created_at: 't', acknowledged_at: 't' };
    await store.commit({
      changes: [webhook],
      feed: [],
      trim: 2,
      marks: [
        { kind: 'consumer', id: 'portal', value: consumer },
        { kind: 'delivery', id: 'w', value: { seq: 3, open: [], failing_since: 5 } },
      ],
    });
    const clock = virtualClock();
    const told = [{ ...entry(5), type: 'system.restored' }];
    const parts = { directory, headKey, clock, id: 'another', devices: null, told };
    await restoreStore(parts, partsOf(await backupOf(database)));
    const restored = await openStore(await openLevel(join(directory, 'database'), clock), () => 'never');
    expect([restored.id, restored.feedTrimmed(), restored.feedSeq()]).toEqual(['another', 0, 3]);
    expect((await restored.feed(0, 9)).map(({ seq, id }) => [seq, id])).toEqual([
      [1, 'e3'],
      [2, 'e4'],
      [3, 'e5'],
    ]);
    expect((await restored.marks('consumer')).size).toBe(0);
    expect((await restored.marks('delivery')).get('w')).toMatchObject({
      seq: 3,
      open: [{ seq: 3, behind: true }],
      failing_since: null,
    });
    await restored.close();
    await store.close();
  });

  test('of a backup with a kind of entry this version does not know is refused', async () => {
    const { database, store } = await storeInMemory();
    await store.commit({ changes: [], feed: [] });
    const parts = partsOf(await backupOf(database));
    const strange = (async function* (): AsyncGenerator<BackupPart> {
      for await (const part of parts)
        yield part.is === 'entries' ? { ...part, entries: [['hologram/1', '{}']] } : part;
    })();
    const clock = virtualClock();
    const restoring = restoreStore({ directory, headKey, clock, id: 'x', devices: null, told: [] }, strange);
    await expect(restoring).rejects.toThrow(/newer Postern/);
    await store.close();
  });
});

describe('a drill', () => {
  test('restores a good backup and says how much it holds, and fails on one that is cut', async () => {
    const { database, store } = await storeInMemory();
    const after = { id: 'u' };
    await store.commit({
      changes: [{ kind: 'user', id: 'u', before: null, after } as unknown as Change],
      feed: [],
    });
    const backup = await backupOf(database);
    const passed = await drilled(join(directory, 'good'), partsOf(backup), virtualClock(), countedRandom());
    expect(passed.entries).toBeGreaterThan(2);
    const cut = drilled(
      join(directory, 'cut'),
      partsOf(backup.subarray(0, -1)),
      virtualClock(),
      countedRandom(),
    );
    await expect(cut).rejects.toMatchObject({ code: 'backup_unusable' });
    await store.close();
  });
});
