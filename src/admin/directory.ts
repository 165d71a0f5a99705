import type { Confirmation } from '../core/confirmation.ts';
import { AppError } from '../core/error.ts';
import type { Slot } from '../core/slot.ts';
import type { Access, StoredCredential } from '../schema/record.ts';
import type { Change, Commit, Committed, RecordKind, Records, Store } from '../schema/storage.ts';
import {
  indexByGroup,
  indexByOwner,
  indexByValue,
  indexByValues,
  insertId,
  removeId,
} from './record-index.ts';
import { sharedTexts } from './shared-texts.ts';
import type { Consequences, Directory } from './storage.ts';

/** The directory over a store, with all its records. */
export async function openDirectory(store: Store): Promise<Directory> {
  const records = emptyRecords();
  const shared = sharedTexts();
  await store.load((change) => put(records, shared(change)));
  return directoryOf(records, store);
}

/** A copy whose changes stay in memory and go nowhere: to try out what the real one would do. */
export function scratchDirectory(directory: Directory): Directory {
  const records = emptyRecords();
  const copy = <K extends RecordKind>(kind: K, all: ReadonlyMap<string, Records[K]>): void => {
    // For each single K this is that member of the union; the compiler does not spread a type parameter over it.
    for (const [id, after] of all) put(records, { kind, id, before: null, after } as Change);
  };
  copy('user', directory.users);
  copy('credential', directory.credentials);
  copy('access', directory.access);
  copy('door_group', directory.door_groups);
  copy('schedule', directory.schedules);
  copy('holiday', directory.holidays);
  copy('timetable', directory.timetables);
  copy('slot', directory.slots);
  copy('confirmation', directory.confirmations);
  return directoryOf(records, {
    revision: () => 0,
    commit: () => Promise.resolve({ revision: 0, feed_seq: 0 }),
  });
}

/** Kinds that a portal names by keys of its own. */
type Named =
  | 'user'
  | 'credential'
  | 'access'
  | 'door_group'
  | 'schedule'
  | 'holiday'
  | 'timetable'
  | 'webhook';

const externalIds = () => indexByValue((record: Records[Named]) => record.external_id);

function emptyRecords() {
  const maps: { [K in RecordKind]: Map<string, Records[K]> } = {
    user: new Map(),
    credential: new Map(),
    access: new Map(),
    door_group: new Map(),
    schedule: new Map(),
    holiday: new Map(),
    timetable: new Map(),
    horizon: new Map(),
    api_key: new Map(),
    webhook: new Map(),
    holder: new Map(),
    slot: new Map(),
    confirmation: new Map(),
  };
  const kinds = Object.keys(maps) as RecordKind[];
  const ids = Object.fromEntries(kinds.map((kind) => [kind, [] as string[]])) as Record<RecordKind, string[]>;
  return {
    maps,
    ids,
    externalIds: {
      user: externalIds(),
      credential: externalIds(),
      access: externalIds(),
      door_group: externalIds(),
      schedule: externalIds(),
      holiday: externalIds(),
      timetable: externalIds(),
      webhook: externalIds(),
    },
    lookupKeys: indexByValue((credential: StoredCredential) => credential.key),
    credentialsByUser: indexByOwner((credential: StoredCredential) => credential.user_id),
    accessByUser: indexByOwner((access: Access) => access.user_id),
    slotsByHolder: indexByGroup(
      (slot: Slot) => slot.holder_id,
      (slot) => slot.slot,
    ),
    slotsByKey: indexByValues((slot: Slot) => slot.holds.map(({ key }) => key)),
    confirmationsByCredential: indexByOwner((row: Confirmation) => row.credential_id),
    confirmationsByHolder: indexByGroup(
      (row: Confirmation) => row.holder_id,
      (row) => row.id,
    ),
  };
}
type RecordsInMemory = ReturnType<typeof emptyRecords>;

/** Makes one change, indexes and all. What was there before is taken from the maps, so that indexes cannot drift. */
function put(records: RecordsInMemory, change: Change): void {
  const { maps, ids, externalIds } = records;
  const had = maps[change.kind].has(change.id);
  switch (change.kind) {
    case 'user':
      externalIds.user.replace(maps.user.get(change.id), change.after);
      set(maps.user, change.id, change.after);
      break;
    case 'credential': {
      const before = maps.credential.get(change.id);
      externalIds.credential.replace(before, change.after);
      records.lookupKeys.replace(before, change.after);
      records.credentialsByUser.replace(before, change.after);
      set(maps.credential, change.id, change.after);
      break;
    }
    case 'access': {
      const before = maps.access.get(change.id);
      externalIds.access.replace(before, change.after);
      records.accessByUser.replace(before, change.after);
      set(maps.access, change.id, change.after);
      break;
    }
    case 'door_group':
      externalIds.door_group.replace(maps.door_group.get(change.id), change.after);
      set(maps.door_group, change.id, change.after);
      break;
    case 'schedule':
      externalIds.schedule.replace(maps.schedule.get(change.id), change.after);
      set(maps.schedule, change.id, change.after);
      break;
    case 'holiday':
      externalIds.holiday.replace(maps.holiday.get(change.id), change.after);
      set(maps.holiday, change.id, change.after);
      break;
    case 'timetable':
      externalIds.timetable.replace(maps.timetable.get(change.id), change.after);
      set(maps.timetable, change.id, change.after);
      break;
    case 'horizon':
      set(maps.horizon, change.id, change.after);
      break;
    case 'api_key':
      set(maps.api_key, change.id, change.after);
      break;
    case 'webhook':
      externalIds.webhook.replace(maps.webhook.get(change.id), change.after);
      set(maps.webhook, change.id, change.after);
      break;
    case 'holder':
      set(maps.holder, change.id, change.after);
      break;
    case 'slot': {
      const before = maps.slot.get(change.id);
      records.slotsByHolder.replace(before, change.after);
      records.slotsByKey.replace(before, change.after);
      set(maps.slot, change.id, change.after);
      break;
    }
    case 'confirmation': {
      const before = maps.confirmation.get(change.id);
      records.confirmationsByCredential.replace(before, change.after);
      records.confirmationsByHolder.replace(before, change.after);
      set(maps.confirmation, change.id, change.after);
      break;
    }
  }
  if (!had && change.after !== null) insertId(ids[change.kind], change.id);
  if (had && change.after === null) removeId(ids[change.kind], change.id);
}

function set<T>(map: Map<string, T>, id: string, after: T | null): void {
  if (after === null) map.delete(id);
  else map.set(id, after);
}

const undoOf = (change: Change): Change =>
  ({ ...change, before: change.after, after: change.before }) as Change;

function directoryOf(records: RecordsInMemory, store: Pick<Store, 'commit' | 'revision'>): Directory {
  const { maps } = records;
  const listeners: ((commit: Commit, committed: Committed) => void)[] = [];
  /** Made in memory, not yet known to be durable; oldest first. */
  const pending: Commit[] = [];
  let newest: Promise<Committed> | null = null;

  const undo = (changes: readonly Change[]): void => {
    for (const change of changes.toReversed()) put(records, undoOf(change));
  };
  /** The store fails all later commits with the first, so all of them go, the newest first. */
  const undoFrom = (failed: Commit): void => {
    const at = pending.indexOf(failed);
    if (at >= 0) for (const commit of pending.splice(at).toReversed()) undo(commit.changes);
  };

  const make = (changes: readonly Change[]): void => {
    for (const [i, change] of changes.entries()) {
      if ((maps[change.kind].get(change.id) ?? null) !== change.before) {
        undo(changes.slice(0, i));
        throw new AppError('internal', `a change of ${change.kind} ${change.id} starts from another record`);
      }
      put(records, change);
    }
  };

  /** Makes a commit's changes and those that follow from them: all or none. */
  const makeWith = (commit: Commit, also: (() => Consequences) | undefined): Commit => {
    make(commit.changes);
    if (also === undefined) return commit;
    try {
      const { changes, feed } = also();
      make(changes);
      return { ...commit, changes: [...commit.changes, ...changes], feed: [...commit.feed, ...feed] };
    } catch (error) {
      undo(commit.changes);
      throw error;
    }
  };

  const follow = async (commit: Commit): Promise<Committed> => {
    let committed: Committed;
    try {
      committed = await store.commit(commit);
    } catch (error) {
      undoFrom(commit);
      throw error;
    }
    // Commits become durable in the order they were made.
    pending.shift();
    for (const listener of listeners) listener(commit, committed);
    return committed;
  };

  return {
    users: maps.user,
    credentials: maps.credential,
    access: maps.access,
    door_groups: maps.door_group,
    schedules: maps.schedule,
    holidays: maps.holiday,
    timetables: maps.timetable,
    horizon: maps.horizon,
    api_keys: maps.api_key,
    webhooks: maps.webhook,
    holders: maps.holder,
    slots: maps.slot,
    confirmations: maps.confirmation,
    ids: (kind) => records.ids[kind],
    credentialsOf: (userId) => records.credentialsByUser.of(userId),
    accessOf: (userId) => records.accessByUser.of(userId),
    holderOf: (key) => records.lookupKeys.get(key),
    slotsOf: (holderId) => records.slotsByHolder.of(holderId),
    slotsHolding: (key) => records.slotsByKey.of(key),
    confirmationsOf: (credentialId) => records.confirmationsByCredential.of(credentialId),
    confirmationsAt: (holderId) => records.confirmationsByHolder.of(holderId),
    byExternalId(kind, externalId) {
      const found = records.externalIds[kind].get(externalId);
      return found === undefined ? undefined : maps[kind].get(found.id);
    },
    commit(given, also, answer) {
      let commit: Commit;
      try {
        commit = makeWith(given, also);
        const idempotency = answer?.();
        if (idempotency !== undefined) commit = { ...commit, idempotency };
      } catch (error) {
        return Promise.reject(error);
      }
      pending.push(commit);
      const following = follow(commit);
      newest = following;
      return following;
    },
    rehearse(changes, also, look) {
      const made = makeWith({ changes, feed: [] }, also);
      try {
        look(made.changes);
      } finally {
        undo(made.changes);
      }
    },
    async settled() {
      if (pending.length > 0) await newest;
      return store.revision();
    },
    onCommitted(listener) {
      listeners.push(listener);
    },
  };
}
