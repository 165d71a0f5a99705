/** A stored object by kind and id. */
export interface RecordName {
  kind: string;
  id: string;
}

/** What is wrong with a database that could not be repaired. */
export interface StorageDamage {
  /** ISO 8601, UTC. */
  found_at: string;
  /** In words. */
  faults: readonly string[];
  /** What going on with what is left would lose. Of kinds that are whole nothing is said. */
  kinds: readonly { kind: string; should: number; found: number }[];
  /** Number of the last commit that is known of, and of the last that is there. */
  commits: { should: number; found: number };
  /** Objects that are known to be missing, as far as feed and doors still tell: at most a thousand. */
  missing: readonly RecordName[];
  missing_in_all: number;
}

/** Whether the database is whole. While it is damaged nothing is read or written but what the doors tell. */
export interface StorageInfo {
  state: 'sound' | 'damaged';
  damage: StorageDamage | null;
}
