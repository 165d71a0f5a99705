import { z } from 'zod';
import type { DoorEvent } from '../../core/event.ts';
import { doorModes } from '../../core/timetable.ts';
import { confirmation, lateness } from '../confirmation.ts';
import { access, apiKey, credential, doorGroup, instant, user } from '../record.ts';
import { storedHoliday, storedSchedule } from '../schedule.ts';
import { storedTimetable } from '../timetable.ts';
import { webhook } from '../webhook.ts';
import { clockDoubt } from './clock.ts';
import { reason } from './decision.ts';
import { holderEventData } from './holder-event.ts';
import { readerEventData } from './reader-event.ts';
import { tableFound } from './standing.ts';

const nothing = z.object({});
const use = z.object({ generation: z.int(), used: z.int() });
const accessData = z.object({
  reader_id: z.string(),
  reason,
  user_id: z.string().nullable(),
  credential_id: z.string().nullable(),
  use: use.optional(),
  card: z
    .object({ credential_id: z.string().nullable(), use: use.optional() })
    .optional()
    .describe('where both are needed: the card that came before this PIN'),
});
const by = z.enum(['credential', 'exit_button', 'operator', 'mode', 'shutdown']);
const why = z.object({ reason: z.string() });
const active = z.object({ active: z.boolean() });

const adminEnded = z.object({
  why: z.string(),
  restarts: z.int().describe('since the start of the door process'),
  last_words: z.array(z.string()).describe('what it wrote to standard error at last'),
});

const whose = {
  user_id: z.string().nullable().describe('whose code is in the slot'),
  credential_id: z.string().nullable(),
};
const panelEvent = z.object({
  partition_id: z.string().nullable(),
  slot: z.int().nullable(),
  ...whose,
  zone: z.int().nullable(),
  code: z.string().describe("in the panel's own notation"),
  recovered: z.boolean().describe("true: read from the panel's log after an outage"),
});

/** `data` of every event that happens at the doors, by type; results of orders at devices are told as confirmations. */
export const doorEventData = {
  'access.granted': accessData,
  'access.refused': accessData,
  'door.unlocked': z.object({ by, operator: z.string().optional() }),
  'door.secured': nothing,
  'door.opened': nothing,
  'door.closed': nothing,
  'door.forced_open': nothing,
  'door.held_open': z.object({ held_ms: z.number() }),
  'door.unlock_failed': z.object({ by, code: z.string(), detail: z.string() }),
  'door.exit_requested': nothing,
  'door.mode_changed': z.object({
    mode: z.enum(doorModes),
    by: z
      .enum(['timetable', 'operator', 'first_person', 'clock', 'partition'])
      .describe(
        'clock: the wall clock has stepped, or is trusted again; partition: the one that restricts it was armed or disarmed',
      ),
    operator: z.string().optional(),
    until: z.number().nullable().describe('when it ends, as far as that is known'),
  }),
  'duress.alarm': z.object({ reader_id: z.string(), user_id: z.string(), credential_id: z.string() }),
  'keypad.locked_out': z.object({ until: z.number(), wrong_tries: z.int() }),
  'card.unreadable': z.object({ bit_count: z.int(), why: z.string() }),
  ...readerEventData,
  'lock.offline': why,
  'lock.online': nothing,
  'lock.mismatch': z.object({ wanted: z.string(), found: z.string() }),
  'lock.unexpected': z.object({ detail: z.string(), raw: z.string() }),
  'lock.tamper': active,
  'partition.changed': z.object({ state: z.enum(['disarmed', 'arming', 'armed', 'unknown']) }),
  'partition.commanded': z.object({
    how: z.enum(['away', 'stay', 'disarm']),
    operator: z.string(),
    code: z.string().nullable().describe('null: the state was seen to follow'),
  }),
  'panel.trouble': z.object({ what: z.string(), active: z.boolean(), detail: z.string() }),
  'holder.online': z.object({ firmware: z.string().nullable() }),
  'holder.offline': why,
  'holder.asleep': why,
  'holder.misconfigured': z.object({ detail: z.string() }),
  'holder.configured': nothing,
  'holder.changed_by_hand': z.object({ slot: z.int().nullable() }),
  'holder.used': z.object({ slot: z.int(), ...whose }),
  'panel.opened': panelEvent,
  'panel.closed': panelEvent,
  'panel.alarm': panelEvent,
  'panel.alarm_restored': panelEvent,
  'panel.trouble_began': panelEvent,
  'panel.trouble_restored': panelEvent,
  'panel.tamper': panelEvent,
  'panel.tamper_restored': panelEvent,
  'panel.duress': panelEvent,
  'panel.access': panelEvent,
  'panel.code_lockout': panelEvent,
  'panel.programming': panelEvent,
  'panel.other': panelEvent,
  'system.started': z.object({
    version: z.string(),
    table: z.enum(['snapshot', 'none']).describe('what the doors go by; none: they refuse everyone'),
    sealed: tableFound,
    written_at: instant.nullable().describe('when the sealed table was known to be the newest'),
    why: z.string().nullable().describe('why it cannot be used'),
  }),
  'system.stopped': why,
  'admin.restarted': adminEnded,
  'admin.failing': adminEnded.describe(
    'it ends again and again, and is tried at longer and longer intervals',
  ),
  'admin.recovered': z.object({ failing_ms: z.int(), restarts: z.int() }),
  'clock.stepped': z.object({ from: instant, to: instant, by_ms: z.int() }),
  'clock.trusted': nothing,
  'clock.untrusted': z.object({ reason: clockDoubt }),
  'clock.reset': z.object({ operator: z.string(), high_water: instant.nullable().describe('forgotten') }),
  'storage.damaged': z.object({ faults: z.array(z.string()) }),
  'journal.damaged': z.object({ kept: z.int(), cut_bytes: z.int() }),
  'journal.overflowed': z.object({ dropped: z.int() }),
} as const satisfies Record<Exclude<DoorEvent['type'], 'slot.result'>, z.ZodType>;

/** What people manage, by the word in the event's type: `user.created`, `user.updated`, `user.deleted`. */
export const managed = {
  user,
  credential,
  access,
  door_group: doorGroup,
  schedule: storedSchedule,
  holiday: storedHoliday,
  timetable: storedTimetable,
  api_key: apiKey,
  webhook,
} as const;

const entry = {
  seq: z.int().describe('counts in its epoch without a gap'),
  id: z.string(),
  time: z.string(),
  resource: z.string().describe('kind/id of what it is about'),
  revision: z.int().nullable(),
};

/** An entry of the feed; `data` depends on `type`, as in `Event`. */
export const feedEntry = z.object({
  ...entry,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
});

export const feedPage = z.object({
  items: z.array(feedEntry),
  cursor: z.string().describe('`after` of the next call'),
  more: z.boolean().describe('true: more is there already, do not wait'),
});

/** All entries the feed can hold, for those who generate code from the OpenAPI document. */
export const event = z
  .union([
    ...Object.entries(doorEventData).map(([type, data]) =>
      z.object({ ...entry, type: z.literal(type), data }),
    ),
    z.object({
      ...entry,
      type: z.enum(
        ['pending', 'confirmed', 'failed', 'removing', 'removed'].map((what) => `confirmation.${what}`),
      ),
      data: confirmation,
    }),
    z.object({
      ...entry,
      type: z.literal('confirmation.late'),
      data: confirmation.extend(lateness.shape),
    }),
    ...Object.entries(holderEventData).map(([type, data]) =>
      z.object({ ...entry, type: z.literal(type), data }),
    ),
    z.object({
      ...entry,
      type: z.literal('storage.repaired'),
      data: z.object({
        faults: z.array(z.string()),
        kept: z.string().describe('the directory that holds it as it was found'),
      }),
    }),
    z.object({ ...entry, type: z.literal('storage.unproved'), data: why }),
    z.object({
      ...entry,
      type: z.literal('storage.accepted'),
      data: z.object({
        faults: z.array(z.string()),
        commits_lost: z.int().describe('as far as is known'),
        records_missing: z.int().describe('as far as is known'),
      }),
    }),
    z.object({
      ...entry,
      type: z.literal('backup.made'),
      data: z.object({ file: z.string(), bytes: z.int(), sha256: z.string() }),
    }),
    z.object({
      ...entry,
      type: z.literal('backup.drill_passed'),
      data: z.object({ file: z.string(), entries: z.int() }),
    }),
    z.object({
      ...entry,
      type: z.enum(['backup.failed', 'backup.drill_failed']),
      data: z.object({ detail: z.string() }),
    }),
    z.object({
      ...entry,
      type: z.literal('system.restored'),
      data: z.object({
        made_at: instant.describe('when the backup was made'),
        from: z.string().describe('the database it was made of'),
        replaced: z.string().nullable().describe('the database it took the place of'),
      }),
    }),
    z.object({ ...entry, type: z.literal('credential.revealed'), data: z.object({ by: z.string() }) }),
    z.object({
      ...entry,
      type: z.literal('storage.low'),
      data: z.object({
        active: z.boolean().describe('false: there is room again'),
        free_bytes: z.int(),
        warn_below_bytes: z.int(),
      }),
    }),
    z.object({
      ...entry,
      type: z.literal('feed.truncated'),
      data: z.object({ from_seq: z.int(), to_seq: z.int(), behind: z.array(z.string()) }),
    }),
    z.object({
      ...entry,
      type: z.literal('webhook.switched_off'),
      data: z.object({ reason: z.enum(['gone', 'failing']) }),
    }),
    z.object({
      ...entry,
      type: z.literal('webhook.gave_up'),
      data: z.object({ event_id: z.string(), seq: z.int(), attempts: z.int() }),
    }),
    ...Object.entries(managed).map(([kind, object]) =>
      z.object({
        ...entry,
        type: z.enum([`${kind}.created`, `${kind}.updated`, `${kind}.deleted`]),
        data: object,
      }),
    ),
  ])
  .describe('What the items of the feed are, by `type`. Ignore types you do not know.');

/** The types there are. */
export const eventTypes: readonly string[] = event.options.flatMap(({ shape: { type } }) =>
  type instanceof z.ZodLiteral ? [...type.values] : type.options,
);
