import { AppError } from '../core/error.ts';
import type { Change, FeedEntry, IdempotentAnswer, Marks, RecordKind, Records } from '../schema/storage.ts';
import { firstLink } from './chain.ts';
import { recordOfKey } from './store-key.ts';
import type { Tallies } from './tally.ts';

/** Values are JSON: with 100,000 users compact encodings save a fifth of the file and nothing else. */

/** Numbers of the last commit, and what must be found in the database if nothing of it is lost. */
export interface Head {
  revision: number;
  records_revision: number;
  feed_seq: number;
  /** Feed entries up to this one are gone. */
  feed_trimmed: number;
  /** Of every entry but the identity, this head and the links of the chain. */
  tallies: Tallies;
  /** Hash of all batches so far, in their order. */
  chain: string;
}

export interface Identity {
  id: string;
  /** Raised when keys or values change their meaning (migration.ts). */
  format: number;
}

/** The head of a database that holds nothing but its identity. */
export const firstHead = (id: string): Head => ({
  revision: 0,
  records_revision: 0,
  feed_seq: 0,
  feed_trimmed: 0,
  tallies: {},
  chain: firstLink(id),
});

export const encode = (value: unknown): string => JSON.stringify(value);

/** What is wrong with the database and how it comes back. */
export function damaged(what: string): AppError {
  return new AppError(
    'storage_damaged',
    `the database is damaged: ${what}. Nothing is written to it. Go back to a backup with postern restore, or go on with what is there: postern store accept`,
  );
}

/** Reads a value that was written by `encode`. Throws `storage_damaged` for one that was not. */
export function decode<
  T extends Head | Identity | FeedEntry | IdempotentAnswer | Marks[keyof Marks] | number,
>(key: string, text: string): T {
  return parsed(key, text) as T;
}

/** A record as the change that makes it. Throws `storage_damaged` when key and value do not belong together. */
export function decodeRecord(key: string, text: string): Change {
  const name = recordOfKey(key);
  const value = parsed(key, text) as Partial<Records[RecordKind]> | null;
  if (name === null || typeof value !== 'object' || value?.id !== name.id) {
    throw damaged(`the record ${key} cannot be read`);
  }
  // The kind in the key says which record it is: both were written by one call. The id is the record's own: one cut out of the key
  // keeps the key in memory as long as the record.
  return { kind: name.kind, id: value.id, before: null, after: asMeant(name.kind, value) } as Change;
}

/** An older record with the members it lacks, as they were meant. Others stay as parsed, which is how they are smallest in memory. */
function asMeant(kind: RecordKind, value: Partial<Records[RecordKind]>): Partial<Records[RecordKind]> {
  if (kind !== 'access' || 'schedule_id' in value) return value;
  return { schedule_id: null, ...value };
}

function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(`${key} cannot be read`);
  }
}
