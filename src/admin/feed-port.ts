import type { FeedReader } from '../schema/api/consumer.ts';
import type { FeedEntry } from '../schema/storage.ts';

/** The feed, as the API and the command line read it. */
export interface FeedService {
  /** The cursor right after an entry; without a number, after the newest. */
  cursor(seq?: number): string;
  /**
   * Entries after a cursor (null: from the oldest kept), filtered by type (`access.*` or a whole type). With nothing to give it waits
   * up to `waitMs` for the first. `invalid_cursor` or `cursor_gone` for a cursor it cannot follow.
   */
  read(
    query: { after: string | null; limit: number; types: readonly string[]; waitMs: number },
    aborted: AbortSignal,
  ): Promise<{ items: FeedEntry[]; cursor: string; more: boolean }>;
}

export interface ConsumersService {
  /** By name. */
  list(): FeedReader[];
  get(name: string): FeedReader;
  /** Moves it forward, or makes it; a cursor that is not newer changes nothing. `invalid_cursor` or `cursor_gone` as in the feed. */
  acknowledge(name: string, cursor: string): Promise<{ consumer: FeedReader; created: boolean }>;
  remove(name: string): Promise<void>;
}
