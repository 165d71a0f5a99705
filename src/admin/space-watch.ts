import type { Cancel, Clock } from '../core/clock.ts';
import type { RecordWriter } from './record-writer.ts';

const everyMs = 60_000;

export interface SpaceWatch {
  /** Bytes free when last looked; null: not known. */
  free(): number | null;
  low(): boolean;
  close(): void;
}

/**
 * Looks once a minute how much room is left for the database, and says in the feed when it gets low (`storage.low`, `active` true), while
 * that can still be written, and when it no longer is.
 * @param parts.free bytes free on the disk of the state directory; may reject
 * @param parts.warnBelowBytes below so many the disk counts as nearly full
 */
export function spaceWatch(parts: {
  free(): Promise<number>;
  warnBelowBytes: number;
  note: RecordWriter['note'];
  resource: string;
  clock: Clock;
  failed(error: unknown): void;
}): SpaceWatch {
  const { warnBelowBytes } = parts;
  /** Above so much it has room again, so that a disk at the limit does not say so every minute. */
  const enoughBytes = warnBelowBytes + warnBelowBytes / 8;
  let free: number | null = null;
  let low = false;
  /** What the feed has said. */
  let told = false;
  let closed = false;
  let cancel: Cancel = () => {};

  const look = async (): Promise<void> => {
    free = await parts.free().catch(() => null);
    if (free !== null) low = free < (low ? enoughBytes : warnBelowBytes);
    if (low !== told && !closed) {
      const data = { active: low, free_bytes: free, warn_below_bytes: warnBelowBytes };
      const active = low;
      await parts.note({ type: 'storage.low', resource: parts.resource, data }).then(() => {
        told = active;
      }, parts.failed);
    }
    if (!closed) cancel = parts.clock.after(everyMs, () => void look());
  };
  void look();

  return {
    free: () => free,
    low: () => low,
    close() {
      closed = true;
      cancel();
    },
  };
}
