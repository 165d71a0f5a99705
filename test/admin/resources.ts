import { createHmac, createSecretKey } from 'node:crypto';
import { MemoryLevel } from 'memory-level';
import { accessService } from '../../src/admin/accesses.ts';
import { credentialsService } from '../../src/admin/credentials.ts';
import { openDirectory } from '../../src/admin/directory.ts';
import { doorGroupsService } from '../../src/admin/door-groups.ts';
import { holidaysService } from '../../src/admin/holidays.ts';
import { importsService } from '../../src/admin/import.ts';
import { keysService } from '../../src/admin/keys.ts';
import type { WriteOptions } from '../../src/admin/ports.ts';
import { recordWriter } from '../../src/admin/record-writer.ts';
import { schedulesService } from '../../src/admin/schedules.ts';
import { timetablesService } from '../../src/admin/timetables.ts';
import { usersService } from '../../src/admin/users.ts';
import { openVault } from '../../src/admin/vault.ts';
import { standardFormats } from '../../src/core/card-format.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Site } from '../../src/core/site.ts';
import {
  type AccessFields,
  type CredentialFields,
  type Scope,
  scopes,
  type UserFields,
} from '../../src/schema/record.ts';
import type { Database } from '../../src/store/database.ts';
import { openStore } from '../support/open-store.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Reproducible bytes: no two calls give the same. */
export function countedRandom(): (bytes: number) => Uint8Array {
  let calls = 0;
  return (bytes) => {
    calls += 1;
    const out = createHmac('sha512', 'random').update(`${calls}`).digest();
    return out.subarray(0, bytes);
  };
}

export const doors = {
  front: '00000000-0000-5000-8000-0000000000d1',
  back: '00000000-0000-5000-8000-0000000000d2',
};

const door = (id: string, name: string): Site['doors'][number] => ({
  id,
  name,
  title: name,
  lock: 'lock',
  readers: [],
  strike_ms: 5000,
  held_open_ms: 30_000,
  relock_on_open: false,
  on_shutdown: 'locked',
  restricted_by: null,
  arm_state_grace_ms: 0,
  needs_trusted_clock: false,
  pin_within_ms: 10_000,
});

export const aSite: Site = {
  id: '00000000-0000-5000-8000-000000000001',
  name: 'Test',
  time_zone: 'UTC',
  state_dir: '/nowhere',
  key_file: '/nowhere/key',
  pin: { min_length: 4, max_length: 10 },
  lock_out: { tries: 5, durations_ms: [90_000] },
  api: { host: '127.0.0.1', port: 0, socket: '' },
  log: { level: 'error', file: null },
  feed: { keep_ms: 90 * 86_400_000, max_entries: 200_000 },
  storage: { warn_below_bytes: 512 * 1024 * 1024 },
  webhooks: { allow: [] },
  clock: { trust: 'auto', ntp_file: '/run/synchronized' },
  formats: Object.values(standardFormats),
  ports: [],
  readers: [],
  code_locks: [],
  schedules: [],
  holidays: [],
  timetables: [],
  locks: [],
  doors: [door(doors.front, 'front'), door(doors.back, 'back')],
  panel: null,
};

export const write = (...only: Scope[]): WriteOptions => ({
  caller: { id: 'key-1', name: 'portal', scopes: new Set(only.length === 0 ? scopes : only) },
  dry_run: false,
  if_match: null,
});

export const person = (more: Partial<UserFields> = {}): UserFields => ({
  external_id: null,
  kind: 'member',
  first_name: 'Ada',
  last_name: 'Lovelace',
  email: null,
  mobile: null,
  department: null,
  language: null,
  valid_from: null,
  valid_until: null,
  ...more,
});

type CredentialInput = CredentialFields & { value: Secret };
export const pin = (
  user_id: string,
  digits: string,
  more: Partial<CredentialInput> = {},
): CredentialInput => ({
  user_id,
  external_id: null,
  kind: 'pin',
  state: 'programmed',
  valid_from: null,
  valid_until: null,
  uses_left: null,
  duress: false,
  value: new Secret(digits),
  ...more,
});
export const card = (user_id: string, text: string, more: Partial<CredentialInput> = {}): CredentialInput =>
  pin(user_id, text, { kind: 'card', ...more });

export const way = (
  user_id: string,
  target: AccessFields['target'],
  more: Partial<AccessFields> = {},
): AccessFields => ({
  user_id,
  external_id: null,
  target,
  schedule_id: null,
  valid_from: null,
  valid_until: null,
  ...more,
});

/** A code that the panel has of its own. */
export const panelCode = '314159';

/** All resource services over a store in memory. `wrap` may break the database; `doorsApply` is what the doors answer. */
export async function resources(
  wrap: (database: Database) => Database = (d) => d,
  site: () => Site = () => aSite,
) {
  const clock = virtualClock();
  const random = countedRandom();
  const database = new MemoryLevel<string, string>();
  const store = await openStore(wrap(database), () => 'store-1');
  const directory = await openDirectory(store);
  const waits: { revision: number; ms: number }[] = [];
  const inForce = {
    answer: true,
    waitFor(revision: number, ms: number) {
      waits.push({ revision, ms });
      return Promise.resolve(inForce.answer);
    },
  };
  const secretKey = (name: string) => createSecretKey(createHmac('sha256', 'test').update(name).digest());
  const lookupKey = (kind: string, value: string) =>
    createHmac('sha256', secretKey('lookup'))
      .update(`${kind}:${value}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
  const vault = openVault({ lookupKey, storage: secretKey('storage'), token: secretKey('token') }, random);
  const writer = recordWriter({ directory, inForce, clock, random });
  const parts = {
    directory,
    vault,
    writer,
    clock,
    random,
    site,
    reservedPins: new Set([lookupKey('pin', panelCode)]),
    feedCursor: () => `cursor ${store.feedSeq()}`,
  };
  return {
    clock,
    database,
    store,
    directory,
    inForce,
    waits,
    users: usersService(parts),
    credentials: credentialsService(parts),
    access: accessService(parts),
    groups: doorGroupsService(parts),
    schedules: schedulesService(parts),
    holidays: holidaysService(parts),
    timetables: timetablesService(parts),
    keys: keysService(parts),
    imports: importsService(parts),
    feedTypes: async () => (await store.feed(0, 1000)).map(({ type }) => type),
  };
}
