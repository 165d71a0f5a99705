import { AppError } from '../../core/error.ts';
import type { Change, RecordKind, Records } from '../../schema/storage.ts';
import type { Entry } from '../../store/backup/content.ts';
import { decode, decodeRecord, type Identity } from '../../store/record-codec.ts';
import { identityKey, isRecordKey } from '../../store/store-key.ts';

/** All records of one database. */
export interface RecordSet {
  /** Of the database; null: it does not say. */
  id: string | null;
  of<K extends RecordKind>(kind: K): ReadonlyMap<string, Records[K]>;
  /** Records that cannot be read. */
  unreadable: number;
}

/** Takes entries, and keeps what is a record. */
export function recordSet(): RecordSet & { take(entries: readonly Entry[]): void } {
  const kinds = new Map<RecordKind, Map<string, unknown>>();
  const put = ({ kind, id, after }: Change): void => {
    const known = kinds.get(kind) ?? new Map<string, unknown>();
    kinds.set(kind, known.set(id, after));
  };
  const set: ReturnType<typeof recordSet> = {
    id: null,
    unreadable: 0,
    // A kind's map holds what changes of that kind have put there.
    of: <K extends RecordKind>(kind: K) => (kinds.get(kind) ?? new Map()) as ReadonlyMap<string, Records[K]>,
    take(entries) {
      for (const [key, value] of entries) {
        try {
          if (key === identityKey) set.id = decode<Identity>(key, value).id;
          else if (isRecordKey(key)) put(decodeRecord(key, value));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          set.unreadable += 1;
        }
      }
    },
  };
  return set;
}
