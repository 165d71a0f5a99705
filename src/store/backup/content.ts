import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { AppError } from '../../core/error.ts';
import { decode, type Head } from '../record-codec.ts';
import { headKey, identityKey, revisionOfLink } from '../store-key.ts';
import { differences, entryHash, type Tallies, tallyBook } from '../tally.ts';
import { differenceText } from '../verdict.ts';
import { type BackupSecret, chunkSealer, openChunks, unusable } from './chunk-cipher.ts';

/**
 * What a backup holds: a head, then every key and value of the database as of one commit, then a tail. Each chunk of the file is JSON,
 * deflated (RFC 1951).
 */
export interface BackupHead {
  format: 1;
  /** Postern that made it. */
  version: string;
  site_id: string;
  site_name: string;
  /** Which database, and with it which epoch of the feed. */
  store_id: string;
  /** ISO 8601, UTC. */
  made_at: string;
  /** The site key, hexadecimal, and the file of the readers' keys as it lies on the disk, base64; null: there is none. */
  keys: { site: string; readers: string | null };
}

export interface BackupTail {
  /** Number of the last commit in it. */
  revision: number;
  /** Of everything the database held but its links and its own numbers. */
  tallies: Tallies;
}

export type Entry = readonly [key: string, value: string];
export type BackupPart =
  | { is: 'head'; head: BackupHead }
  | { is: 'entries'; entries: readonly Entry[] }
  | { is: 'tail'; tail: BackupTail };

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);
/** Entries a chunk holds: about a tenth of a megabyte. */
const perChunk = 250;
const longestPlain = 256 * 1024 * 1024;

/** The bytes of a backup. `entries` are those of the whole database as of one commit; what they cost in memory is one chunk. */
export async function* sealBackup(
  head: BackupHead,
  entries: AsyncIterable<Entry>,
  secret: BackupSecret,
  random: (size: number) => Uint8Array,
): AsyncGenerator<Buffer> {
  const sealer = await chunkSealer(secret, random);
  const chunk = async (part: object, last: boolean): Promise<Buffer> =>
    sealer.seal(await deflate(JSON.stringify(part), { level: 1 }), last);
  yield sealer.preamble;
  yield await chunk(head, false);
  const counting = counter();
  let slice: Entry[] = [];
  for await (const entry of entries) {
    counting.take(entry);
    if (slice.push(entry) < perChunk) continue;
    yield await chunk(slice, false);
    slice = [];
  }
  if (slice.length > 0) yield await chunk(slice, false);
  const { tail, lacking } = counting.end();
  if (lacking !== null) {
    throw new AppError(
      'backup_failed',
      `what was read of the database is not whole (${lacking}), and no backup was made. If the daemon was stopped meanwhile, try again; else see postern check --store`,
    );
  }
  yield await chunk(tail, true);
}

/**
 * The parts of a backup in order: head, entries, tail. Only with the tail is it known that all of it is there. Throws
 * `backup_key_wrong` and `backup_unusable`.
 */
export async function* openBackup(
  bytes: AsyncIterable<Uint8Array>,
  secret: BackupSecret,
): AsyncGenerator<BackupPart> {
  const counting = counter();
  let head: BackupHead | null = null;
  let tail: BackupTail | null = null;
  for await (const plain of openChunks(bytes, secret)) {
    const value = JSON.parse((await inflate(plain, { maxOutputLength: longestPlain })).toString()) as unknown;
    if (head === null) {
      head = value as BackupHead;
      if (head.format !== 1) throw unusable('it was made by a newer Postern: install that one');
      yield { is: 'head', head };
    } else if (Array.isArray(value)) {
      for (const entry of value as Entry[]) counting.take(entry);
      yield { is: 'entries', entries: value as Entry[] };
    } else tail = value as BackupTail;
  }
  const found = counting.end();
  const lacking =
    tail === null ? 'it has no end' : (found.lacking ?? differenceOf(tail.tallies, found.tail.tallies));
  if (tail === null || lacking !== null) throw unusable(`it does not hold what it should (${lacking})`);
  yield { is: 'tail', tail };
}

/** Holds entries against what the last commit among them counted. */
function counter() {
  const book = tallyBook();
  let head: Head | null = null;
  return {
    take([key, value]: Entry): void {
      if (key === headKey) head = decode<Head>(key, value);
      else if (key !== identityKey && revisionOfLink(key) === null) book.add(key, entryHash(key, value));
    },
    end(): { tail: BackupTail; lacking: string | null } {
      const tallies = book.tallies();
      const lacking = head === null ? 'no head' : differenceOf(head.tallies, tallies);
      return { tail: { revision: head?.revision ?? 0, tallies }, lacking };
    },
  };
}

function differenceOf(should: Tallies, found: Tallies): string | null {
  const differ = differences(should, found);
  return differ.length === 0 ? null : differ.map(differenceText).join(', ');
}
