import type { Confirmation } from '../core/confirmation.ts';
import type { DeviceRecords } from '../core/restored-devices.ts';
import { type Slot, slotId } from '../core/slot.ts';
import type { Change } from '../schema/storage.ts';
import type { BackupPart, Entry } from './backup/content.ts';
import { type Database, entries } from './database.ts';
import { decodeRecord } from './record-codec.ts';
import { isRecordKey, recordRange, wholeRange } from './store-key.ts';

/** Who is still there, by id. */
export interface Owners {
  users: ReadonlySet<string>;
  credentials: ReadonlySet<string>;
}

/** Users that can be read, and the credentials of theirs. */
export async function ownersIn(database: Database): Promise<Owners> {
  const users = new Set<string>();
  const owned: [credential: string, user: string][] = [];
  for await (const { kind, id, after } of recordsIn(database)) {
    if (kind === 'user') users.add(id);
    if (kind === 'credential' && after !== null) owned.push([id, after.user_id]);
  }
  const credentials = new Set(owned.flatMap(([id, user]) => (users.has(user) ? [id] : [])));
  return { users, credentials };
}

/** What it knows of the devices, and as much of that as is somebody's or nobody's. */
export async function devicesIn(
  database: Database,
  { credentials }: Owners,
): Promise<{ known: DeviceRecords; owned: DeviceRecords }> {
  const known = { slots: new Map<string, Slot>(), confirmations: new Map<string, Confirmation>() };
  for await (const { kind, id, after } of recordsIn(database)) {
    // It may be older than what the device has by now.
    if (kind === 'slot' && after !== null) known.slots.set(id, { ...after, doubt: true });
    if (kind === 'confirmation' && after !== null) known.confirmations.set(id, after);
  }
  const confirmations = new Map(
    [...known.confirmations].filter(
      ([, row]) => row.state === 'removing' || credentials.has(row.credential_id),
    ),
  );
  const rows = new Set(
    [...confirmations.values()].map(({ holder_id, slot }) => (slot === null ? '' : slotId(holder_id, slot))),
  );
  const slots = new Map(
    [...known.slots].filter(([id, { credential_id }]) => credential_id === null || rows.has(id)),
  );
  return { known, owned: { slots, confirmations } };
}

const perPart = 250;

/** What can be read of it and has an owner, as the entries of a backup. */
export async function* contentOf(database: Database, { users }: Owners): AsyncGenerator<BackupPart> {
  let part: Entry[] = [];
  for await (const [key, value] of entries(database, wholeRange)) {
    if (isRecordKey(key)) {
      const record = readable(key, value);
      if (record === null) continue;
      const { kind, after } = record;
      if ((kind === 'credential' || kind === 'access') && !users.has(after?.user_id ?? '')) continue;
    } else if (!key.startsWith('link/') && !isJson(value)) continue;
    if (part.push([key, value]) < perPart) continue;
    yield { is: 'entries', entries: part };
    part = [];
  }
  yield { is: 'entries', entries: part };
}

async function* recordsIn(database: Database): AsyncGenerator<Change> {
  for await (const [key, value] of entries(database, recordRange)) {
    const record = readable(key, value);
    if (record !== null) yield record;
  }
}

function readable(key: string, value: string): Change | null {
  try {
    return decodeRecord(key, value);
  } catch {
    return null;
  }
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
