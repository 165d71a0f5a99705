import type { Clock } from '../core/clock.ts';
import { uuidV7 } from '../core/uuid.ts';
import type { Plan } from '../schema/api/plan.ts';
import type { Commit, FeedEntry, ManagedChange } from '../schema/storage.ts';
import { planOf } from './plan.ts';
import type { WriteOptions } from './ports.ts';
import type { Planner } from './programming/planner.ts';
import { changeEntry } from './record-change.ts';
import type { Consequences, Directory, TableInForce } from './storage.ts';

/** What every record carries. */
export interface Stamp {
  id: string;
  revision: number;
  created_at: string;
  updated_at: string;
}

/** Commits changes of records with their feed entries. */
export interface RecordWriter {
  newId(): string;
  /** Now, ISO 8601, UTC. */
  now(): string;
  /**
   * Makes the changes durable; nothing for a dry run. No changes: waits until what was read to find that out is durable.
   * For a narrowing write, waits up to 1 s for the doors and answers whether they go by it; null for others.
   * `result`: what the caller will answer, given that; kept with the changes where the options say how. A dry run asks for it while all is
   * as it would be, and tells the plan.
   */
  write(
    changes: readonly ManagedChange[],
    narrowing: boolean,
    options: Pick<WriteOptions, 'dry_run' | 'if_armed' | 'keep'>,
    result?: (applied: boolean | null, plan?: Plan) => unknown,
  ): Promise<boolean | null>;
  /** Puts one entry into the feed, without a change: for what only needs to be known. */
  note(entry: Pick<FeedEntry, 'type' | 'resource' | 'data'>): Promise<void>;
}

/** How long a narrowing write waits for the doors. */
const appliedMs = 1_000;

export function recordWriter(parts: {
  directory: Directory;
  inForce: TableInForce;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** What follows for the devices that keep codes; nothing where there is none. */
  planner?: Pick<Planner, 'plan'>;
}): RecordWriter {
  const { directory, inForce, clock, random } = parts;
  const newId = (): string => uuidV7(clock.wall(), random(10));
  const now = (): string => new Date(clock.wall()).toISOString();
  const follow = (
    changes: readonly ManagedChange[],
    { if_armed }: Pick<WriteOptions, 'if_armed'>,
  ): Consequences =>
    parts.planner?.plan(directory, changes, { if_armed: if_armed ?? 'keep' }) ?? { changes: [], feed: [] };
  const commit = async (
    changes: readonly ManagedChange[],
    options: Pick<WriteOptions, 'if_armed'>,
    answer: () => Commit['idempotency'],
  ): Promise<number> => {
    if (changes.length === 0) return directory.settled();
    const feed = changes.map((change) => changeEntry(change, newId(), now()));
    return (await directory.commit({ changes, feed }, () => follow(changes, options), answer)).revision;
  };
  return {
    newId,
    now,
    async write(changes, narrowing, options, result) {
      if (options.dry_run) {
        if (changes.length > 0) {
          directory.rehearse(
            changes,
            () => follow(changes, options),
            (all) => result?.(null, planOf(all)),
          );
        }
        return null;
      }
      // Of the doors nothing is known yet.
      const answer = () =>
        result === undefined ? undefined : options.keep?.(result(narrowing ? false : null));
      const revision = await commit(changes, options, answer);
      return narrowing ? inForce.waitFor(revision, appliedMs) : null;
    },
    async note(entry) {
      const whole = { ...entry, id: newId(), time: now(), revision: null };
      await directory.commit({ changes: [], feed: [whole] });
    },
  };
}

export function newStamp(writer: RecordWriter): Stamp {
  const now = writer.now();
  return { id: writer.newId(), revision: 1, created_at: now, updated_at: now };
}

export function nextStamp(writer: RecordWriter, { id, revision, created_at }: Stamp): Stamp {
  return { id, revision: revision + 1, created_at, updated_at: writer.now() };
}
