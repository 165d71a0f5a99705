import { z } from 'zod';
import { instant, uuid } from '../record.ts';
import { doorModeState } from '../timetable.ts';
import { clock } from './clock.ts';
import { doorCapabilities } from './effective-access.ts';
import { adminStanding, tableStart } from './standing.ts';

const armState = z.enum(['disarmed', 'arming', 'armed', 'unknown']);
const contact = z.enum(['open', 'closed', 'unknown']);
const lockState = z.enum(['secured', 'released', 'unknown']);
/** Exchanges on the wire since the start. */
const exchanges = { exchanges: z.int(), timeouts: z.int(), damaged: z.int() };
/** What went over the wire of a reader in the last minutes. */
const recent = z
  .object({
    span_ms: z.int().describe('how long: five minutes, or less after a start'),
    exchanges: z.int(),
    resends: z.int().describe('commands told again'),
    timeouts: z.int(),
    damaged: z.int(),
    refusals: z.int().describe('NAK'),
    busy: z.int(),
  })
  .nullable()
  .describe('null: not known, or a reader that is never asked anything');

const readerSecurity = z
  .enum(['insecure', 'not_paired', 'pairing', 'paired', 'identity_changed'])
  .describe(
    'insecure: in plain, whoever reaches its wire can forge cards; not_paired: it has no key yet and is out; pairing: it may be given one; identity_changed: another device is in its place, out until it is accepted',
  );

const outputs = z.array(
  z.object({
    name: z.string(),
    state: z.enum(['on', 'off', 'unknown']).describe('as the reader has shown it'),
    fault: z
      .string()
      .nullable()
      .describe('why it does not do what it is told; null: it does, or was told nothing'),
  }),
);

export const health = z.object({ status: z.enum(['ok', 'storage_damaged']), doors_in_sync: z.boolean() });

const doorState = {
  lock: lockState,
  contact,
  locked_out_until: instant.nullable().describe("the keypad's lock-out ends then"),
  held_open: z.boolean(),
  forced_open: z.boolean(),
  mode: doorModeState.nullable().describe('how it stands, and why; null: not known'),
};

/** The door process's picture of itself; instants instead of milliseconds. */
export const doorsStatus = z.object({
  doors: z.array(z.object({ id: uuid, ...doorState })),
  readers: z.array(
    z.object({
      id: uuid,
      online: z.boolean(),
      secure: z.boolean().describe('whether a secure session stands now'),
      security: readerSecurity,
      pairing_until: instant.nullable(),
      identity: z.string().nullable(),
      ...exchanges,
      recent,
      outputs,
    }),
  ),
  locks: z.array(
    z.object({
      id: uuid,
      online: z.boolean(),
      output: z.enum(['secured', 'released']).nullable(),
      ...exchanges,
    }),
  ),
  partitions: z.array(z.object({ id: uuid, name: z.string(), state: armState, since: instant })),
  holders: z.array(
    z.object({
      id: uuid,
      state: z.enum(['online', 'offline', 'asleep', 'unknown']),
      since: instant,
      detail: z.string().nullable(),
      firmware: z.string().nullable(),
      misconfigured: z.string().nullable(),
      programs_while_armed: z.boolean(),
    }),
  ),
  table: z.object({
    revision: z.int().nullable(),
    source: z.enum(['none', 'snapshot', 'admin']),
    users: z.int(),
    credentials: z.int(),
    start: tableStart,
  }),
  admin: adminStanding,
  journal: z.object({ pending: z.int(), bytes: z.int(), dropped: z.int() }),
  started_at: instant,
  pid: z.int(),
});

/** What is wrong with a database that could not be repaired, and what going on with it would lose. */
const storageDamage = z.object({
  found_at: instant,
  faults: z.array(z.string()),
  kinds: z.array(z.object({ kind: z.string(), should: z.int(), found: z.int() })),
  commits: z.object({ should: z.int(), found: z.int() }),
  missing: z
    .array(z.object({ kind: z.string(), id: z.string() }))
    .describe('as far as feed and doors still tell; at most a thousand'),
  missing_in_all: z.int(),
});

export const system = z.object({
  id: uuid,
  name: z.string(),
  version: z.string(),
  time: instant,
  time_zone: z.string(),
  clock_synced: z.boolean().nullable().describe('as in `clock`; null: not known'),
  clock: clock.nullable().describe('null: the door process has been silent for 5 s'),
  users: z.int(),
  credentials: z.int(),
  revision: z.int(),
  feed_cursor: z.string(),
  feed: z.object({
    entries: z.int().describe('kept'),
    consumers: z.array(z.object({ name: z.string(), lag: z.int() })),
    webhooks: z.array(
      z.object({ id: uuid, enabled: z.boolean(), lag: z.int(), failing_since: instant.nullable() }),
    ),
  }),
  storage: z.object({
    state: z.enum(['sound', 'damaged']),
    damage: storageDamage.nullable().describe('null: nothing is missing'),
  }),
  disk: z
    .object({
      takes_writes: z.boolean().describe('false: writes are refused until the disk takes them again'),
      free_bytes: z.int().nullable(),
      low: z.boolean(),
    })
    .nullable()
    .describe('of the state directory; null: the database is not open'),
  backup: z
    .object({
      made: z.object({ at: instant, file: z.string(), bytes: z.int() }).nullable(),
      drilled: z
        .object({ at: instant, file: z.string() })
        .nullable()
        .describe('the last one that was restored in a drill'),
      failure: z
        .object({ at: instant, what: z.enum(['backup', 'drill']), detail: z.string() })
        .nullable()
        .describe('null: the last attempt went well'),
    })
    .nullable()
    .describe('null: the site file asks for none'),
  doors_in_sync: z.boolean().describe('whether the doors go by the newest change'),
  doors: doorsStatus.nullable().describe('null: the door process has been silent for 5 s'),
});

export const door = z.object({
  id: uuid,
  name: z.string(),
  title: z.string(),
  lock_id: uuid.nullable(),
  holder_id: uuid
    .nullable()
    .describe('the lock that decides by itself, by the codes in it; null: Postern decides'),
  reader_ids: z.array(uuid),
  strike_ms: z.int(),
  restricted_by: z.string().nullable().describe('partition whose arming restricts this door'),
  insecure: z.boolean().describe('whether a reader of this door runs in plain'),
  ...doorState,
  lock_online: z.boolean().nullable().describe('null: not known'),
  capabilities: doorCapabilities.nullable().describe('null: the database is not open'),
});

export const reader = z.object({
  id: uuid,
  name: z.string(),
  door_id: uuid.nullable(),
  protocol: z.string(),
  port: z.string(),
  address: z.int(),
  online: z.boolean().nullable().describe('null: not known'),
  secure: z
    .boolean()
    .describe('false: in plain, as the site file says; whoever reaches its wire can forge cards'),
  security: readerSecurity.nullable().describe('null: not known'),
  pairing_until: instant.nullable().describe('it may be given a new key until then'),
  identity: z.string().nullable(),
  ...exchanges,
  recent,
  outputs: outputs.describe('sounders and lamps that the site file names'),
});

export const pairBody = z.strictObject({
  minutes: z.int().min(1).max(60).default(5).describe('how long the window is open at most'),
});

export const pairingWindow = z.object({ reader_id: uuid, until: instant });
