import type { Decision } from '../core/decision.ts';
import type { Secret } from '../core/secret.ts';
import type { Site } from '../core/site.ts';
import type { DoorsStatus } from '../core/status.ts';
import type { DoorMode } from '../core/timetable.ts';
import type { ScheduleWarning } from '../scheduler/lint.ts';
import type { DoorCapabilities, EffectiveAccess } from '../schema/api/effective-access.ts';
import type { ImportProgress, ImportReport } from '../schema/api/import.ts';
import type { Operation } from '../schema/api/operation.ts';
import type { Plan } from '../schema/api/plan.ts';
import type { WarningList } from '../schema/api/warning.ts';
import type { WebhookAttempt, WebhookDeliveries } from '../schema/api/webhook.ts';
import type { ConfirmationView, HolderView, SlotView, Sync } from '../schema/confirmation.ts';
import type {
  Access,
  AccessFields,
  ApiKey,
  ApiKeyFields,
  Credential,
  CredentialFields,
  DoorGroup,
  DoorGroupFields,
  Scope,
  User,
  UserFields,
} from '../schema/record.ts';
import type { HolidayFields, HolidayShown, ScheduleFields, ScheduleShown } from '../schema/schedule.ts';
import type { Commit, IdempotentAnswer } from '../schema/storage.ts';
import type { StorageDamage, StorageInfo } from '../schema/storage-damage.ts';
import type { SystemInfo } from '../schema/system-info.ts';
import type { TimetableFields, TimetableShown } from '../schema/timetable.ts';
import type { Webhook, WebhookFields } from '../schema/webhook.ts';
import type { ConsumersService, FeedService } from './feed-port.ts';

/** The service the admin process offers to the API and the command line. */

/** Who asks: an API key, or the command line on the local socket. */
export interface Caller {
  /** Of the API key, or `local`. Names may be given twice. */
  id: string;
  name: string;
  scopes: ReadonlySet<Scope>;
}

/** Options every write takes. */
export interface WriteOptions {
  caller: Caller;
  /** Full validation, no change. */
  dry_run: boolean;
  /** `If-Match`: fail with `revision_mismatch` unless the stored revision is this one. */
  if_match: number | null;
  /** A change that touches an armed partition: kept until it is disarmed (so it is where nothing is said), or refused. */
  if_armed?: 'keep' | 'reject';
  /** What to store in the same batch as the change, from what the call will resolve with as far as that is known then. */
  keep?: (result: unknown) => NonNullable<Commit['idempotency']>;
}

/** An object after a write. `applied`: for narrowing writes, whether every door already goes by it (null for others). */
export interface Written<T> {
  object: T;
  created: boolean;
  applied: boolean | null;
  /** How far the devices have followed; of what people hold only. */
  sync?: Sync;
  /** Of a dry run, for what is judged by time. */
  warnings?: ScheduleWarning[];
  /** Of a dry run: what it would do. */
  plan?: Plan;
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
  feed_cursor: string;
}
export interface PageQuery {
  limit: number;
  after: string | null;
}

/** Create, read, update, delete of one kind. `replace` upserts by external id. */
export interface Resource<T, F, Filter> {
  list(query: PageQuery, filter: Filter): Page<T>;
  get(id: string): T;
  create(fields: F, options: WriteOptions): Promise<Written<T>>;
  /** `fields`: the members to change. */
  update(id: string, fields: Partial<F>, options: WriteOptions): Promise<Written<T>>;
  replace(externalId: string, fields: F, options: WriteOptions): Promise<Written<T>>;
  remove(id: string, options: WriteOptions): Promise<Omit<Written<T>, 'object' | 'created'>>;
}

/** How each credential stands at each device. */
export interface ConfirmationsService {
  list(
    query: PageQuery,
    filter: { state?: string; holder_id?: string; user_id?: string },
  ): Page<ConfirmationView>;
  get(id: string): ConfirmationView;
  /** Tries again what failed or waits. `not_waiting` for what is confirmed. */
  retry(id: string, options: Pick<WriteOptions, 'dry_run' | 'keep'>): Promise<ConfirmationView>;
  /** Gives up a change that still waits. `not_waiting` for a removal, or while it is being carried out. */
  cancel(id: string, options: Pick<WriteOptions, 'dry_run' | 'keep'>): Promise<ConfirmationView>;
}

/** The devices that keep codes; the controller's own table comes first. */
export interface HoldersService {
  list(): HolderView[];
  get(id: string): HolderView;
  /** Every slot of a device, in order. */
  slots(id: string): SlotView[];
  /**
   * Forgets a device that has left the site file, with all that is known of its slots; how many of them may still hold a code made here.
   * Fails with `method_not_allowed` for one that the site file names.
   */
  forget(id: string, options: Pick<WriteOptions, 'caller' | 'dry_run'>): Promise<{ stored: number }>;
  /** Takes over a code that was made on the device: for this user, or for whom the slot is already. Fails with `nothing_to_adopt`. */
  adopt(id: string, slot: number, userId: string | null, options: WriteOptions): Promise<Written<Credential>>;
  /** Arms or disarms a partition of the panel; resolves when the state was seen to follow. */
  arm(partitionId: string, how: 'away' | 'stay' | 'disarm', caller: Caller): Promise<void>;
}

export interface UsersService extends Resource<User, UserFields, { external_id?: string; q?: string }> {
  setSuspended(id: string, suspended: boolean, options: WriteOptions): Promise<Written<User>>;
  /** One row per door the user may reach, with all the ways. */
  effectiveAccess(id: string): EffectiveAccess[];
}

/** Who gets in at each door, and what it takes of their codes. */
export interface DoorAccessService {
  /** Null: the database is not open, and it is not known. */
  capabilities(doorId: string): DoorCapabilities | null;
  /** One row per person who may reach the door, with all the ways. Works in slices that leave the event loop free. */
  effectiveAccess(doorId: string, query: PageQuery): Promise<Page<EffectiveAccess>>;
}

export interface SchedulesService extends Resource<ScheduleShown, ScheduleFields, Record<string, never>> {
  /** The times it contains, or when its doors are not normal, as an iCalendar. */
  calendar(id: string): string;
}

/** Credentials are written with their value in clear, and never show it but through `reveal`. */
export interface CredentialsService
  extends Resource<
    Credential,
    CredentialFields & { value: Secret },
    { user_id?: string; kind?: string; external_id?: string }
  > {
  setBlocked(id: string, blocked: boolean, options: WriteOptions): Promise<Written<Credential>>;
  reveal(id: string, caller: Caller): Promise<Secret>;
}

export interface KeysService {
  list(): ApiKey[];
  create(fields: ApiKeyFields, options: WriteOptions): Promise<{ object: ApiKey; token: Secret }>;
  remove(id: string, options: WriteOptions): Promise<void>;
  /** Null for a token nobody has. */
  authenticate(token: string): Caller | null;
}

/** Writes that make a secret give it back, this once; null in a dry run. */
export interface WebhooksService extends Resource<Webhook, WebhookFields, Record<string, never>> {
  create(fields: WebhookFields, options: WriteOptions): Promise<Written<Webhook> & { secret: Secret | null }>;
  /** The secret is null unless it was made. */
  replace(
    externalId: string,
    fields: WebhookFields,
    options: WriteOptions,
  ): Promise<Written<Webhook> & { secret: Secret | null }>;
  /** A new secret; for a day the one before signs too. */
  rotate(id: string, options: WriteOptions): Promise<Written<Webhook> & { secret: Secret | null }>;
  /** Sends one `webhook.test` now, whether it is enabled or not. */
  test(id: string): Promise<WebhookAttempt>;
  /** The last attempts, newest first, since the process started; how many entries are to be done; since when nothing gets through. */
  deliveries(id: string): WebhookDeliveries;
  /** Sends all entries after the cursor (again). How many there are. */
  replay(id: string, cursor: string): Promise<{ entries: number }>;
}

export interface ImportUser extends UserFields {
  suspended: boolean;
  credentials: (Omit<CredentialFields, 'user_id'> & { value: Secret })[];
  access: Omit<AccessFields, 'user_id'>[];
}

export interface ImportsService {
  /**
   * Users with their credentials and access, matched by `external_id`. `merge` adds and updates; `replace` also removes users the list
   * does not hold, and what its users have beyond it. Rows stand alone: one that fails does not stop the others. Works in slices that leave the event loop free.
   */
  run(
    users: readonly ImportUser[],
    mode: 'merge' | 'replace',
    options: WriteOptions,
    /** Where an earlier process got to with this list, and who keeps that for the next one. */
    course?: { from: ImportProgress | null; reached(progress: ImportProgress): Promise<void> },
  ): Promise<ImportReport>;
}

export interface OperationsService {
  /**
   * Runs `work` as an operation that can be asked for for ten minutes. `keep` is told before the work begins what is to be said should the
   * process end meanwhile (when it rejects, nothing is begun), and how it ended: that it is lost, or, where it can be resumed, that it is pending.
   */
  start(
    type: Operation['type'],
    resource: string | null,
    work: () => Promise<unknown>,
    keep?: (told: Operation) => Promise<void>,
    resumable?: boolean,
  ): Promise<Operation>;
  /** Goes on with one that an earlier process had begun, under its id; the one that runs, if it does already. */
  resume(begun: Operation, work: () => Promise<unknown>, keep: (told: Operation) => Promise<void>): Operation;
  /** Waits up to `waitMs` for it to end, or until aborted. */
  get(id: string, waitMs: number, aborted?: AbortSignal): Promise<Operation>;
}

/** The doors, seen from here: through the Link. */
export interface DoorsService {
  site(): Site;
  /** Last picture, with its age; null before the first or when the Link has been silent for 5 s. */
  status(): DoorsStatus | null;
  /** Rejects with `doors_unreachable` or the door process's own code. */
  unlock(doorId: string, caller: Caller): Promise<void>;
  /**
   * Puts a door into a mode, whatever its timetable says, until then (wall milliseconds) or, null, until released; a mode of null releases it.
   * Rejects as `unlock`.
   */
  setMode(doorId: string, mode: DoorMode | null, until: number | null, caller: Caller): Promise<void>;
  try(
    request: { reader_id: string; kind: 'pin' | 'token'; value: Secret; at: number | null; open: boolean },
    caller: Caller,
  ): Promise<Decision>;
  /** Opens the window in which a reader may be given a new key; until when (wall milliseconds). Rejects as `unlock`. */
  pair(readerId: string, minutes: number, caller: Caller): Promise<number>;
  /** Takes the device that is there now for the reader. */
  accept(readerId: string, caller: Caller): Promise<void>;
  /** The clock is right as it reads now: what was known of the time is forgotten. Rejects as `unlock`. */
  resetClock(caller: Caller): Promise<DoorsStatus['clock']>;
  /** Whether the door process goes by the newest committed table. */
  inSync(): boolean;
}

/** The database as a whole, for whoever sits at the controller. */
export interface DumpService {
  /**
   * Goes on with what is left of a damaged database; what is given up. The process ends after the answer, and another one starts with it.
   * Rejects with `invalid_input` where nothing is missing.
   */
  accept(): Promise<StorageDamage>;
  /** Every key and value as of one commit, the store they are of, and about how many there are. */
  dump(): { store_id: string; about: number; entries: AsyncIterable<readonly [key: string, value: string]> };
}

/** A request under an idempotency key. `end` without a kept answer lets the next one run. */
export interface Repeatable {
  answer: IdempotentAnswer | null;
  /** Stores what a repeat is told; null: nothing, it may run. */
  keep(answer: IdempotentAnswer | null): Promise<void>;
  end(): void;
}

/** Everything the API and the command line can ask for. */
export interface AdminService {
  system(): SystemInfo;
  storage(): StorageInfo;
  database: DumpService;
  users: UsersService;
  credentials: CredentialsService;
  access: Resource<Access, AccessFields, { user_id?: string; door_id?: string; door_group_id?: string }>;
  door_groups: Resource<DoorGroup, DoorGroupFields, Record<string, never>>;
  schedules: SchedulesService;
  holidays: Resource<HolidayShown, HolidayFields, Record<string, never>>;
  timetables: Resource<TimetableShown, TimetableFields, Record<string, never>> &
    Pick<SchedulesService, 'calendar'>;
  /** What was made through the API and will not do as somebody may expect: schedules, timetables, people who get in nowhere. */
  warnings: { list(): Promise<WarningList> };
  doors: DoorsService;
  door_access: DoorAccessService;
  holders: HoldersService;
  confirmations: ConfirmationsService;
  feed: FeedService;
  consumers: ConsumersService;
  webhooks: WebhooksService;
  imports: ImportsService;
  operations: OperationsService;
  keys: KeysService;
  /** Answers kept for repeated requests. `begin` tells what to do with a key; a running one is refused. */
  idempotency: { begin(key: string, request: string): Promise<Repeatable> };
}
