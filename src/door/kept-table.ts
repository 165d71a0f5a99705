import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { rowsOf } from '../core/access-table.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import type { Site } from '../core/site.ts';
import type { TableStart } from '../core/status.ts';
import { noCommit } from '../core/table-row.ts';
import { uuidV7 } from '../core/uuid.ts';
import type { JournalFiles } from './journal-file.ts';
import { type Narrowings, openNarrowings } from './narrowings.ts';
import type { SealedFiles } from './sealed-file.ts';
import { readSealedTable, type SealedTableRead, writeSealedTable } from './sealed-table.ts';
import { narrowRows } from './table-build.ts';
import { type TableKeeper, tableKeeper } from './table-keeper.ts';
import { tableSafety } from './table-safety.ts';
import { type TableSealer, tableSealer } from './table-sealer.ts';

export interface KeptTableParts {
  site: Site;
  key: KeyObject;
  clock: Clock;
  log: Logger;
  files: JournalFiles;
  sealedFiles: SealedFiles | undefined;
  random(bytes: number): Uint8Array;
  /** Whether an admin process is at work now, so that whatever it changes is heard of. Asked once a day. */
  isConfirmed(): boolean;
}

/** The table in force, kept on the disk: it starts from the sealed one less what was taken away since, and is sealed as it changes. */
export interface KeptTable {
  keeper: TableKeeper;
  /** What was found at the start. */
  start: TableStart;
  /** The admin process says that the table in force is the newest: it is sealed anew, with the date of today. */
  confirmed(): void;
  /** Seals what is not yet sealed. */
  close(): Promise<void>;
}

/** Reads what the doors start from, and says in the log what that is. Never rejects: without a table the doors refuse everyone. */
export async function keptTable(parts: KeptTableParts): Promise<KeptTable> {
  const { site, clock, log } = parts;
  const path = join(site.state_dir, 'table.sealed');
  const doorIds = site.doors.map(({ id }) => id);
  const expected = { siteId: site.id, doorIds };
  const sealed = await readSealedTable(path, expected, parts.key, nextTurn, parts.sealedFiles);
  const start = tableStart(sealed, clock);
  tellSealed(sealed, start, log);
  const narrowings = await openNarrowings({
    files: parts.files,
    path: join(site.state_dir, 'table.narrowed'),
    clock,
    newId: () => uuidV7(clock.wall(), parts.random(10)),
    trouble: (error) =>
      log.error(
        { err: error },
        'what is taken away cannot be kept; a power cut now would give it back for a while',
      ),
  });
  const sealer = sealerOf(parts, path, narrowings, () => keeper);
  const keeper = tableKeeper({
    doorIds,
    start: startOf(sealed, narrowings),
    later: setImmediate,
    changed: sealer.changed,
    safety: tableSafety(narrowings, sealer),
  });
  const confirmed = (): void => {
    const inForce = keeper.inForce();
    if (inForce !== null && inForce.version.table_id !== noCommit.table_id) sealer.changed();
  };
  let daily: Cancel = () => {};
  const look = (): void => {
    daily = clock.after(dayMs, () => {
      if (parts.isConfirmed()) confirmed();
      look();
    });
  };
  look();
  return {
    keeper,
    start,
    confirmed,
    async close() {
      daily();
      await sealer.flush();
      await narrowings.close();
    },
  };
}

const dayMs = 86_400_000;
/** A table that is renewed every day, and has not been for so long, is told as stale. */
const staleAfterMs = 7 * dayMs;

function tableStart(sealed: SealedTableRead, clock: Clock): TableStart {
  switch (sealed.kind) {
    case 'ok': {
      const { written_at } = sealed;
      return { found: clock.wall() - written_at > staleAfterMs ? 'stale' : 'good', written_at, why: null };
    }
    case 'absent':
      return { found: 'absent', written_at: null, why: null };
    case 'damaged':
    case 'foreign':
      return { found: sealed.kind, written_at: null, why: sealed.why };
  }
}

function startOf(sealed: SealedTableRead, narrowings: Narrowings) {
  if (sealed.kind !== 'ok') return null;
  const { table, version } = sealed;
  const since = narrowings.since(sealed.narrowings);
  narrowRows(table, since);
  return { table, version: since.length === 0 ? version : noCommit };
}

function sealerOf(
  { site, key, clock, log, sealedFiles, random }: KeptTableParts,
  path: string,
  narrowings: Narrowings,
  keeper: () => TableKeeper,
): TableSealer {
  return tableSealer({
    clock,
    async write() {
      const inForce = keeper().inForce();
      if (inForce === null) return;
      const { table, version } = inForce;
      const mark = narrowings.mark();
      const head = { site_id: site.id, version, written_at: clock.wall(), narrowings: mark };
      await writeSealedTable(path, { ...head, rows: rowsOf(table) }, key, random(12), sealedFiles);
      narrowings.sealed(mark);
    },
    report(failure) {
      if (failure === null) log.info({ path }, 'the sealed table is written again');
      else
        log.error(
          { err: failure, path },
          'the sealed table cannot be written; a power cut now would open on an older one',
        );
    },
  });
}

function tellSealed(sealed: SealedTableRead, start: TableStart, log: Logger): void {
  switch (sealed.kind) {
    case 'ok': {
      const { version } = sealed;
      const written_at = new Date(sealed.written_at).toISOString();
      if (start.found === 'good') log.info({ version, written_at }, 'doors open by the sealed table');
      else
        log.warn(
          { version, written_at },
          'doors open by a sealed table that is older than a week: who was shut out since may still come in',
        );
      return;
    }
    case 'absent':
      log.warn('no sealed table yet: doors refuse everyone until the admin process has sent one');
      return;
    case 'damaged':
    case 'foreign':
      log.error(
        { found: start.found, why: sealed.why },
        'the sealed table cannot be used: doors refuse everyone until the admin process has sent one',
      );
      return;
  }
}
