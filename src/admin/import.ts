import type { Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import type { ImportProgress, ImportRow } from '../schema/api/import.ts';
import type { User } from '../schema/record.ts';
import { scratchDirectory } from './directory.ts';
import { effectiveTime } from './effective-time.ts';
import { importReport, nothingDone, progressed } from './import-row.ts';
import { importSlices } from './import-slice.ts';
import type { ImportsService } from './ports.ts';
import type { Planner } from './programming/planner.ts';
import { scheduleBook } from './schedule-book.ts';
import type { Directory, Vault } from './storage.ts';

/** Users taken in one turn: their writes share a batch, and the loop is held for a few milliseconds. */
const sliceSize = 100;

/**
 * Imports, slice by slice. `replace` first removes users the list does not hold, so that their PINs are free. A dry run is
 * the import itself, made on a copy of the directory that writes nothing.
 *
 * How far it has come is told after each slice is durable. Cut off in between, the next process does that slice anew: it finds as it should be
 * what was stored, and does the rest; only the words for those rows differ.
 */
export function importsService(parts: {
  directory: Directory;
  vault: Vault;
  clock: Clock;
  random(bytes: number): Uint8Array;
  reservedPins: ReadonlySet<string>;
  site(): Site;
  planner?: Pick<Planner, 'plan'>;
}): ImportsService {
  /** Rows of a dry run, with what is not wrong and may not be meant. */
  const warned = async (rows: readonly ImportRow[], directory: Directory): Promise<ImportRow[]> => {
    const now = () => new Date(parts.clock.wall()).toISOString();
    const book = scheduleBook({ directory, site: parts.site, now });
    const times = effectiveTime(book, directory, parts.clock.wall());
    const told: ImportRow[] = [];
    for (const [i, row] of rows.entries()) {
      if (i % (10 * sliceSize) === 0) await nextTurn();
      const access = row.kind === 'access' ? directory.access.get(row.id ?? '') : undefined;
      const warnings =
        access !== undefined
          ? times.ofAccess(access)
          : row.kind === 'user' && row.id !== null
            ? times.ofUser(row.id)
            : [];
      told.push(warnings.length === 0 ? row : { ...row, warnings });
    }
    return told;
  };

  return {
    async run(users, mode, options, course) {
      const directory = options.dry_run ? scratchDirectory(parts.directory) : parts.directory;
      const from = course?.from ?? null;
      let progress = from ?? nothingDone;
      const listed = users.map(({ external_id }) => external_id);
      const slices = importSlices(
        { ...parts, directory },
        mode,
        options.caller,
        listed.slice(0, progress.users),
      );
      const rows: ImportRow[] = [];
      const reached = async (done: readonly ImportRow[], to: Partial<ImportProgress>): Promise<void> => {
        rows.push(...done);
        progress = { ...progressed(progress, done), ...to };
        await course?.reached(progress);
        await nextTurn();
      };
      if (mode === 'replace' && !progress.removed) {
        const kept = new Set(listed);
        const isGone = ({ external_id }: User): boolean => external_id === null || !kept.has(external_id);
        const gone = [...directory.users.values()].filter(isGone).map(({ id }) => id);
        for (let at = 0; at < gone.length; at += sliceSize) {
          // Others may have removed or named some of them since.
          const slice = gone
            .slice(at, at + sliceSize)
            .flatMap((id) => directory.users.get(id) ?? [])
            .filter(isGone);
          await reached(await slices.remove(slice), { removed: at + sliceSize >= gone.length });
        }
      }
      for (let at = progress.users; at < users.length; at += sliceSize) {
        const slice = users.slice(at, at + sliceSize);
        await reached(await slices.store(slice, at), { removed: true, users: at + slice.length });
      }
      return importReport(options.dry_run ? await warned(rows, directory) : rows, options.dry_run, from);
    },
  };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
