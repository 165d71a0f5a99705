import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  scrypt,
  timingSafeEqual,
} from 'node:crypto';
import { AppError } from '../../core/error.ts';
import type { Secret } from '../../core/secret.ts';

/** What seals a backup: 32 random bytes of a key file, or a passphrase. */
export type BackupSecret = { kind: 'key'; key: Uint8Array } | { kind: 'passphrase'; passphrase: Secret };

/**
 * The outer shape of a backup file. All numbers are big-endian.
 *
 *     magic and format (8) | kind of secret (1) | log2 of scrypt's N (1) | salt (16) | check (16)
 *     chunks: length of the ciphertext (4), its first bit set in the last chunk | ciphertext | tag (16)
 *
 * AES-256-GCM under a key of this file alone. The nonce is the chunk's number and whether it is the last (STREAM; Hoang, Reyhanitabar,
 * Rogaway, Vizár 2015): chunks that are changed, left out, exchanged, or taken from another file do not open, and neither does a cut end.
 */
const magic = Buffer.from('PSTNBKP\x01', 'latin1');
const saltSize = 16;
const checkSize = 16;
const preambleSize = magic.length + 2 + saltSize + checkSize;
const tagSize = 16;
const lastBit = 0x8000_0000;
/** No chunk of ours comes near it; a longer length is damage. */
const longestChunk = 64 * 1024 * 1024;
/** 32 MiB of memory and about 0.2 s on a small computer for each guess at a passphrase. */
const usualLogN = 15;
/** What a file may ask for: 256 MiB. A file that somebody made up must not take all the memory of a controller. */
const longestLogN = 18;

export interface ChunkSealer {
  readonly preamble: Buffer;
  /** The next chunk as it lies in the file. Nothing may follow the last. */
  seal(plain: Uint8Array, last: boolean): Buffer;
}

/** Begins a file. `random` gives so many random bytes. */
export async function chunkSealer(
  secret: BackupSecret,
  random: (size: number) => Uint8Array,
): Promise<ChunkSealer> {
  const salt = random(saltSize);
  const kind = secret.kind === 'key' ? 0 : 1;
  const logN = secret.kind === 'key' ? 0 : usualLogN;
  const { content, check } = await keysOf(secret, salt, logN);
  const preamble = Buffer.concat([magic, Uint8Array.of(kind, logN), salt, check]);
  let count = 0;
  return {
    preamble,
    seal(plain, last) {
      const sealing = createCipheriv('aes-256-gcm', content, nonceOf(count, last), {
        authTagLength: tagSize,
      });
      sealing.setAAD(preamble);
      count += 1;
      const length = Buffer.alloc(4);
      length.writeUInt32BE((plain.length | (last ? lastBit : 0)) >>> 0);
      return Buffer.concat([length, sealing.update(plain), sealing.final(), sealing.getAuthTag()]);
    },
  };
}

/**
 * The chunks of a file, each as soon as it has proved genuine; that the file is whole is known only at the end. Throws
 * `backup_key_wrong` before the first, and `backup_unusable` for whatever is not as it was written.
 */
export async function* openChunks(
  bytes: AsyncIterable<Uint8Array>,
  secret: BackupSecret,
): AsyncGenerator<Buffer> {
  const source = reader(bytes);
  const preamble = await source.take(preambleSize);
  if (preamble === null || !preamble.subarray(0, 7).equals(magic.subarray(0, 7))) {
    throw unusable('it is no backup of Postern, or its beginning is damaged');
  }
  if (preamble[7] !== magic[7]) throw unusable('it was made by a newer Postern: install that one');
  const content = await contentKey(preamble, secret);
  for (let count = 0; ; count++) {
    const word = (await source.take(4))?.readUInt32BE(0);
    if (word === undefined) throw unusable('its end is missing');
    const last = word >= lastBit;
    const length = last ? word - lastBit : word;
    if (length > longestChunk) throw unusable(damagedAt(count));
    const sealed = await source.take(length + tagSize);
    if (sealed === null) throw unusable('its end is missing');
    yield open(content, preamble, sealed, count, last);
    if (!last) continue;
    if ((await source.take(1)) !== null) throw unusable('something follows its end');
    return;
  }
}

function open(content: KeyObject, preamble: Buffer, sealed: Buffer, count: number, last: boolean): Buffer {
  const opening = createDecipheriv('aes-256-gcm', content, nonceOf(count, last), { authTagLength: tagSize });
  opening.setAAD(preamble);
  opening.setAuthTag(sealed.subarray(-tagSize));
  const plain = opening.update(sealed.subarray(0, -tagSize));
  try {
    return Buffer.concat([plain, opening.final()]);
  } catch {
    throw unusable(damagedAt(count));
  }
}

async function contentKey(preamble: Buffer, secret: BackupSecret): Promise<KeyObject> {
  const [kind = 0, logN = 0] = preamble.subarray(magic.length, magic.length + 2);
  if (kind > 1 || (kind === 1 && (logN < 10 || logN > longestLogN)))
    throw unusable('its beginning is damaged');
  if ((kind === 0) !== (secret.kind === 'key')) {
    throw wrongKey(
      kind === 0
        ? 'it is sealed with a key file: give that one'
        : 'it is sealed with a passphrase: give that one',
    );
  }
  const salt = preamble.subarray(magic.length + 2, magic.length + 2 + saltSize);
  const { content, check } = await keysOf(secret, salt, logN);
  if (timingSafeEqual(check, preamble.subarray(-checkSize))) return content;
  const which = secret.kind === 'key' ? 'key file is not the one' : 'passphrase is not the one';
  throw wrongKey(`the ${which} it was sealed with (or the first bytes of the backup are damaged)`);
}

/** The key of the chunks, and a value by which a wrong secret is told from a damaged file. */
async function keysOf(
  secret: BackupSecret,
  salt: Uint8Array,
  logN: number,
): Promise<{ content: KeyObject; check: Buffer }> {
  const first = secret.kind === 'key' ? secret.key : await stretched(secret.passphrase, salt, 2 ** logN);
  const derive = (purpose: string, size: number): Buffer =>
    Buffer.from(hkdfSync('sha256', first, salt, `postern backup ${purpose} v1`, size));
  return { content: createSecretKey(derive('content', 32)), check: derive('check', checkSize) };
}

/** scrypt (RFC 7914), r = 8, p = 1. */
function stretched(passphrase: Secret, salt: Uint8Array, N: number): Promise<Buffer> {
  const text = passphrase.reveal().normalize('NFC');
  return new Promise((resolve, reject) => {
    scrypt(text, salt, 32, { N, r: 8, p: 1, maxmem: 129 * N * 8 + 1024 * 1024 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

function nonceOf(count: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(count, 5, 6);
  nonce[11] = last ? 1 : 0;
  return nonce;
}

/** Pieces of the size that is asked for; null when there is less. */
function reader(bytes: AsyncIterable<Uint8Array>): { take(size: number): Promise<Buffer | null> } {
  const source = bytes[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let size = 0;
  return {
    async take(wanted) {
      while (size < wanted) {
        const next = await source.next();
        if (next.done === true) return null;
        held.push(next.value);
        size += next.value.length;
      }
      const whole = Buffer.concat(held);
      held = [whole.subarray(wanted)];
      size -= wanted;
      return whole.subarray(0, wanted);
    },
  };
}

const damagedAt = (count: number): string => `it is damaged, in part ${count + 1}: take another copy of it`;

/** A backup that cannot be used, and why. Nothing of it was used. */
export function unusable(why: string): AppError {
  return new AppError('backup_unusable', `the backup cannot be used: ${why}`);
}

const wrongKey = (why: string): AppError =>
  new AppError('backup_key_wrong', `the backup cannot be opened: ${why}`);
