import { z } from 'zod';
import { instant, uuid } from '../record.ts';

const armState = z.enum(['disarmed', 'arming', 'armed', 'unknown']);
const contact = z.enum(['open', 'closed', 'unknown']);
const lockState = z.enum(['secured', 'released', 'unknown']);
/** Exchanges on the wire since the start. */
const exchanges = { exchanges: z.int(), timeouts: z.int(), damaged: z.int() };

export const health = z.object({ status: z.literal('ok'), doors_in_sync: z.boolean() });

const doorState = {
  lock: lockState,
  contact,
  locked_out_until: instant.nullable().describe("the keypad's lock-out ends then"),
  held_open: z.boolean(),
  forced_open: z.boolean(),
};

/** The door process's picture of itself; instants instead of milliseconds. */
export const doorsStatus = z.object({
  doors: z.array(z.object({ id: uuid, ...doorState })),
  readers: z.array(
    z.object({
      id: uuid,
      online: z.boolean(),
      secure: z.boolean(),
      identity: z.string().nullable(),
      ...exchanges,
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
  }),
  journal: z.object({ pending: z.int(), bytes: z.int(), dropped: z.int() }),
  started_at: instant,
  pid: z.int(),
});

export const system = z.object({
  id: uuid,
  name: z.string(),
  version: z.string(),
  time: instant,
  time_zone: z.string(),
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
  doors_in_sync: z.boolean().describe('whether the doors go by the newest change'),
  doors: doorsStatus.nullable().describe('null: the door process has been silent for 5 s'),
});

export const door = z.object({
  id: uuid,
  name: z.string(),
  title: z.string(),
  lock_id: uuid.nullable(),
  reader_ids: z.array(uuid),
  strike_ms: z.int(),
  restricted_by: z.string().nullable().describe('partition whose arming restricts this door'),
  ...doorState,
  lock_online: z.boolean().nullable().describe('null: not known'),
});

export const reader = z.object({
  id: uuid,
  name: z.string(),
  door_id: uuid.nullable(),
  protocol: z.string(),
  port: z.string(),
  address: z.int(),
  online: z.boolean().nullable().describe('null: not known'),
  secure: z.boolean(),
  identity: z.string().nullable(),
  ...exchanges,
});
