import type { AdminService } from './admin/ports.ts';
import { startApi } from './api/listen.ts';
import { readSiteKeys, type SiteKeys } from './door/site-key.ts';
import { type GuardedStore, type GuardParts, openGuardedStore } from './store/guarded-store.ts';

/** What the admin process uses of the machine it runs on, so that a test can put something else in its place. */
export interface AdminMachine {
  readKeys(file: string): Promise<SiteKeys>;
  openStore(guard: GuardParts): Promise<GuardedStore>;
  serve: typeof startApi;
}

export const thisMachine: AdminMachine = {
  readKeys: (file) => readSiteKeys(file),
  openStore: openGuardedStore,
  serve: startApi,
};

/** Why the admin process should end, for another to be started: it may fare better on that disk, or has another database. */
export type Restart = (why: 'disk_refuses' | 'database_accepted', error?: unknown) => void;

/** A running admin process. */
export interface ComposedAdmin {
  service: AdminService;
  /** Where the API listens. */
  url: string;
  /** Ends what waits, and closes the database with everything stored. */
  close(): Promise<void>;
}
