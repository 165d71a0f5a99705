import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/error.ts';
import { Secret } from '../../../src/core/secret.ts';
import { type BackupSecret, chunkSealer, openChunks } from '../../../src/store/backup/chunk-cipher.ts';
import { type BackupPart, openBackup, sealBackup } from '../../../src/store/backup/content.ts';
import { countedRandom } from '../../admin/resources.ts';
import { aBackupHead, entriesOf, filledStore } from './filled-store.ts';

const key: BackupSecret = { kind: 'key', key: new Uint8Array(32).fill(7) };
const passphrase = (text: string): BackupSecret => ({ kind: 'passphrase', passphrase: new Secret(text) });

async function* pieces(bytes: Buffer, size = 1000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function all<T>(from: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of from) found.push(one);
  return found;
}
async function chunks(texts: readonly string[], secret: BackupSecret = key): Promise<Buffer[]> {
  const sealer = await chunkSealer(secret, countedRandom());
  return [sealer.preamble, ...texts.map((text, i) => sealer.seal(Buffer.from(text), i === texts.length - 1))];
}
const opened = async (bytes: Buffer, secret: BackupSecret = key): Promise<string[]> =>
  (await all(openChunks(pieces(bytes), secret))).map(String);
const codeOf = (error: unknown): string => (error instanceof AppError ? error.code : String(error));

describe('the chunks of a backup', () => {
  test('come back as they were, under a key file and under a passphrase, however they are cut for reading', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string(), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 99 }),
        async (texts, size) => {
          const bytes = Buffer.concat(await chunks(texts));
          expect((await all(openChunks(pieces(bytes, size), key))).map(String)).toEqual(texts);
        },
      ),
      { numRuns: 50 },
    );
    const sealed = Buffer.concat(await chunks(['a', 'b'], passphrase('correct horse battery')));
    expect(await opened(sealed, passphrase('correct horse battery'))).toEqual(['a', 'b']);
  });

  test('with any one byte changed, or cut anywhere, or with something behind, are refused', async () => {
    const texts = ['the head', 'some entries', 'the tail'];
    const good = Buffer.concat(await chunks(texts));
    for (let at = 0; at < good.length; at++) {
      const flipped = Buffer.from(good);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      await expect(opened(flipped), `byte ${at} changed`).rejects.toThrow(AppError);
      await expect(opened(good.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({
        code: 'backup_unusable',
      });
    }
    await expect(opened(Buffer.concat([good, Buffer.from('x')]))).rejects.toMatchObject({
      code: 'backup_unusable',
    });
  });

  test('exchanged, left out, repeated, or taken from another backup are refused', async () => {
    const [preamble = Buffer.of(), a = Buffer.of(), b = Buffer.of(), c = Buffer.of()] = await chunks([
      'a',
      'b',
      'c',
    ]);
    const random = countedRandom();
    random(99);
    const other = await chunkSealer(key, random);
    const foreign = [other.seal(Buffer.from('a'), false), other.seal(Buffer.from('x'), false)];
    const wrong = [
      [b, a, c],
      [a, c],
      [b, c],
      [a, a, b, c],
      [a, b, c, c],
      [a, foreign[1] ?? a, c],
      [a, b],
    ];
    for (const order of wrong) {
      await expect(opened(Buffer.concat([preamble, ...order]))).rejects.toMatchObject({
        code: 'backup_unusable',
      });
    }
  });

  test('under a wrong key or passphrase say so, and name what they are sealed with', async () => {
    const withKey = Buffer.concat(await chunks(['a']));
    const withWords = Buffer.concat(await chunks(['a'], passphrase('correct horse battery')));
    const other: BackupSecret = { kind: 'key', key: new Uint8Array(32).fill(8) };
    for (const [bytes, secret, said] of [
      [withKey, other, /the key file is not the one/],
      [withKey, passphrase('correct horse battery'), /sealed with a key file/],
      [withWords, passphrase('correct horse batterz'), /the passphrase is not the one/],
      [withWords, key, /sealed with a passphrase/],
    ] as const) {
      const error = await opened(bytes, secret).catch((thrown: unknown) => thrown);
      expect(codeOf(error)).toBe('backup_key_wrong');
      expect(String(error)).toMatch(said);
      expect(String(error)).not.toMatch(/horse/);
    }
  });

  test('that ask for more memory than a controller can spare are refused before it is taken', async () => {
    const asking = Buffer.concat(await chunks(['a'], passphrase('correct horse battery')));
    for (const logN of [0, 9, 19, 31, 255]) {
      asking[9] = logN;
      await expect(opened(asking, passphrase('correct horse battery'))).rejects.toMatchObject({
        code: 'backup_unusable',
      });
    }
  });

  test('of something else, or of a later format, are told as such', async () => {
    await expect(opened(Buffer.from('SQLite format 3\0'.repeat(9)))).rejects.toThrow(/no backup of Postern/);
    const later = Buffer.concat(await chunks(['a']));
    later[7] = 2;
    await expect(opened(later)).rejects.toThrow(/newer Postern/);
  });
});

describe('a backup of a database', () => {
  const sealed = async (entries: AsyncIterable<readonly [string, string]>): Promise<Buffer> =>
    Buffer.concat(await all(sealBackup(aBackupHead, entries, key, countedRandom())));

  test('holds every key and value, its head first and its tail last', async () => {
    const { database, store } = await filledStore(700);
    const parts: BackupPart[] = await all(openBackup(pieces(await sealed(entriesOf(database))), key));
    expect(parts[0]).toEqual({ is: 'head', head: aBackupHead });
    expect(parts.at(-1)).toMatchObject({ is: 'tail', tail: { revision: store.revision() } });
    const entries = parts.flatMap((part) => (part.is === 'entries' ? part.entries : []));
    expect(entries).toEqual(await all(entriesOf(database)));
    await store.close();
  });

  test('is not made of a database that has lost something', async () => {
    const { database, store } = await filledStore(20);
    const lacking = (async function* () {
      for await (const entry of entriesOf(database)) if (!entry[0].endsWith('000007')) yield entry;
    })();
    await expect(sealed(lacking)).rejects.toMatchObject({
      code: 'backup_failed',
      message: expect.stringContaining('user: 19 of 20'),
    });
    await store.close();
  });

  test('made while others write is the state after one commit, with nothing of the next', async () => {
    const { database, store, write } = await filledStore(600);
    const writing = (async function* () {
      for await (const entry of entriesOf(database)) {
        yield entry;
        await write(10);
      }
    })();
    const before = store.revision();
    const parts = await all(openBackup(pieces(await sealed(writing)), key));
    expect(store.revision()).toBeGreaterThan(before + 100);
    expect(parts.at(-1)).toMatchObject({ is: 'tail', tail: { revision: before } });
    await store.close();
  }, 20_000);
});
