import { AppError } from '../core/error.ts';
import type { ImportProgress, ImportReport, ImportRow } from '../schema/api/import.ts';
import type { Written } from './ports.ts';

/** Where a row of the report comes from: its user's place in the list, and a JSON pointer below that user. */
export interface RowSource {
  index: number | null;
  kind: ImportRow['kind'];
  external_id: string | null;
  pointer: string;
}

/** One write of an import. `run` makes its checks and its change before it first waits. */
export interface ImportJob {
  source: RowSource;
  run(): Promise<{
    written: Pick<Written<{ id: string; revision: number }>, 'object' | 'created'>;
    /** Revision before the write; null when there was nothing. */
    before: number | null;
  }>;
}

/** Runs jobs in order, together: their checks in this turn, their changes in one batch. Rejects when the disk fails. */
export function runJobs(jobs: readonly ImportJob[]): Promise<ImportRow[]> {
  return Promise.all(
    jobs.map(async ({ source, run }) => {
      try {
        const { written, before } = await run();
        const same = !written.created && before === written.object.revision;
        return importRow(
          source,
          written.created ? 'added' : same ? 'unchanged' : 'updated',
          written.object.id,
        );
      } catch (error) {
        return failedRow(source, error);
      }
    }),
  );
}

export function importRow(
  { index, kind, external_id }: RowSource,
  outcome: ImportRow['outcome'],
  id: string | null,
): ImportRow {
  return { index, outcome, kind, id, external_id, problem: null };
}

/** The row of what was refused. Faults of ours and of the disk are not the row's: they are thrown on. */
function failedRow(source: RowSource, error: unknown): ImportRow {
  if (!(error instanceof AppError) || error.code === 'internal' || error.code === 'storage_unavailable') {
    throw error;
  }
  const errors = error.errors.map(({ pointer, detail }) => ({ pointer: source.pointer + pointer, detail }));
  const problem = {
    code: error.code,
    detail: error.message,
    errors: errors.length > 0 ? errors : [{ pointer: source.pointer, detail: error.message }],
  };
  return { ...importRow(source, 'failed', null), problem };
}

/** @param before how far an earlier process had come with the list; null: this one began it */
export function importReport(
  rows: ImportRow[],
  dry_run: boolean,
  before: ImportProgress | null,
): ImportReport {
  const { counts } = progressed(before ?? nothingDone, rows);
  return { dry_run, resumed_at: before?.users ?? null, counts, rows: [...(before?.failed ?? []), ...rows] };
}

/** Failed rows that are kept of an import: so much can lie under an idempotency key. */
const mostFailed = 200;

export const nothingDone: ImportProgress = {
  removed: false,
  users: 0,
  counts: { unchanged: 0, added: 0, updated: 0, deleted: 0, failed: 0 },
  failed: [],
};

/** With these rows done. */
export function progressed(before: ImportProgress, rows: readonly ImportRow[]): ImportProgress {
  const counts = { ...before.counts };
  for (const { outcome } of rows) counts[outcome] += 1;
  const failed = [...before.failed, ...rows.filter(({ outcome }) => outcome === 'failed')];
  return { ...before, counts, failed: failed.slice(0, mostFailed) };
}
