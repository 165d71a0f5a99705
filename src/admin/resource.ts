import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../core/error.ts';
import type { ScheduleWarning } from '../scheduler/lint.ts';
import type { Records } from '../schema/storage.ts';
import { invalidInput } from './input.ts';
import { planOf } from './plan.ts';
import type { Caller, Resource, WriteOptions, Written } from './ports.ts';
import { credentialsConcerned, syncFor } from './programming/concerned.ts';
import { changeOf } from './record-change.ts';
import { page } from './record-page.ts';
import { newStamp, nextStamp, type RecordWriter, type Stamp } from './record-writer.ts';
import type { Directory } from './storage.ts';

export type ResourceKind =
  | 'user'
  | 'credential'
  | 'access'
  | 'door_group'
  | 'schedule'
  | 'holiday'
  | 'timetable'
  | 'webhook';

/** What is particular to one kind of resource. */
export interface ResourceRules<K extends ResourceKind, T, F, Filter> {
  kind: K;
  records: Pick<ReadonlyMap<string, Records[K]>, 'get'>;
  /** The fields of a record, to be overlaid with those of an update. */
  fields(record: Records[K]): F;
  /** The record these fields make. Throws an AppError for fields that cannot be. */
  make(fields: F, stamp: Stamp, before: Records[K] | null, caller: Caller): Records[K];
  show(record: Records[K]): T;
  /** Whether somebody may lose a door by it. */
  narrows(before: Records[K], after: Records[K]): boolean;
  /** Whether somebody may lose a door by a new one; left out: nobody. */
  narrowsNew?(after: Records[K]): boolean;
  /** Records that go when it goes. Throws an AppError when it may not go. */
  removal(record: Records[K]): { kind: ResourceKind; id: string }[];
  /** Ids, in order, that hold all a filter can match; null: no narrower than the whole kind. */
  candidates(filter: Filter): readonly string[] | null;
  matches(record: Records[K], filter: Filter): boolean;
  /** What a dry run says of a record that could be stored, and may not be meant so. */
  warnings?(after: Records[K]): ScheduleWarning[];
  /** What a dry run says of a record that could be removed; asked while it is gone. */
  warningsWithout?(gone: Records[K]): ScheduleWarning[];
}

export interface ResourceWithVerbs<K extends ResourceKind, T, F, Filter> extends Resource<T, F, Filter> {
  record(id: string): Records[K];
  /**
   * Replaces a record by what `change` makes of it; the same again writes nothing. `narrowing`: wait for the doors in
   * any case, so that asking again for what is already so tells whether the doors have followed.
   */
  revise(
    id: string,
    change: (before: Records[K], stamp: Stamp) => Records[K],
    options: WriteOptions,
    narrowing?: boolean,
  ): Promise<Written<T>>;
}

/**
 * What all resources have in common. Every check is made in the same turn as the change in memory, so no other write
 * comes between. A dry run makes the checks and stops there.
 */
export function resource<K extends ResourceKind, T, F extends { external_id: string | null }, Filter>(
  parts: { directory: Directory; writer: RecordWriter; feedCursor(): string },
  rules: ResourceRules<K, T, F, Filter>,
): ResourceWithVerbs<K, T, F, Filter> {
  const { directory, writer } = parts;
  const { kind, records, make, show } = rules;

  const record = (id: string): Records[K] => {
    const found = records.get(id);
    if (found === undefined) throw new AppError('not_found', `there is no ${kind} with this id`);
    return found;
  };

  const checkExternalId = (next: Records[K]): void => {
    if (next.external_id === null) return;
    const holder = directory.byExternalId(kind, next.external_id);
    if (holder === undefined || holder.id === next.id) return;
    throw new AppError('external_id_in_use', `another ${kind} has this external_id: it is unique per type`, {
      errors: [{ pointer: '/external_id', detail: 'must be unique per type' }],
      members: { conflict: { id: holder.id } },
    });
  };

  const write = async (
    before: Records[K] | null,
    after: Records[K],
    narrowing: boolean,
    options: WriteOptions,
  ): Promise<Written<T>> => {
    checkExternalId(after);
    const changes = before === after ? [] : [changeOf(kind, after.id, before, after)];
    const written = (applied: boolean | null): Written<T> => ({
      object: show(after),
      created: before === null,
      applied,
      ...syncFor(directory, credentialsConcerned(directory, kind, after)),
    });
    if (!options.dry_run) return written(await writer.write(changes, narrowing, options, written));
    const tried: Written<T>[] = [];
    await writer.write(changes, narrowing, options, (applied, plan = planOf([])) =>
      tried.push({ ...written(applied), plan }),
    );
    const warnings = rules.warnings?.(after);
    return {
      ...(tried[0] ?? { ...written(null), plan: planOf([]) }),
      ...(warnings === undefined ? {} : { warnings }),
    };
  };

  const revise: ResourceWithVerbs<K, T, F, Filter>['revise'] = async (
    id,
    change,
    options,
    narrowing = false,
  ) => {
    const before = record(id);
    checkRevision(before.revision, options.if_match);
    const made = change(before, nextStamp(writer, before));
    const { revision, updated_at } = before;
    const same = isDeepStrictEqual({ ...made, revision, updated_at }, before);
    return write(before, same ? before : made, narrowing || (!same && rules.narrows(before, made)), options);
  };

  const create = async (fields: F, options: WriteOptions): Promise<Written<T>> => {
    checkRevision(null, options.if_match);
    const after = make(fields, newStamp(writer), null, options.caller);
    return write(null, after, rules.narrowsNew?.(after) ?? false, options);
  };

  return {
    record,
    revise,
    create,
    get: (id) => show(record(id)),
    list(query, filter) {
      const ids = rules.candidates(filter) ?? directory.ids(kind);
      const found = page(ids, records, query, (one) => rules.matches(one, filter));
      return { ...found, items: found.items.map(show), feed_cursor: parts.feedCursor() };
    },
    update: (id, fields, options) =>
      revise(
        id,
        (before, stamp) => make({ ...rules.fields(before), ...fields }, stamp, before, options.caller),
        options,
      ),
    async replace(externalId, fields, options) {
      if (fields.external_id !== null && fields.external_id !== externalId) {
        throw invalidInput({ pointer: '/external_id', detail: 'must be the one in the path, or null' });
      }
      const whole = { ...fields, external_id: externalId };
      const before = directory.byExternalId(kind, externalId);
      if (before === undefined) return create(whole, options);
      return revise(before.id, (_, stamp) => make(whole, stamp, before, options.caller), options);
    },
    async remove(id, options) {
      const before = record(id);
      checkRevision(before.revision, options.if_match);
      const attached = rules.removal(before).map((one) => removalOf(directory, one));
      const concerned = credentialsConcerned(directory, kind, before);
      const changes = [...attached, changeOf(kind, id, before, null)];
      if (!options.dry_run) {
        const applied = await writer.write(changes, true, options);
        return { applied, ...syncFor(directory, concerned) };
      }
      const tried: Omit<Written<T>, 'object' | 'created' | 'applied'>[] = [];
      await writer.write(changes, true, options, (_, plan = planOf([])) => {
        const warnings = rules.warningsWithout?.(before);
        const told = warnings === undefined ? {} : { warnings };
        tried.push({ plan, ...told, ...syncFor(directory, concerned) });
      });
      return { applied: null, ...tried[0] };
    },
  };
}

/** `If-Match`. Throws `revision_mismatch` with the revision there is (null: there is no such object). */
export function checkRevision(revision: number | null, ifMatch: number | null): void {
  if (ifMatch === null || ifMatch === revision) return;
  throw new AppError('revision_mismatch', 'it has changed meanwhile: read it again and repeat the change', {
    members: { revision },
  });
}

function removalOf(directory: Directory, { kind, id }: { kind: ResourceKind; id: string }) {
  const {
    users: user,
    credentials: credential,
    access,
    door_groups: door_group,
    schedules: schedule,
    holidays: holiday,
    timetables: timetable,
    webhooks: webhook,
  } = directory;
  const maps: { [K in ResourceKind]: ReadonlyMap<string, Records[K]> } = {
    user,
    credential,
    access,
    door_group,
    schedule,
    holiday,
    timetable,
    webhook,
  };
  return changeOf(kind, id, maps[kind].get(id) ?? null, null);
}
