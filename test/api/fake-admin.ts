import { randomUUID } from 'node:crypto';
import type { AdminService, Caller, Resource, WriteOptions, Written } from '../../src/admin/ports.ts';
import { standardFormats } from '../../src/core/card-format.ts';
import { AppError } from '../../src/core/error.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Site } from '../../src/core/site.ts';
import type { FeedReader } from '../../src/schema/api/consumer.ts';
import type { Operation } from '../../src/schema/api/operation.ts';
import type { ConfirmationView, HolderView, SlotView } from '../../src/schema/confirmation.ts';
import type { ApiKey, Credential, Scope } from '../../src/schema/record.ts';
import type { FeedEntry, IdempotentAnswer } from '../../src/schema/storage.ts';
import { atWork, noTable } from '../support/door-site.ts';

interface Stored {
  id: string;
  revision: number;
  created_at: string;
  updated_at: string;
  external_id: string | null;
}

const now = '2026-03-02T09:00:00.000Z';
export const doorId = '0f0e0d0c-0b0a-5908-8706-050403020100';
/** A device that has left the site file. */
export const goneId = '0f0e0d0c-0b0a-5908-8706-0504030201ee';
export const readerId = '0f0e0d0c-0b0a-5908-8706-050403020101';
/** What a webhook that is made is given to keep. */
export const webhookSecret = 'whsec_c2VjcmV0IG9mIHRoZSBmYWtlIHdlYmhvb2shIQ==';
const attempt = {
  event_id: 'e1',
  seq: 1,
  type: 'door.opened',
  resource: 'door/x',
  attempt: 1,
  time: now,
  duration_ms: 12,
  delivered: false,
  status: 500,
  error: null,
};
const siteId = '0f0e0d0c-0b0a-5908-8706-0504030201ff';

const found = <T>(thing: T, is: boolean): T => {
  if (!is) throw new AppError('not_found', 'there is no such thing');
  return thing;
};
const aPin = {
  external_id: null,
  kind: 'pin',
  state: 'programmed',
  valid_from: null,
  valid_until: null,
  uses_left: null,
  duress: false,
};
const holder: HolderView = {
  id: doorId,
  name: 'panel',
  kind: 'panel',
  model: 'nx-584',
  capacity: 99,
  reserved: 1,
  used: 1,
  reclaimable: 0,
  stored: 1,
  never_used: 1,
  online: true,
  state: 'online',
  since: now,
  detail: null,
  firmware: '1.0',
  misconfigured: null,
  partitions: [{ id: doorId, name: 'house', state: 'disarmed' }],
  programs_while_armed: false,
  confirm_at: 'read_back',
  pending: 0,
  failed: 0,
};
const confirmation: ConfirmationView = {
  id: doorId,
  credential_id: doorId,
  user_id: doorId,
  holder_id: doorId,
  slot: 3,
  revision: 1,
  confirmed_revision: 1,
  state: 'confirmed',
  evidence: 'read_back',
  evidence_at: { sent: now, read_back: now },
  reason: null,
  retriable: true,
  attempt: 0,
  max_attempts: 3,
  overdue: false,
  late: false,
  next_attempt_at: null,
  last_error: null,
  raw_answer: null,
  confirmed_at: now,
  seq: 3,
};
const slot: SlotView = {
  slot: 3,
  state: 'ours',
  credential_id: doorId,
  user_id: doorId,
  confirmation_id: doorId,
  proven: 'known',
  proven_at: now,
  changed_on_device: false,
  rests_until: null,
};

/** An admin service in memory: just enough of every rule for the API to have something to answer. */
export interface FakeAdmin extends AdminService {
  /** Makes an API key; its token. */
  key(name: string, ...scopes: Scope[]): string;
  /** Adds an entry to the feed and wakes who waits. */
  happen(type: string): void;
  /** How many wait at the feed. */
  waiting(): number;
  unlocked: string[];
  /** Modes that doors were put into. */
  modes: string[];
  /** Windows opened: reader, minutes, who. */
  pairings: string[];
  /** Orders to arm and disarm. */
  armed: string[];
  idempotent: Map<string, IdempotentAnswer>;
  /** Another process goes on: it knows what was stored, and of no operation. */
  restart(): void;
}

export function fakeAdmin(): FakeAdmin {
  const entries: FeedEntry[] = [];
  const wakes = new Set<() => void>();
  const tokens = new Map<string, { key: ApiKey; caller: Caller }>();
  const values = new Map<string, string>();
  const runs = new Map<string, Operation>();
  const idempotent = new Map<string, IdempotentAnswer>();
  const unlocked: string[] = [];
  const modes: string[] = [];
  const pairings: string[] = [];
  const armed: string[] = [];
  const cancelled = new Set<string>();

  const happen = (type: string, resource = 'door/x', revision: number | null = null): void => {
    entries.push({
      seq: entries.length + 1,
      id: randomUUID(),
      type,
      time: now,
      resource,
      revision,
      data: {},
    });
    for (const wake of [...wakes]) wake();
  };
  const cursor = (seq = entries.length): string => `c${seq}`;
  /** Until something happens, or who waits has gone. */
  const wait = (aborted: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        wakes.delete(done);
        resolve();
      };
      wakes.add(done);
      aborted.addEventListener('abort', done);
    });

  const resource = <T extends Stored, F extends object>(
    noun: string,
    made: (fields: F) => object,
    check: (fields: Partial<F>, id: string | null) => T | null = () => null,
    removed: (object: T) => void = () => {},
  ): Resource<T, F, object> & {
    put(id: string, change: object, options: WriteOptions): Promise<Written<T>>;
  } => {
    const all = new Map<string, T>();
    const get = (id: string): T => {
      const object = all.get(id);
      if (object === undefined) throw new AppError('not_found', `no such ${noun}`);
      return object;
    };
    const put = async (id: string, change: object, options: WriteOptions): Promise<Written<T>> => {
      const before = get(id);
      if (options.if_match !== null && options.if_match !== before.revision) {
        throw new AppError('revision_mismatch', 'changed since', { members: { revision: before.revision } });
      }
      const object = { ...before, ...change, revision: before.revision + 1 };
      if (!options.dry_run) {
        all.set(id, object);
        happen(`${noun}.updated`, `${noun}/${id}`, object.revision);
      }
      return { object, created: false, applied: true };
    };
    const create = async (fields: F, options: WriteOptions): Promise<Written<T>> => {
      const same = check(fields, null);
      if (same !== null) return { object: same, created: false, applied: null };
      const id = randomUUID();
      const object = { ...made(fields), id, revision: 1, created_at: now, updated_at: now } as unknown as T;
      if (!options.dry_run) {
        all.set(id, object);
        happen(`${noun}.created`, `${noun}/${id}`, 1);
      }
      return { object, created: true, applied: null };
    };
    return {
      list({ limit, after }) {
        const from = after === null ? 0 : Number(after);
        if (!Number.isInteger(from)) throw new AppError('invalid_cursor', 'not a cursor of this list');
        const items = [...all.values()].slice(from, from + limit);
        const end = from + items.length;
        return { items, next_cursor: end < all.size ? String(end) : null, feed_cursor: cursor() };
      },
      get,
      create,
      put,
      async update(id, fields, options) {
        get(id);
        check(fields, id);
        return put(id, fields, options);
      },
      async replace(key, given, options) {
        const { external_id } = given as { external_id?: string | null };
        if (external_id != null && external_id !== key) throw new AppError('invalid_input', 'another key');
        const fields = { ...given, external_id: key };
        const found = [...all.values()].find(({ external_id }) => external_id === key);
        if (found === undefined) return create(fields, options);
        check(fields, found.id);
        return put(found.id, made(fields), options);
      },
      async remove(id, options) {
        const object = get(id);
        if (options.dry_run) {
          const action = { holder_id: null, state: null, reason: null };
          const actions = [{ ...action, do: 'delete' as const, resource: `${noun}/${id}` }];
          return { applied: null, plan: { actions, total: 1 } };
        }
        all.delete(id);
        removed(object);
        happen(`${noun}.deleted`, `${noun}/${id}`);
        return { applied: true };
      },
    };
  };

  const consumers = new Map<string, FeedReader>();
  const webhooks = resource('webhook', (fields: object) => ({
    ...fields,
    switched_off: null,
    previous_secret_until: null,
  }));
  const users = resource('user', (fields: object) => ({ suspended: false, ...fields }));
  const first = (): Credential | null => credentials.list({ limit: 1, after: null }, {}).items[0] ?? null;
  const credentials: Resource<Credential, { value: Secret; user_id: string }, object> & {
    put(id: string, change: object, options: WriteOptions): Promise<Written<Credential>>;
  } = resource<Credential, { value: Secret; user_id: string }>(
    'credential',
    ({ value: _value, ...fields }) => ({ blocked: false, ...fields }),
    ({ value, user_id }, id) => {
      if (value === undefined) return null;
      const holder = values.get(value.reveal());
      if (holder === undefined) {
        values.set(value.reveal(), user_id ?? '');
        return null;
      }
      if (id === null && holder === user_id) return first();
      throw new AppError('pin_in_use', 'another person has this PIN', {
        members: { conflict: { user_id: holder } },
      });
    },
  );

  const fake = {
    system: () => ({
      id: siteId,
      name: 'Test site',
      version: '0',
      time: now,
      time_zone: 'Europe/Berlin',
      users: 0,
      credentials: 0,
      revision: 1,
      feed_cursor: cursor(),
      feed: { entries: entries.length, consumers: [], webhooks: [] },
      storage: { state: 'sound', damage: null },
      disk: { takes_writes: true, free_bytes: null, low: false },
      backup: null,
      doors_in_sync: true,
      doors: status,
    }),
    storage: () => ({ state: 'sound', damage: null }),
    database: {
      accept: () => Promise.reject(new AppError('invalid_input', 'nothing is missing')),
      dump: () => ({
        store_id: 'store-1',
        about: 2,
        entries: (async function* () {
          yield ['meta/identity', '{}'] as const;
          yield ['record/user/u', '{"id":"u"}'] as const;
        })(),
      }),
    },
    users: {
      ...users,
      setSuspended: (id: string, suspended: boolean, options: WriteOptions) =>
        users.put(id, { suspended }, options),
      effectiveAccess(id: string) {
        users.get(id);
        return [
          {
            user_id: id,
            door_id: doorId,
            suspended: false,
            sources: [
              {
                access_id: doorId,
                door_group_id: null,
                schedule_id: null,
                valid_from: null,
                valid_until: null,
              },
            ],
            credentials: [],
          },
        ];
      },
    },
    credentials: {
      ...credentials,
      setBlocked: (id: string, blocked: boolean, options: WriteOptions) =>
        credentials.put(id, { blocked }, options),
      async reveal(id: string) {
        credentials.get(id);
        return new Secret([...values.keys()][0] ?? '');
      },
    },
    access: resource('access', (fields: object) => fields),
    door_groups: resource('door_group', (fields: object) => fields),
    schedules: {
      ...resource('schedule', (fields: object) => ({ ...fields, fixed: false })),
      calendar: () => 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    },
    holidays: resource('holiday', (fields: object) => ({ ...fields, fixed: false })),
    timetables: {
      ...resource('timetable', (fields: object) => ({ ...fields, fixed: false })),
      calendar: () => 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n',
    },
    warnings: {
      list: async () => ({
        items: [
          {
            resource: `schedule/${doorId}`,
            name: 'Office',
            code: 'never',
            pointer: '/week/mon/0',
            detail: 'never comes',
          },
        ],
        more: false,
      }),
    },
    door_access: {
      capabilities: () => ({
        max_codes: null,
        used_codes: 0,
        code_lengths: [4, 5],
        schedules: true,
        programs_while_armed: true,
      }),
      effectiveAccess: async () => ({ items: [], next_cursor: null, feed_cursor: cursor() }),
    },
    doors: {
      site: () => site,
      status: () => status,
      inSync: () => true,
      async unlock(id: string) {
        unlocked.push(id);
      },
      async setMode(id: string, mode: string | null, until: number | null) {
        modes.push(`${id} ${mode} ${until}`);
      },
      async pair(id: string, minutes: number, { name }: Caller) {
        if (pairings.length > 0) throw new AppError('pairing_open', 'one reader is paired at a time');
        pairings.push(`${id} ${minutes} ${name}`);
        return Date.UTC(2026, 2, 2, 9, minutes);
      },
      async accept() {
        throw new AppError('not_waiting', 'there is nothing to accept');
      },
      async resetClock() {
        return status.clock;
      },
      async try(request: { value: Secret; open: boolean }) {
        if (request.open) unlocked.push('tried');
        const known = values.has(request.value.reveal());
        return {
          granted: known,
          reason: known ? 'granted' : 'wrong_pin',
          user_id: null,
          credential_id: null,
          duress: false,
          use: null,
        };
      },
    },
    feed: {
      cursor,
      async read(
        { after, limit, waitMs }: { after: string | null; limit: number; waitMs: number },
        aborted: AbortSignal,
      ) {
        const from = after === null ? 0 : Number(after.slice(1));
        if (!Number.isInteger(from)) throw new AppError('invalid_cursor', 'not a cursor of the feed');
        if (entries.length <= from && waitMs > 0) {
          await wait(aborted);
        }
        const items = entries.slice(from, from + limit);
        const end = from + items.length;
        return { items, cursor: `c${end}`, more: end < entries.length };
      },
    },
    holders: {
      list: () => [holder],
      get: (id: string) => found(holder, id === holder.id),
      slots: (id: string) => found([slot], id === holder.id),
      adopt: (id: string, n: number, user_id: string | null, options: WriteOptions) =>
        credentials.create(
          {
            ...found(aPin, id === holder.id && n === 3),
            user_id: user_id ?? doorId,
            value: new Secret('71834'),
          },
          options,
        ),
      async forget(id: string) {
        if (id === holder.id) throw new AppError('method_not_allowed', 'the site file names panel');
        return { stored: found(2, id === goneId) };
      },
      async arm(id: string, how: string) {
        armed.push(`${how} ${id}`);
      },
    },
    confirmations: {
      list: () => ({ items: [confirmation], next_cursor: null, feed_cursor: cursor() }),
      get: (id: string) => found(confirmation, id === confirmation.id),
      async retry(id: string) {
        return found(confirmation, id === confirmation.id);
      },
      async cancel(id: string) {
        if (cancelled.has(id))
          throw new AppError('not_waiting', 'it is failed: only a change that waits is cancelled');
        cancelled.add(id);
        return found(confirmation, id === confirmation.id);
      },
    },
    consumers: {
      list: () => [...consumers.values()],
      get(name: string) {
        const consumer = consumers.get(name);
        if (consumer === undefined) throw new AppError('not_found', 'no such consumer');
        return consumer;
      },
      async acknowledge(name: string, at: string) {
        const created = !consumers.has(name);
        const consumer = {
          name,
          cursor: at,
          cursor_gone: false,
          lag: 0,
          created_at: now,
          acknowledged_at: now,
        };
        consumers.set(name, consumer);
        return { consumer, created };
      },
      async remove(name: string) {
        if (!consumers.delete(name)) throw new AppError('not_found', 'no such consumer');
      },
    },
    webhooks: {
      ...webhooks,
      create: async (fields: object, options: WriteOptions) => ({
        ...(await webhooks.create(fields, options)),
        secret: options.dry_run ? null : new Secret(webhookSecret),
      }),
      replace: async (key: string, fields: object, options: WriteOptions) => ({
        ...(await webhooks.replace(key, fields, options)),
        secret: null,
      }),
      rotate: async (id: string, options: WriteOptions) => ({
        ...(await webhooks.put(id, {}, options)),
        secret: options.dry_run ? null : new Secret(webhookSecret),
      }),
      async test(id: string) {
        webhooks.get(id);
        return attempt;
      },
      deliveries(id: string) {
        webhooks.get(id);
        return { items: [attempt], lag: 0, failing_since: null };
      },
      async replay(id: string) {
        webhooks.get(id);
        return { entries: 3 };
      },
    },
    imports: {
      async run(given: readonly object[], _mode: string, options: WriteOptions) {
        return {
          dry_run: options.dry_run,
          resumed_at: null,
          counts: { unchanged: 0, added: given.length, updated: 0, deleted: 0, failed: 0 },
          rows: [],
        };
      },
    },
    operations: {
      async start(
        type: Operation['type'],
        about: string | null,
        work: () => Promise<unknown>,
        keep: (told: Operation) => Promise<void> = () => Promise.resolve(),
        resumable = false,
      ) {
        const operation: Operation = {
          id: randomUUID(),
          type,
          status: 'pending',
          created_at: now,
          resource: about,
          result: null,
          error: null,
        };
        const lost = { status: 'failed' as const, error: { code: 'unknown_result', detail: '' } };
        await keep(resumable ? operation : { ...operation, ...lost });
        runs.set(operation.id, operation);
        const ended = (how: Partial<Operation>): void => {
          runs.set(operation.id, { ...operation, ...how });
          for (const wake of [...wakes]) wake();
          void keep({ ...operation, ...how });
        };
        work().then(
          (result) => ended({ status: 'succeeded', result: result ?? null }),
          () => ended({ status: 'failed', error: { code: 'internal', detail: '' } }),
        );
        return operation;
      },
      resume(begun: Operation, work: () => Promise<unknown>, keep: (told: Operation) => Promise<void>) {
        if (runs.has(begun.id)) return begun;
        runs.set(begun.id, begun);
        void work().then((result) => {
          runs.set(begun.id, { ...begun, status: 'succeeded', result });
          void keep({ ...begun, status: 'succeeded', result });
        });
        return begun;
      },
      async get(id: string, waitMs: number, aborted?: AbortSignal) {
        const operation = runs.get(id);
        if (operation === undefined) throw new AppError('not_found', 'no such operation');
        if (operation.status === 'pending' && waitMs > 0 && aborted !== undefined) await wait(aborted);
        return runs.get(id) ?? operation;
      },
    },
    keys: {
      list: () => [...tokens.values()].map(({ key }) => key),
      async create({ name, scopes }: { name: string; scopes: Scope[] }) {
        const token = `pstn_${randomUUID()}`;
        const key = { id: randomUUID(), name, scopes, revision: 1, created_at: now, updated_at: now };
        tokens.set(token, { key, caller: { id: key.id, name, scopes: new Set(scopes) } });
        return { object: key, token: new Secret(token) };
      },
      async remove(id: string) {
        for (const [token, { key }] of tokens) if (key.id === id) tokens.delete(token);
      },
      authenticate: (token: string) => tokens.get(token)?.caller ?? null,
    },
    idempotency: {
      async begin(key: string, request: string) {
        const answer = idempotent.get(key) ?? null;
        if (answer !== null && answer.request !== request) {
          throw new AppError('idempotency_key_reused', 'used for another request');
        }
        return {
          answer,
          async keep(given: IdempotentAnswer | null) {
            if (given === null) idempotent.delete(key);
            else idempotent.set(key, JSON.parse(JSON.stringify(given)) as IdempotentAnswer);
          },
          end() {},
        };
      },
    },
    key(name: string, ...scopes: Scope[]) {
      const token = `pstn_${name}_${randomUUID()}`;
      const key = { id: randomUUID(), name, scopes, revision: 1, created_at: now, updated_at: now };
      tokens.set(token, { key, caller: { id: key.id, name, scopes: new Set(scopes) } });
      return token;
    },
    happen,
    waiting: () => wakes.size,
    unlocked,
    modes,
    pairings,
    armed,
    idempotent,
    restart: () => runs.clear(),
  };
  return fake as unknown as FakeAdmin;
}

const site = {
  id: siteId,
  name: 'Test site',
  formats: [standardFormats.h10301],
  doors: [
    {
      id: doorId,
      name: 'front',
      title: 'Front door',
      lock: 'front',
      readers: ['front'],
      strike_ms: 5000,
      restricted_by: null,
    },
  ],
  readers: [{ id: readerId, name: 'front', protocol: 'osdp', port: 'readers', address: 0, secure: true }],
  locks: [{ id: '0f0e0d0c-0b0a-5908-8706-050403020102', name: 'front' }],
  code_locks: [],
  panel: { kind: 'nx_584', partitions: [{ id: doorId, name: 'house', number: 1 }] },
} as unknown as Site;

const status = {
  doors: [
    {
      id: doorId,
      lock: 'secured',
      contact: 'closed',
      locked_out_until: Date.UTC(2026, 2, 2, 9),
      held_open: false,
      forced_open: false,
      mode: {
        now: 'normal',
        timetable: 'unlocked',
        override: { mode: 'normal', until: Date.UTC(2026, 2, 2, 18) },
        waits_for: null,
      },
    },
  ],
  readers: [
    {
      id: readerId,
      online: true,
      secure: true,
      security: 'paired',
      pairing_until: null,
      identity: null,
      exchanges: 7,
      timeouts: 0,
      damaged: 0,
      recent: null,
      outputs: [],
    },
  ],
  locks: [],
  partitions: [],
  holders: [],
  table: { revision: 1, source: 'admin', users: 0, credentials: 0, start: noTable },
  admin: atWork,
  journal: { pending: 0, bytes: 0, dropped: 0 },
  clock: { synced: true, doubt: null, high_water: Date.UTC(2026, 2, 2, 8) },
  started_at: Date.UTC(2026, 2, 2, 8),
  pid: 1,
} as const;
