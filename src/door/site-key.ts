import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import * as nodeFiles from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../core/error.ts';
import {
  faultyFile,
  type PrivateContent,
  type PrivateFiles,
  privateText,
  systemCode,
} from './private-file.ts';

/** The site's keys, one per purpose, derived from the key file. None tells anything about another. */
export interface SiteKeys {
  /** Finds a credential by a keyed hash of its value. */
  lookup: KeyObject;
  /** Seals values that must be sent again. */
  storage: KeyObject;
  /** Seals the table that the doors start with. */
  snapshot: KeyObject;
  /** Hashes API tokens. */
  token: KeyObject;
  /** Seals the keys of the readers. */
  readers: KeyObject;
  /** Seals the head of the database, which lies beside it. */
  head: KeyObject;
}

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type KeyFiles = Pick<typeof nodeFiles, 'open' | 'link' | 'unlink' | 'readdir' | 'mkdir'>;

const content: PrivateContent = {
  code: 'key_file_invalid',
  name: 'the key file',
  holds: '64 hexadecimal digits (32 random bytes)',
  missing:
    ', and without it nothing stored here can be read: put it back from where you keep it, or restore a backup with its key',
  exposed: 'make a new key if anyone may have seen it',
};

/**
 * Reads the key file (64 hex digits), or makes it when it is missing and the state directory holds nothing yet: call it before
 * anything else is put there. `random` gives so many random bytes.
 * Fails with `key_file_invalid`, which says what to do and never what the file holds.
 */
export async function openSiteKeys(
  keyFile: string,
  stateDir: string,
  random: (size: number) => Uint8Array,
  files: KeyFiles = nodeFiles,
): Promise<SiteKeys> {
  try {
    return await readSiteKeys(keyFile, files);
  } catch (error) {
    if (!(error instanceof AppError) || systemCode(error.cause) !== 'ENOENT') throw error;
    if (await holdsData(stateDir, files)) throw error;
  }
  await makeKeyFile(keyFile, random, files);
  return readSiteKeys(keyFile, files);
}

/** Reads the key file as it is; a missing one is an error. */
export async function readSiteKeys(keyFile: string, files: KeyFiles = nodeFiles): Promise<SiteKeys> {
  return deriveKeys(await readKeyBytes(keyFile, files));
}

/** The 32 bytes of a key file: the site's, or one that seals backups. Fails as `openSiteKeys` does. */
export async function readKeyBytes(keyFile: string, files: PrivateFiles = nodeFiles): Promise<Uint8Array> {
  return keyBytes(keyFile, await privateText(keyFile, content, files));
}

/** HKDF-SHA-256 (RFC 5869) of the site key, one label per purpose. */
export function deriveKeys(siteKey: Uint8Array): SiteKeys {
  const derive = (purpose: keyof SiteKeys) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', siteKey, 'postern site key', `${purpose} v1`, 32)));
  return {
    lookup: derive('lookup'),
    storage: derive('storage'),
    snapshot: derive('snapshot'),
    token: derive('token'),
    readers: derive('readers'),
    head: derive('head'),
  };
}

function keyBytes(keyFile: string, text: string): Uint8Array {
  const digits = text.trim();
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw faultyFile(keyFile, content, `does not hold a key: it is ${content.holds} and nothing else`);
  }
  const key = Buffer.from(digits, 'hex');
  const step = (i: number) => ((key[i] ?? 0) - (key[i - 1] ?? 0)) & 0xff;
  if (key.every((_, i) => i < 2 || step(i) === step(1))) {
    throw faultyFile(
      keyFile,
      content,
      'holds a placeholder, not a key: delete it before the first start and one is made, or use `openssl rand -hex 32`',
    );
  }
  return key;
}

async function holdsData(stateDir: string, files: KeyFiles): Promise<boolean> {
  try {
    const names = await files.readdir(stateDir);
    return names.some((name) => name !== 'lost+found');
  } catch (cause) {
    return systemCode(cause) !== 'ENOENT';
  }
}

/** Written whole and synced under another name, then linked: never half there, and never over a key that is. */
async function makeKeyFile(
  keyFile: string,
  random: (size: number) => Uint8Array,
  files: KeyFiles,
): Promise<void> {
  const directory = dirname(keyFile);
  const unfinished = `${keyFile}.${Buffer.from(random(6)).toString('hex')}`;
  try {
    await files.mkdir(directory, { recursive: true, mode: 0o750 });
    const file = await files.open(unfinished, 'wx', 0o600);
    try {
      await file.writeFile(`${Buffer.from(random(32)).toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.link(unfinished, keyFile).catch((cause: unknown) => {
      if (systemCode(cause) !== 'EEXIST') throw cause;
    });
    await files.unlink(unfinished);
    const opened = await files.open(directory, 'r');
    await opened.sync().finally(() => opened.close());
  } catch (cause) {
    await files.unlink(unfinished).catch(() => {});
    throw faultyFile(
      keyFile,
      content,
      `could not be made (${systemCode(cause)}): let the user that runs postern write its directory`,
      cause,
    );
  }
}
