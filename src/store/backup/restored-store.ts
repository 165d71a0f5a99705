import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Confirmation } from '../../core/confirmation.ts';
import type { Slot } from '../../core/slot.ts';
import type { Change, Commit, FeedEntry, IdempotentAnswer, Store } from '../../schema/storage.ts';
import { begin, storeOn } from '../level-store.ts';
import { currentFormat } from '../migration.ts';
import { openLevel } from '../open-level.ts';
import { decode, decodeRecord, type Identity } from '../record-codec.ts';
import { headKeeper, writeSealedHead } from '../sealed-head.ts';
import { identityKey, recordOfKey } from '../store-key.ts';
import { unusable } from './chunk-cipher.ts';
import type { BackupPart, Entry } from './content.ts';

/** What a restored database holds in place of what the backup says of the devices. */
export interface RestoredDevices {
  slots: readonly Slot[];
  confirmations: readonly Confirmation[];
}

export interface RestoreParts {
  /** New or empty: gets `database` and `store.head`. */
  directory: string;
  /** Seals `store.head`. */
  headKey: KeyObject;
  clock: Clock;
  /** Id of the new database, and of its feed's epoch. */
  id: string;
  /** Null: as the backup says. */
  devices: RestoredDevices | null;
  /** Told at the end of the feed. */
  told: readonly Omit<FeedEntry, 'seq'>[];
  /** Entries written so far. */
  progress?: (entries: number) => void;
}

/** Commits on their way at one time: they share batches. */
const maxWaiting = 64;

/**
 * Makes a database of a backup: through the store, as any other commits, so that it has numbers, chain and sealed head of its own. The
 * feed counts from 1 in a new epoch. How far its readers had got in the old one is left out: webhooks are told that they are
 * behind, named consumers are gone. Throws `backup_unusable`, and what the disk says.
 */
export async function restoreStore(parts: RestoreParts, content: AsyncIterable<BackupPart>): Promise<void> {
  const { directory, headKey, clock, id, devices } = parts;
  const database = await openLevel(join(directory, 'database'), clock);
  let headFailure: unknown = null;
  const keeper = headKeeper({
    id,
    onDisk: null,
    write: (head) => writeSealedHead(join(directory, 'store.head'), head, headKey),
    clock,
    report(failure) {
      headFailure = failure;
    },
  });
  const store = storeOn(database, await begin(database, id), { keeper });
  try {
    const waiting: Promise<unknown>[] = [];
    const webhooks: string[] = [];
    let written = 0;
    for await (const part of content) {
      if (part.is !== 'entries') continue;
      for (const commit of commitsOf(part.entries, devices === null)) {
        for (const { kind, id: name } of commit.changes) if (kind === 'webhook') webhooks.push(name);
        const pushed = store.commit(commit);
        pushed.catch(() => {});
        waiting.push(pushed);
      }
      written += part.entries.length;
      parts.progress?.(written);
      if (waiting.length >= maxWaiting) await Promise.all(waiting.splice(0));
    }
    await Promise.all(waiting);
    await finish(store, parts, webhooks);
  } finally {
    await store.close();
  }
  if (headFailure !== null) throw headFailure;
}

async function finish(
  store: Store,
  { devices, told }: RestoreParts,
  webhooks: readonly string[],
): Promise<void> {
  const slots = devices?.slots.map((after): Change => ({ kind: 'slot', id: after.id, before: null, after }));
  const rows = devices?.confirmations.map(
    (after): Change => ({ kind: 'confirmation', id: after.id, before: null, after }),
  );
  const all = [...(slots ?? []), ...(rows ?? [])];
  for (let from = 0; from < all.length; from += perCommit) {
    await store.commit({ changes: all.slice(from, from + perCommit), feed: [] });
  }
  const { feed_seq } = await store.commit({ changes: [], feed: told });
  const marks = webhooks.map((id) => ({ kind: 'delivery' as const, id, value: behindAt(id, feed_seq) }));
  await store.commit({ changes: [], feed: [], marks });
}

const perCommit = 500;

/** The receiver is told that from here on it has to read for itself. */
const behindAt = (webhook: string, seq: number) => ({
  seq,
  open: [{ seq, id: `restored-${webhook}`, resource: 'feed/entries', attempts: 0, next_at: 0, behind: true }],
  failing_since: null,
});

/** One commit for all records and feed entries of a slice, and one for each thing a commit can have one of. */
function commitsOf(entries: readonly Entry[], withDevices: boolean): Commit[] {
  const changes: Change[] = [];
  const feed: Omit<FeedEntry, 'seq'>[] = [];
  const single: Commit[] = [];
  for (const [key, value] of entries) {
    const [place = '', ...rest] = key.split('/');
    switch (place) {
      case 'record': {
        const kind = recordOfKey(key)?.kind;
        const isDevice = kind === 'slot' || kind === 'confirmation';
        if (withDevices || !isDevice) changes.push(decodeRecord(key, value));
        break;
      }
      case 'feed': {
        const { seq: _, ...entry } = decode<FeedEntry>(key, value);
        feed.push(entry);
        break;
      }
      case 'journal':
        single.push({
          changes: [],
          feed: [],
          journal: { journal_id: rest.join('/'), seq: decode<number>(key, value) },
        });
        break;
      case 'answer': {
        const answer = decode<IdempotentAnswer>(key, value);
        single.push({ changes: [], feed: [], idempotency: { key: rest.join('/'), answer } });
        break;
      }
      case 'meta':
        if (key === identityKey && decode<Identity>(key, value).format > currentFormat) throw newer();
        break;
      case 'answered':
      case 'mark':
      case 'link':
        break;
      default:
        throw newer();
    }
  }
  return changes.length + feed.length === 0 ? single : [{ changes, feed }, ...single];
}

const newer = () => unusable('it was made by a newer Postern: install that one');
