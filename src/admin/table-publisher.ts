import type { Cancel, Clock } from '../core/clock.ts';
import type { RowRef, TableRow, TableVersion } from '../core/table-row.ts';
import type { FromAdmin, FromDoor } from '../link/message.ts';
import { type Commit, type Committed, concernsTable } from '../schema/storage.ts';
import type { RowSources } from './row-sources.ts';
import type { TableInForce } from './storage.ts';
import { compileRow, type RowSource } from './table-compiler.ts';

/** Rows in one message, so that the door process takes each in one short turn. */
export const rowsPerMessage = 250;
/** Changed rows kept for patches while the door process cannot take them; beyond that a whole table is cheaper. */
const maxWaitingRows = 5_000;

/** Keeps the door process's table equal to the durable records. */
export interface TablePublisher extends TableInForce {
  /** Begins to send, with the version the door process said it has. Once, when the Link is ready. */
  start(inForce: TableVersion | null): void;
  /** Follows a commit that has become durable. */
  committed(commit: Commit, committed: Committed): void;
  /** What the door process says about its table. */
  heard(message: Extract<FromDoor, { type: 'applied' | 'narrowed' | 'pull' | 'resync' }>): void;
  /** The Link has room again. */
  room(): void;
  /** The newest durable version, wherever the doors are. */
  newest(): TableVersion;
  /** Whether the doors go by the newest durable version. */
  inSync(): boolean;
}

/** The rows that change from the step before to `revision`; null: the row goes. */
interface Step {
  revision: number;
  rows: Map<string, { ref: RowRef; row: TableRow | null }>;
}

/** A whole table on offer: frozen sources, which stay those of `revision` whatever is committed meanwhile. */
interface Offer {
  number: number;
  revision: number;
  sources: readonly RowSource[];
  told: boolean;
  pulled: boolean;
  /** A part asked for and not yet sent. */
  wanted: number | null;
}

/**
 * Small changes go as patches, one commit after another, several in one message where they fit; whole tables only when
 * the versions do not meet, when one commit is too big for a message, or when too much waits. Patches never overtake an
 * offer, and never wait for it to be pulled either: the doors keep them for the table to come, and take away at once what they
 * take away (docs/decisions/0011-narrowing-never-waits.md).
 *
 * `revision` is the store's `recordsRevision` when loaded; `send` answers false when the Link is full.
 */
export function tablePublisher(parts: {
  tableId: string;
  revision: number;
  sources: RowSources;
  clock: Clock;
  send(message: FromAdmin): boolean;
}): TablePublisher {
  const { tableId, sources, clock, send } = parts;
  const waiters = new Set<{ revision: number; done(applied: boolean): void }>();
  let newest = parts.revision;
  let started = false;
  /** The revision of ours that the doors go by; null: another table, or not known. */
  let inForce: number | null = null;
  /** The revision the doors will have when they have taken all that was sent; null: they need a whole table. */
  let sent: number | null = null;
  let steps: Step[] = [];
  let offer: Offer | null = null;
  let offers = 0;
  /** By patches that follow the offer: what these revisions take away is taken from the doors. */
  let narrowed = 0;
  let flushing = false;

  const version = (revision: number): TableVersion => ({ table_id: tableId, revision });
  const applied = (revision: number): boolean => inForce !== null && inForce >= revision;
  /** Whether nobody is let in who should not be since this revision. What came before the offer comes with it. */
  const effective = (revision: number): boolean =>
    applied(revision) || (offer !== null && revision > offer.revision && revision <= narrowed);

  const flush = (): void => {
    if (!started) return;
    if (sent === null) {
      offers += 1;
      offer = {
        number: offers,
        revision: newest,
        sources: sources.all(),
        told: false,
        pulled: false,
        wanted: null,
      };
      sent = newest;
      steps = [];
    }
    if (offer !== null) sendOffer(offer);
    if (offer === null || offer.told) sendPatches();
  };

  /** When all who hear of their durable commits in this turn have: writers that shared a batch share a patch. */
  const flushSoon = (): void => {
    if (flushing) return;
    flushing = true;
    queueMicrotask(() => {
      flushing = false;
      flush();
    });
  };

  const sendOffer = (current: Offer): void => {
    const { number, revision } = current;
    if (!current.told) {
      current.told = send({
        type: 'offer',
        offer: number,
        version: version(revision),
        rows: current.sources.length,
      });
    }
    if (current.told && current.wanted !== null) {
      const from = current.wanted;
      const rows = current.sources.slice(from, from + rowsPerMessage).map(compileRow);
      if (send({ type: 'part', offer: number, from, rows })) current.wanted = null;
    }
  };

  const sendPatches = (): void => {
    for (let step = steps[0]; step !== undefined && sent !== null; step = steps[0]) {
      const rows: TableRow[] = [];
      const removed: RowRef[] = [];
      for (const { ref, row } of step.rows.values()) {
        if (row === null) removed.push(ref);
        else rows.push(row);
      }
      const patch = { base: version(sent), version: version(step.revision), rows, removed };
      if (!send({ type: 'patch', ...patch })) return;
      sent = step.revision;
      steps.shift();
    }
  };

  const queue = (step: Step): void => {
    const last = steps.at(-1);
    if (last !== undefined && last.rows.size + step.rows.size <= rowsPerMessage) {
      for (const [key, row] of step.rows) last.rows.set(key, row);
      last.revision = step.revision;
    } else steps.push(step);
    const waiting = steps.reduce((sum, { rows }) => sum + rows.size, 0);
    if (step.rows.size <= rowsPerMessage && waiting <= maxWaitingRows) return;
    sent = null;
    steps = [];
  };

  const settle = (): void => {
    for (const waiter of waiters) if (effective(waiter.revision)) waiter.done(true);
  };

  return {
    start(doors) {
      started = true;
      // Versions are compared, never computed with: a later revision than ours is as foreign as an earlier one.
      inForce = doors?.table_id === tableId && doors.revision === newest ? newest : null;
      sent = inForce;
      flush();
    },
    committed(commit, { revision }) {
      if (!commit.changes.some(concernsTable)) return;
      sources.apply(commit.changes);
      newest = revision;
      if (!started || sent === null) return;
      const rows: Step['rows'] = new Map();
      for (const ref of sources.affected(commit.changes)) {
        const source = sources.of(ref);
        rows.set(`${ref.row}/${ref.id}`, { ref, row: source === null ? null : compileRow(source) });
      }
      queue({ revision, rows });
      flushSoon();
    },
    heard(message) {
      switch (message.type) {
        case 'applied':
          if (message.version.table_id !== tableId) return;
          inForce = message.version.revision;
          if (offer !== null && inForce >= offer.revision) offer = null;
          settle();
          break;
        case 'narrowed':
          if (message.version.table_id !== tableId) return;
          narrowed = message.version.revision;
          settle();
          break;
        case 'pull':
          if (offer === null || message.offer !== offer.number) return;
          offer.pulled = true;
          offer.wanted = message.from;
          break;
        case 'resync':
          inForce = null;
          // An offer not yet pulled was sent after whatever did not fit, and mends it already.
          if (offer !== null && !offer.pulled) return;
          sent = null;
          break;
      }
      flush();
    },
    room: flush,
    newest: () => version(newest),
    inSync: () => applied(newest),
    waitFor(revision, ms) {
      // Commits after the newest that changed a record changed nothing that the doors must know.
      const awaited = Math.min(revision, newest);
      if (effective(awaited)) return Promise.resolve(true);
      return new Promise((resolve) => {
        let cancel: Cancel = () => {};
        const waiter = {
          revision: awaited,
          done(isApplied: boolean): void {
            cancel();
            waiters.delete(waiter);
            resolve(isApplied);
          },
        };
        waiters.add(waiter);
        cancel = clock.after(ms, () => waiter.done(false));
      });
    },
  };
}
