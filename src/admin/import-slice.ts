import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import type { ImportRow } from '../schema/api/import.ts';
import type { Access, User } from '../schema/record.ts';
import { accessService } from './accesses.ts';
import { allowanceGiven, credentialsService } from './credentials.ts';
import { type ImportJob, importRow, type RowSource, runJobs } from './import-row.ts';
import { invalidInput } from './input.ts';
import type { Caller, ImportUser } from './ports.ts';
import type { Planner } from './programming/planner.ts';
import { recordWriter } from './record-writer.ts';
import type { Directory, TableInForce, Vault } from './storage.ts';
import { usersService } from './users.ts';

/** An import does not wait for the doors and tells nothing about them: they follow by themselves. */
const noWait: TableInForce = { waitFor: () => Promise.resolve(true) };

/** A listed user that is stored, and the rows of what it holds. */
interface Placed {
  id: string;
  user: ImportUser;
  index: number;
  rows: ImportRow[];
}

/** Parts of an import, each durable when it resolves. */
export interface ImportSlices {
  remove(users: readonly User[]): Promise<ImportRow[]>;
  /** `first` is the place of the first of these users in the whole list. */
  store(users: readonly ImportUser[], first: number): Promise<ImportRow[]>;
}

/**
 * One import, under way.
 *
 * @param done external ids of the users of the list that an earlier process has seen to
 */
export function importSlices(
  parts: {
    directory: Directory;
    vault: Vault;
    clock: Clock;
    random(bytes: number): Uint8Array;
    reservedPins: ReadonlySet<string>;
    site(): Site;
    planner?: Pick<Planner, 'plan'>;
  },
  mode: 'merge' | 'replace',
  caller: Caller,
  done: readonly (string | null)[],
): ImportSlices {
  const { directory } = parts;
  const options = { caller, dry_run: false, if_match: null };
  const services = { ...parts, writer: recordWriter({ ...parts, inForce: noWait }), feedCursor: () => '' };
  const users = usersService(services);
  const credentials = credentialsService(services);
  const access = accessService(services);
  const seen = new Set<string | null>(done);

  const userJob = (user: ImportUser, index: number): ImportJob => {
    const { suspended, credentials: _, access: __, ...fields } = user;
    const { external_id } = user;
    return {
      source: { index, kind: 'user', external_id, pointer: '' },
      async run() {
        if (external_id === null || seen.has(external_id)) {
          const detail = 'an imported user needs an external_id, and only the first one with it counts';
          throw invalidInput({ pointer: '/external_id', detail });
        }
        seen.add(external_id);
        const before = directory.byExternalId('user', external_id)?.revision ?? null;
        const written = await users.replace(external_id, fields, options);
        const { object, created } = written;
        if (object.suspended === suspended) return { written, before };
        const again = await users.setSuspended(object.id, suspended, options);
        return { written: { object: again.object, created }, before };
      },
    };
  };

  const credentialJob = (
    { id: user_id, index }: Placed,
    given: ImportUser['credentials'][number],
    at: number,
  ): ImportJob => {
    const { external_id, uses_left, ...rest } = given;
    return {
      source: { index, kind: 'credential', external_id, pointer: `/credentials/${at}` },
      async run() {
        if (external_id !== null) {
          const before = directory.byExternalId('credential', external_id)?.revision ?? null;
          return { written: await credentials.replace(external_id, { ...given, user_id }, options), before };
        }
        const written = await credentials.create({ ...given, user_id }, options);
        const stored = directory.credentials.get(written.object.id);
        if (written.created || stored === undefined) return { written, before: null };
        // The same value is the same credential; a card may have been made as a fob.
        const { kind: _, value: __, ...changes } = { ...rest, uses_left: allowanceGiven(stored, uses_left) };
        return { written: await credentials.update(stored.id, changes, options), before: stored.revision };
      },
    };
  };

  const accessJob = (
    { id: user_id, index, user }: Placed,
    given: ImportUser['access'][number],
    at: number,
  ): ImportJob => {
    const { external_id, schedule_id, valid_from, valid_until } = given;
    return {
      source: { index, kind: 'access', external_id, pointer: `/access/${at}` },
      async run() {
        if (external_id !== null) {
          const before = directory.byExternalId('access', external_id)?.revision ?? null;
          return { written: await access.replace(external_id, { ...given, user_id }, options), before };
        }
        const stored = sameAccess(directory.accessOf(user_id), given, user.access);
        if (stored === undefined) {
          return { written: await access.create({ ...given, user_id }, options), before: null };
        }
        const written = await access.update(stored.id, { schedule_id, valid_from, valid_until }, options);
        return { written, before: stored.revision };
      },
    };
  };

  const removed = async (source: RowSource, id: string, removal: Promise<unknown>): Promise<ImportRow> => {
    await removal;
    return importRow(source, 'deleted', id);
  };

  /** Removes what a user has beyond the list; nothing when a row failed, which might be what comes in its place. */
  const removeSurplus = ({ id, index, rows }: Placed): Promise<ImportRow>[] => {
    if (rows.some(({ outcome }) => outcome === 'failed')) return [];
    const listed = new Set(rows.map((row) => row.id));
    const source = { index, pointer: '' };
    return [
      ...directory
        .credentialsOf(id)
        .filter((one) => !listed.has(one.id))
        .map(({ id: gone, external_id }) =>
          removed({ ...source, kind: 'credential', external_id }, gone, credentials.remove(gone, options)),
        ),
      ...directory
        .accessOf(id)
        .filter((one) => !listed.has(one.id))
        .map(({ id: gone, external_id }) =>
          removed({ ...source, kind: 'access', external_id }, gone, access.remove(gone, options)),
        ),
    ];
  };

  return {
    remove: (gone) =>
      Promise.all(
        gone.map(({ id, external_id }) =>
          removed({ index: null, kind: 'user', external_id, pointer: '' }, id, users.remove(id, options)),
        ),
      ),
    async store(list, first) {
      const userRows = await runJobs(list.map((user, i) => userJob(user, first + i)));
      const placed = list.flatMap((user, i): Placed[] => {
        const id = userRows[i]?.id ?? null;
        return id === null ? [] : [{ id, user, index: first + i, rows: [] }];
      });
      // Stage by stage, so that each is checked in the order of the list, whoever of them needed a write before.
      for (const jobsOf of [
        (one: Placed) => one.user.credentials.map((given, at) => credentialJob(one, given, at)),
        (one: Placed) => one.user.access.map((given, at) => accessJob(one, given, at)),
      ]) {
        await Promise.all(placed.map(async (one) => one.rows.push(...(await runJobs(jobsOf(one))))));
      }
      const surplus = mode === 'replace' ? await Promise.all(placed.flatMap(removeSurplus)) : [];
      return [...userRows, ...placed.flatMap(({ rows }) => rows), ...surplus];
    },
  };
}

/**
 * The stored access that a listed one without an external id is: the equal one; or, where the target is neither
 * stored nor listed twice, the one with this target.
 */
function sameAccess(
  stored: readonly Access[],
  given: ImportUser['access'][number],
  listed: ImportUser['access'],
): Access | undefined {
  const toTarget = <T extends Pick<Access, 'target'>>(one: T): boolean =>
    isDeepStrictEqual(one.target, given.target);
  const candidates = stored.filter(toTarget);
  const equal = candidates.find(
    (one) =>
      one.schedule_id === given.schedule_id &&
      sameInstant(one.valid_from, given.valid_from) &&
      sameInstant(one.valid_until, given.valid_until),
  );
  const sole = candidates.length === 1 && listed.filter(toTarget).length === 1 ? candidates[0] : undefined;
  return equal ?? sole;
}

const sameInstant = (one: string | null, other: string | null): boolean =>
  one === other || (one !== null && other !== null && Date.parse(one) === Date.parse(other));
