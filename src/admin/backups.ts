import type { Cancel, Clock } from '../core/clock.ts';
import type { BackupRules } from '../core/site.ts';
import type { Zone } from '../scheduler/zone.ts';
import type { BackupStanding, Marks } from '../schema/storage.ts';
import type { RecordWriter } from './record-writer.ts';
import type { Directory } from './storage.ts';

/** Makes backups, tries them, and drops the old ones. Each call may reject. */
export interface BackupWorks {
  /** Makes one, named after the instant (wall milliseconds). */
  make(at: number): Promise<{ file: string; bytes: number; sha256: string }>;
  /** Restores it, away from everything, and looks at what comes of it. */
  drill(file: string): Promise<{ entries: number }>;
  /** Names of those that have gone. */
  prune(): Promise<string[]>;
}

export interface ScheduledBackups {
  /** Null: none are asked for. */
  standing(): BackupStanding | null;
  start(): void;
  close(): void;
}

/** Looked at as often: whatever the clock does, a backup is not late by more. */
const lookMs = 60_000;
const retryMs = 3_600_000;
const dayMs = 86_400_000;

/**
 * A backup once a day at the site's time of day, and one soon after a start that finds none of the day; each is restored in a drill. One
 * that fails is tried again after an hour. What became of it is told in the feed and kept.
 */
export function scheduledBackups(parts: {
  rules: BackupRules | null;
  siteId: string;
  zone: Zone;
  works: BackupWorks;
  directory: Pick<Directory, 'commit'>;
  writer: Pick<RecordWriter, 'newId' | 'now'>;
  clock: Clock;
  marks: ReadonlyMap<string, Marks['backup']>;
  /** What became of a backup could not be stored, or an old one not be removed. */
  failed(error: unknown): void;
}): ScheduledBackups {
  const { rules, works, clock, writer } = parts;
  let standing = parts.marks.get(markId) ?? nothingYet;
  let timer: Cancel | null = null;
  let closed = false;

  async function told(now: BackupStanding, type: string, data: Record<string, unknown>): Promise<void> {
    if (closed) return;
    standing = now;
    const resource = `system/${parts.siteId}`;
    const entry = { id: writer.newId(), type, time: writer.now(), resource, revision: null, data };
    const marks = [{ kind: 'backup' as const, id: markId, value: now }];
    await parts.directory.commit({ changes: [], feed: [entry], marks }).catch(parts.failed);
  }

  async function run(): Promise<void> {
    const at = clock.wall();
    const failed = (what: 'backup' | 'drill', error: unknown): Promise<void> => {
      const detail = error instanceof Error ? error.message : String(error);
      const failure = { at: clock.wall(), what, detail };
      const type = what === 'backup' ? 'backup.failed' : 'backup.drill_failed';
      return told({ ...standing, attempted_at: at, failure }, type, { detail });
    };
    let made: Awaited<ReturnType<BackupWorks['make']>>;
    try {
      made = await works.make(at);
    } catch (error) {
      await failed('backup', error);
      return;
    }
    const { file, bytes } = made;
    await told(
      { ...standing, attempted_at: at, made: { at, file, bytes }, failure: null },
      'backup.made',
      made,
    );
    try {
      const { entries } = await works.drill(file);
      const drilled = { at: clock.wall(), file };
      await told({ ...standing, drilled }, 'backup.drill_passed', { file, entries });
    } catch (error) {
      await failed('drill', error);
      return;
    }
    await works.prune().catch(parts.failed);
  }

  function isDue(at: number): boolean {
    const { attempted_at: last, failure } = standing;
    if (failure !== null && Math.abs(at - failure.at) >= retryMs) return true;
    return failure === null && dayOf(at) !== dayOf(last);
  }
  /** Days that begin at the time of day of backups, by the site's clocks. */
  function dayOf(at: number): number {
    const [span] = parts.zone.spans(at, at + 1);
    return Math.floor((at + (span?.offset ?? 0) - (rules?.at_minute ?? 0) * 60_000) / dayMs);
  }
  function look(): void {
    timer = clock.after(lookMs, () => {
      if (!isDue(clock.wall())) look();
      else {
        void run().finally(() => {
          if (!closed) look();
        });
      }
    });
  }

  return {
    standing: () => (rules === null ? null : standing),
    start() {
      if (rules !== null) look();
    },
    close() {
      closed = true;
      timer?.();
    },
  };
}

const markId = 'scheduled';
const nothingYet: BackupStanding = { attempted_at: 0, made: null, drilled: null, failure: null };
