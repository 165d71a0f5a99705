import type { Clock } from '../../core/clock.ts';
import type { Confirmation } from '../../core/confirmation.ts';
import {
  type ConfirmationEvent,
  type ConfirmationRules,
  step,
  type Told,
} from '../../core/confirmation-step.ts';
import type { HeldCode, Slot } from '../../core/slot.ts';
import type { KnownHolder } from '../../core/slot-holder.ts';
import { uuidV7 } from '../../core/uuid.ts';
import type { Lateness } from '../../schema/confirmation.ts';
import type { Change, FeedEntry } from '../../schema/storage.ts';
import type { Consequences, Directory } from '../storage.ts';
import { lateness, showConfirmation } from './shown.ts';

/** Slots and rows as they will be after one commit: collects changes and what the feed is to tell of them. */
export interface Ledger {
  /** Wall milliseconds, the same for all of this commit. */
  readonly now: number;
  /** The later of it and what is known to be past: judges ends of validity. */
  readonly latest: number;
  newId(): string;
  rowsOf(credentialId: string): Confirmation[];
  rowAt(credentialId: string, holderId: string): Confirmation | undefined;
  rowsAt(holderId: string): Confirmation[];
  slot(holderId: string, number: number): Slot | undefined;
  slotsOf(holderId: string): ReadonlyMap<number, Slot>;
  add(row: Confirmation): void;
  /** One event at one row; null: the row is gone. */
  step(row: Confirmation, event: ConfirmationEvent, rules: ConfirmationRules): Confirmation | null;
  /** What a row would have in its slot, to be sent; null: its credential has changed meanwhile. */
  codeOf(row: Confirmation): HeldCode | null;
  put(slot: Slot): void;
  /** Nothing is known of this slot any more. */
  forget(slot: Slot): void;
  /** Keeps what is known of a device itself; null: it is forgotten. */
  keep(holderId: string, holder: KnownHolder | null): void;
  tell(entry: Pick<FeedEntry, 'type' | 'resource' | 'data'>): void;
  consequences(): Consequences;
}

export interface LedgerParts {
  directory: Directory;
  clock: Clock;
  random(bytes: number): Uint8Array;
  /** As `KnownTime.latest`. */
  latest(): number;
}

export function ledger({ directory, clock, random, latest }: LedgerParts): Ledger {
  const now = clock.wall();
  const newId = (): string => uuidV7(now, random(10));
  const rows = new Map<string, Confirmation | null>();
  const slots = new Map<string, Slot | null>();
  const holders = new Map<string, KnownHolder | null>();
  /** The slots of a device with the changes made here. */
  const views = new Map<string, Map<number, Slot>>();
  const told = new Map<string, { what: Told; row: Confirmation; late: Lateness | null }>();
  const notes: Omit<FeedEntry, 'seq'>[] = [];

  /** Ids of rows changed here, by credential: thousands may come due in one commit. */
  const changedOf = new Map<string, Set<string>>();

  const change = ({ id, credential_id }: Confirmation, after: Confirmation | null): void => {
    rows.set(id, after);
    const ids = changedOf.get(credential_id);
    if (ids === undefined) changedOf.set(credential_id, new Set([id]));
    else ids.add(id);
  };
  const current = (found: Iterable<Confirmation>, changed: Iterable<string>): Confirmation[] => {
    const all = new Map<string, Confirmation>();
    for (const row of found) all.set(row.id, row);
    for (const id of changed) {
      const row = rows.get(id) ?? null;
      if (row === null) all.delete(id);
      else all.set(id, row);
    }
    return [...all.values()];
  };
  const rowsOf = (credentialId: string): Confirmation[] =>
    current(directory.confirmationsOf(credentialId), changedOf.get(credentialId) ?? []);
  const rowsAt = (holderId: string): Confirmation[] =>
    current(directory.confirmationsAt(holderId).values(), rows.keys()).filter(
      ({ holder_id }) => holder_id === holderId,
    );
  const slotsOf = (holderId: string): ReadonlyMap<number, Slot> =>
    views.get(holderId) ?? directory.slotsOf(holderId);
  const view = (holderId: string): Map<number, Slot> => {
    const known = views.get(holderId);
    if (known !== undefined) return known;
    const copy = new Map(directory.slotsOf(holderId));
    views.set(holderId, copy);
    return copy;
  };
  const entry = (given: Pick<FeedEntry, 'type' | 'resource' | 'data'>, revision: number | null) => ({
    ...given,
    id: newId(),
    time: new Date(now).toISOString(),
    revision,
  });

  return {
    now,
    latest: latest(),
    newId,
    rowsOf,
    rowAt: (credentialId, holderId) => rowsOf(credentialId).find((row) => row.holder_id === holderId),
    rowsAt,
    slot: (holderId, number) => slotsOf(holderId).get(number),
    slotsOf,
    add(row) {
      change(row, row);
      told.set(row.id, { what: row.state, row, late: null });
    },
    step(row, event, rules) {
      const { row: after, tell } = step(row, event, now, rules);
      if (after === row) return row;
      change(row, after);
      const before = told.get(row.id);
      if (tell !== null || before !== undefined) {
        told.set(row.id, {
          what: tell ?? before?.what ?? row.state,
          row: after ?? { ...row, seq: row.seq + 1 },
          late: event.type === 'late' ? lateness(row, event.waits_for) : (before?.late ?? null),
        });
      }
      return after;
    },
    codeOf({ credential_id, key, revision, partitions }) {
      const credential = directory.credentials.get(credential_id);
      if (credential === undefined || credential.key !== key) return null;
      return { key, sealed: credential.sealed, revision, partitions };
    },
    put(slot) {
      slots.set(slot.id, slot);
      view(slot.holder_id).set(slot.slot, slot);
    },
    forget(slot) {
      slots.set(slot.id, null);
      view(slot.holder_id).delete(slot.slot);
    },
    keep(id, holder) {
      holders.set(id, holder);
    },
    tell(given) {
      notes.push(entry(given, null));
    },
    consequences() {
      const changes: Change[] = [];
      for (const [id, after] of rows) {
        const before = directory.confirmations.get(id) ?? null;
        if (before !== after) changes.push({ kind: 'confirmation', id, before, after });
      }
      for (const [id, after] of slots) {
        const before = directory.slots.get(id) ?? null;
        if (before !== after) changes.push({ kind: 'slot', id, before, after });
      }
      for (const [id, after] of holders) {
        const before = directory.holders.get(id) ?? null;
        if (before !== after) changes.push({ kind: 'holder', id, before, after });
      }
      const feed = [...told.values()].map(({ what, row, late }) =>
        entry(
          {
            type: `confirmation.${what}`,
            resource: `confirmation/${row.id}`,
            data: { ...showConfirmation(row, directory), ...(what === 'late' && late) },
          },
          row.seq,
        ),
      );
      return { changes, feed: [...notes, ...feed] };
    },
  };
}
