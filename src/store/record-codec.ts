import { AppError } from '../core/error.ts';
import type { Change, FeedEntry, IdempotentAnswer, Marks, RecordKind, Records } from '../schema/storage.ts';
import { recordOfKey } from './store-key.ts';

/** Values are JSON: with 100,000 users compact encodings save a fifth of the file and nothing else. */

/** Numbers of the last commit, and what must be found in the database if nothing of it is lost. */
export interface Head {
  revision: number;
  records_revision: number;
  feed_seq: number;
  /** Feed entries up to this one are gone. */
  feed_trimmed: number;
  counts: Record<RecordKind, number>;
}

export interface Identity {
  id: string;
  /** Raised when keys or values change their meaning. */
  format: 1;
}

export const emptyHead: Head = {
  revision: 0,
  records_revision: 0,
  feed_seq: 0,
  feed_trimmed: 0,
  counts: {
    user: 0,
    credential: 0,
    access: 0,
    door_group: 0,
    schedule: 0,
    holiday: 0,
    horizon: 0,
    api_key: 0,
    webhook: 0,
    slot: 0,
    confirmation: 0,
  },
};

export const encode = (value: unknown): string => JSON.stringify(value);

/** What is wrong with the database and how it comes back. */
export function damaged(what: string): AppError {
  return new AppError(
    'state_dir_unusable',
    `the database is damaged: ${what}. Nothing was written to it. Keep a copy of its directory, then restore the last backup`,
  );
}

/** Reads a value that was written by `encode`. Throws `state_dir_unusable` for one that was not. */
export function decode<
  T extends Head | Identity | FeedEntry | IdempotentAnswer | Marks[keyof Marks] | number,
>(key: string, text: string): T {
  return parsed(key, text) as T;
}

/** A record as the change that makes it. Throws `state_dir_unusable` when key and value do not belong together. */
export function decodeRecord(key: string, text: string): Change {
  const name = recordOfKey(key);
  const value = parsed(key, text) as Partial<Records[RecordKind]> | null;
  if (name === null || typeof value !== 'object' || value?.id !== name.id) {
    throw damaged(`the record ${key} cannot be read`);
  }
  // The kind in the key says which record it is: both were written by one call.
  return { ...name, before: null, after: { ...later[name.kind], ...value } } as Change;
}

/** Members that older records lack, as they were meant. */
const later: { [K in RecordKind]?: Partial<Records[K]> } = { access: { schedule_id: null } };

function parsed(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(`${key} cannot be read`);
  }
}
