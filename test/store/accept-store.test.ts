import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Confirmation } from '../../src/core/confirmation.ts';
import { type Slot, unknownSlot } from '../../src/core/slot.ts';
import type { SlotHolder } from '../../src/core/slot-holder.ts';
import type { Change, RecordKind, Records } from '../../src/schema/storage.ts';
import type { StorageDamage } from '../../src/schema/storage-damage.ts';
import { acceptStore } from '../../src/store/accept-store.ts';
import { openLevel } from '../../src/store/open-level.ts';
import { aCredential, anAccess, aUser } from '../admin/records.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import {
  contents,
  copyOf,
  damage,
  databaseFile,
  filledState,
  guarded,
  inLog,
  inTables,
  keys,
  opened,
} from './damaged-state.ts';

let whole: string;
let stateDir: string;
beforeAll(async () => {
  whole = await filledState();
}, 60_000);
afterAll(() => rm(whole, { recursive: true }));
beforeEach(async () => {
  stateDir = await copyOf(whole);
});
afterEach(() => rm(stateDir, { recursive: true }));

const accept = (holders: readonly SlotHolder[] = []): Promise<StorageDamage> =>
  acceptStore({
    stateDir,
    headKey: keys.head,
    clock: virtualClock(),
    newId: () => 'the-next-database',
    knownAtDoors: () => Promise.resolve([]),
    holders,
    told: ({ faults }) => [
      {
        id: 'told',
        type: 'storage.accepted',
        time: '2026-03-02T09:00:00.000Z',
        resource: 'system/s',
        revision: null,
        data: { faults },
      },
    ],
  });

test('goes on with what is left, under another name and with another epoch of the feed, and keeps what was found', async () => {
  await damage(await databaseFile(stateDir, /\.log$/), 'emptied');
  const before = await contents(join(stateDir, 'database'));
  expect(await accept()).toMatchObject({ commits: { should: inTables + inLog, found: inTables } });
  const found = await guarded(stateDir);
  expect(found).toMatchObject({ kind: 'open', found: { what: 'intact' } });
  if (found.kind !== 'open') return;
  const { store } = found;
  let users = 0;
  await store.load(() => {
    users += 1;
  });
  expect([store.id, users]).toEqual(['the-next-database', inTables]);
  expect(await store.feed(inTables, 10)).toMatchObject([{ type: 'storage.accepted' }]);
  await store.close();
  const [kept = ''] = (await readdir(stateDir)).filter((name) => name.startsWith('database.damaged-'));
  expect(await contents(join(stateDir, kept))).toEqual(before);
});

const lock: SlotHolder = {
  id: 'lock',
  name: 'store',
  kind: 'code_lock',
  model: 'a lock',
  traits: {
    capacity: 10,
    first_slot: 1,
    reserved_slots: [],
    code_lengths: [4],
    confirm_at: 'read_back',
    removal_proof: 'read_back',
    reads: 'digits',
    sleeps: false,
  },
  rules: { armed_changes: 'keep', changed_on_device: 'leave', quarantine_ms: 0 },
  partitions: [],
  programs_while_armed_from: null,
};
/** One with a code that is proved to be in slot `n` of the lock, and access to a door. */
function person(n: number): Change[] {
  const key = `key-${n}`;
  const credential = { ...aCredential(`credential-${n}`, `user-${n}`), key };
  const code = { key, sealed: 'sealed', revision: 1, partitions: [] };
  const slot: Slot = {
    ...unknownSlot('lock', n),
    credential_id: credential.id,
    proven: 'known',
    proven_key: key,
    proven_at: 1,
    holds: [code],
  };
  const row: Confirmation = {
    id: `row-${n}`,
    credential_id: credential.id,
    user_id: `user-${n}`,
    holder_id: 'lock',
    slot: n,
    revision: 1,
    confirmed_revision: 1,
    state: 'confirmed',
    reason: null,
    evidence: { read_back: 1 },
    key,
    partitions: [],
    attempt: 0,
    overdue: false,
    next_attempt_at: null,
    tried_at: 1,
    last_error: null,
    raw_answer: null,
    confirmed_at: 1,
    queued_at: 1,
    late: false,
    seq: 1,
  };
  const made = <K extends RecordKind>(kind: K, after: Records[K]) => ({
    kind,
    id: after.id,
    before: null,
    after,
  });
  return [
    made('user', aUser(`user-${n}`)),
    made('credential', credential),
    made('access', anAccess(`access-${n}`, `user-${n}`, { door_id: 'front' })),
    made('slot', slot),
    made('confirmation', row),
  ] as Change[];
}

test('codes and access of somebody who is missing go too, out of the devices as well; those of others are looked at', async () => {
  const store = await opened(stateDir);
  await store.commit({ changes: [...person(1), ...person(2)], feed: [] });
  await store.close();
  const database = await openLevel(join(stateDir, 'database'), virtualClock());
  await database.batch([{ type: 'del', key: 'record/user/user-1' }], { sync: true });
  await database.close();
  await accept([lock]);

  const again = await opened(stateDir);
  const found: Change[] = [];
  await again.load((change) => found.push(change));
  await again.close();
  const of = <K extends RecordKind>(wanted: K) =>
    found.flatMap(({ kind, after }) => (kind === wanted && after !== null ? [after as Records[K]] : []));
  expect(of('credential').map(({ id }) => id)).toEqual(['credential-2']);
  expect(of('access').map(({ id }) => id)).toEqual(['access-2']);
  const rows = new Map(of('confirmation').map((row) => [row.slot, row]));
  expect(rows.get(1)).toMatchObject({ state: 'removing', key: 'key-1' });
  expect(rows.get(2)).toMatchObject({ state: 'pending', credential_id: 'credential-2' });
  for (const slot of of('slot')) expect(slot).toMatchObject({ doubt: true, order: null });
});

test('a whole database is not given up', async () => {
  await expect(accept()).rejects.toMatchObject({ code: 'invalid_input' });
  await (await opened(stateDir)).close();
});

test('where nothing can be read there is nothing to go on with', async () => {
  await rm(join(stateDir, 'database'), { recursive: true });
  await expect(accept()).rejects.toMatchObject({ code: 'storage_damaged' });
});
