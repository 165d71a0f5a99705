import type { DoorsStatus } from '../core/status.ts';
import type { BackupStanding } from './storage.ts';
import type { StorageInfo } from './storage-damage.ts';

/** What the disk of the state directory can take. */
export interface DiskInfo {
  /** False: writes are refused until the disk takes them again. */
  takes_writes: boolean;
  /** Null: not known. */
  free_bytes: number | null;
  low: boolean;
}

/** The controller, what it holds, and the state of everything wired to it. */
export interface SystemInfo {
  id: string;
  name: string;
  version: string;
  time: string;
  time_zone: string;
  users: number;
  credentials: number;
  revision: number;
  feed_cursor: string;
  feed: {
    /** Entries kept. */
    entries: number;
    consumers: { name: string; lag: number }[];
    webhooks: { id: string; enabled: boolean; lag: number; failing_since: string | null }[];
  };
  storage: StorageInfo;
  /** Null: nobody has the database open. */
  disk: DiskInfo | null;
  /** Null: the site file asks for none. */
  backup: BackupStanding | null;
  doors_in_sync: boolean;
  doors: DoorsStatus | null;
}
