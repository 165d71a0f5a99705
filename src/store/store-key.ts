import type { Marks, RecordKind } from '../schema/storage.ts';

/**
 * Every key of the database:
 *
 *     meta/identity               id and format, written once
 *     meta/head                   numbers of the last commit and what must be found after it, in every batch
 *     link/REVISION               the chain of batches at a commit, as far back as the sealed head may lie
 *     record/KIND/ID              a record
 *     feed/SEQ                    a feed entry
 *     mark/KIND/ID                how far somebody has got with the feed
 *     journal/JOURNAL             how far this door journal is stored
 *     answer/KEY                  answer to an idempotency key
 *     answered/TIME/KEY           the same keys by age
 *
 * Numbers are hexadecimal of fixed width, so that the order of the keys is the order of the numbers.
 */
export const identityKey = 'meta/identity';
export const headKey = 'meta/head';

/** Keys above `gt` and below `lt`. */
export interface KeyRange {
  gt: string;
  lt: string;
}

// '0' is the character after '/': everything under a prefix lies between the two.
const under = (prefix: string): KeyRange => ({ gt: `${prefix}/`, lt: `${prefix}0` });
// 14 digits hold every safe integer.
const fixed = (number: number): string => number.toString(16).padStart(14, '0');

const kinds = {
  user: true,
  credential: true,
  access: true,
  door_group: true,
  schedule: true,
  holiday: true,
  timetable: true,
  horizon: true,
  api_key: true,
  webhook: true,
  holder: true,
  slot: true,
  confirmation: true,
} satisfies Record<RecordKind, true>;
const isKind = (text: string | undefined): text is RecordKind =>
  text !== undefined && Object.hasOwn(kinds, text);

/** Everything. */
export const wholeRange: KeyRange = { gt: '', lt: '\uffff' };

export const linkKey = (revision: number): string => `link/${fixed(revision)}`;
/** Revision of a link's key; null for a key that is none. */
export const revisionOfLink = (key: string): number | null =>
  key.startsWith('link/') ? Number.parseInt(key.slice('link/'.length), 16) : null;

export const recordRange = under('record');
export const isRecordKey = (key: string): boolean => key.startsWith('record/');
export const recordKey = (kind: RecordKind, id: string): string => `record/${kind}/${id}`;

/** Kind and id of a record's key; null for a key that is none. */
export function recordOfKey(key: string): { kind: RecordKind; id: string } | null {
  const [prefix, kind, id, ...more] = key.split('/');
  if (prefix !== 'record' || !isKind(kind) || id === undefined || more.length > 0) return null;
  return { kind, id };
}

export const feedRange = under('feed');
export const feedKey = (seq: number): string => `feed/${fixed(seq)}`;
export const feedAfter = (seq: number): KeyRange => ({ gt: feedKey(seq), lt: feedRange.lt });

export const marksOf = (kind: keyof Marks): KeyRange => under(`mark/${kind}`);
export const markKey = (kind: keyof Marks, id: string): string => `mark/${kind}/${id}`;
export const idOfMark = (key: string): string => key.slice(key.lastIndexOf('/') + 1);

export const journalKey = (journalId: string): string => `journal/${journalId}`;

export const answerKey = (key: string): string => `answer/${key}`;
export const answeredKey = (at: number, key: string): string => `answered/${fixed(at)}/${key}`;
/** Answers given before an instant (wall milliseconds, 0 or later). */
export const answeredBefore = (at: number): KeyRange => ({ gt: 'answered/', lt: `answered/${fixed(at)}` });
/** The idempotency key in a key by age. */
export const keyOfAnswered = (key: string): string => key.slice('answered/'.length + 14 + 1);
