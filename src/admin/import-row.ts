import { AppError } from '../core/error.ts';
import type { ImportReport, ImportRow } from '../schema/api/import.ts';
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

export function importReport(rows: ImportRow[], dry_run: boolean): ImportReport {
  const counts = { unchanged: 0, added: 0, updated: 0, deleted: 0, failed: 0 };
  for (const { outcome } of rows) counts[outcome] += 1;
  return { dry_run, counts, rows };
}
