import { createHmac, hkdfSync } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { keyedHash } from '../../src/door/keyed-hash.ts';
import { deriveKeys, type KeyFiles, openSiteKeys, readSiteKeys } from '../../src/door/site-key.ts';

const digits = '8f3a61c05e9b274d118a6ce0f3427b95d06f1e83ba57c24990e1d7385c4ab260';
/** Not random, but not a pattern either. */
const random = (size: number) => Buffer.from(digits, 'hex').subarray(0, size);

let dir: string;
let keyFile: string;
let stateDir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'site-key-'));
  keyFile = join(dir, 'etc', 'site.key');
  stateDir = join(dir, 'state');
  mkdirSync(join(dir, 'etc'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = (files?: KeyFiles) => openSiteKeys(keyFile, stateDir, random, files);
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (e: unknown) => e,
  );
  if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
  expect(error.code).toBe('key_file_invalid');
  expect(error.message).toContain(keyFile);
  expect(error.message.toLowerCase()).not.toContain(digits.slice(0, 8));
  return error.message;
}
function put(text: string, mode = 0o600): void {
  writeFileSync(keyFile, text);
  chmodSync(keyFile, mode);
}

describe('the key file', () => {
  test('is made at the first start, for its owner only, and read the same ever after', async () => {
    const made = await open();
    expect(readFileSync(keyFile, 'latin1')).toBe(`${digits}\n`);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'etc'))).toEqual(['site.key']);
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'journal'), '');
    expect((await open()).lookup.equals(made.lookup)).toBe(true);
    expect((await readSiteKeys(keyFile)).storage.equals(made.storage)).toBe(true);
  });

  test('is made in an empty state directory, and its own directory is made too', async () => {
    mkdirSync(join(stateDir, 'lost+found'), { recursive: true });
    rmSync(join(dir, 'etc'), { recursive: true });
    await open();
    expect(existsSync(keyFile)).toBe(true);
  });

  test('is never made anew where there is data: what to do is said', async () => {
    mkdirSync(stateDir);
    writeFileSync(join(stateDir, 'journal'), '');
    expect(await refusal(open())).toMatch(/put it back|restore/);
    expect(existsSync(keyFile)).toBe(false);
  });

  test('is not made by who only reads it', async () => {
    await refusal(readSiteKeys(keyFile));
    expect(existsSync(keyFile)).toBe(false);
  });

  const counting = Buffer.from(Array.from({ length: 32 }, (_, i) => i));
  test.each([
    ['empty', '', /64 hexadecimal digits/],
    ['too short', digits.slice(2), /64 hexadecimal digits/],
    ['too long', `${digits}00`, /64 hexadecimal digits/],
    ['far too long', digits.repeat(50), /64 hexadecimal digits/],
    ['no digits', 'g'.repeat(64), /64 hexadecimal digits/],
    ['two lines', `${digits.slice(0, 32)}\n${digits.slice(32)}`, /64 hexadecimal digits/],
    ['zeros', '0'.repeat(64), /placeholder/],
    ['one byte over and over', 'a7'.repeat(32), /placeholder/],
    ['counting', counting.toString('hex'), /placeholder/],
    ['counting down', Buffer.from(counting).reverse().toString('hex'), /placeholder/],
  ])('with %s is refused', async (_, text, why) => {
    put(text);
    expect(await refusal(open())).toMatch(why);
    expect(readFileSync(keyFile, 'latin1')).toBe(text);
  });

  test.each([0o644, 0o604, 0o660, 0o620, 0o602, 0o666])('with mode %o is refused', async (mode) => {
    put(digits, mode);
    expect(await refusal(open())).toMatch(/chmod 600/);
  });

  test.each([0o600, 0o400, 0o640, 0o440])('with mode %o is read', async (mode) => {
    put(`${digits.toUpperCase()}\n`, mode);
    expect((await open()).token.type).toBe('secret');
  });

  test('that is a directory is refused', async () => {
    mkdirSync(keyFile, { mode: 0o700 });
    expect(await refusal(open())).toMatch(/EISDIR/);
  });

  test.each(['link', 'mkdir'] as const)(
    'that cannot be made (%s) says so and leaves nothing over',
    async (step) => {
      const failing = {
        ...nodeFiles,
        [step]: () => Promise.reject(Object.assign(new Error('no'), { code: 'EROFS' })),
      } as KeyFiles;
      expect(await refusal(open(failing))).toMatch(/EROFS/);
      expect(readdirSync(join(dir, 'etc'))).toEqual([]);
    },
  );

  test('made by another start at the same moment is taken, not replaced', async () => {
    const rival = `${'b1'.repeat(31)}c2`;
    const files = {
      ...nodeFiles,
      link: (from: string, to: string) => {
        put(rival);
        return nodeFiles.link(from, to);
      },
    } as KeyFiles;
    const keys = await open(files);
    expect(keys.lookup.equals(deriveKeys(Buffer.from(rival, 'hex')).lookup)).toBe(true);
    expect(readFileSync(keyFile, 'latin1')).toBe(rival);
  });
});

describe('the derived keys', () => {
  test('differ by purpose and by site key', () => {
    const keys = [deriveKeys(random(32)), deriveKeys(Buffer.from(random(32)).reverse())];
    const all = keys
      .flatMap((k) => [k.lookup, k.storage, k.snapshot, k.token, k.readers])
      .map((k) => k.export().toString('hex'));
    expect(new Set(all).size).toBe(10);
  });

  test('are HKDF-SHA-256 of the site key: a stored database stays readable', () => {
    const expected = Buffer.from(hkdfSync('sha256', random(32), 'postern site key', 'lookup v1', 32));
    expect(deriveKeys(random(32)).lookup.export()).toEqual(expected);
  });
});

describe('lookup keys', () => {
  const key = deriveKeys(random(32)).lookup;

  test('are HMAC-SHA-256 of kind, a zero byte and the value, cut to 16 bytes, base64url', () => {
    const whole = createHmac('sha256', key).update(Buffer.from('pin\x000123', 'latin1')).digest();
    expect(keyedHash(key)('pin', '0123')).toBe(whole.subarray(0, 16).toString('base64url'));
  });

  test('a PIN and a token of the same text are different worlds, and leading zeros count', () => {
    const hash = keyedHash(key);
    const all = [hash('pin', '0123'), hash('token', '0123'), hash('pin', '123'), hash('pin', '00123')];
    expect(new Set(all).size).toBe(4);
  });
});
