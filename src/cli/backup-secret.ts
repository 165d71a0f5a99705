import { readFile, stat } from 'node:fs/promises';
import { AppError } from '../core/error.ts';
import { Secret } from '../core/secret.ts';
import { readKeyBytes } from '../door/site-key.ts';
import type { BackupSecret } from '../store/backup/chunk-cipher.ts';
import { type CommandIo, UsageError } from './command.ts';

/** Options by which a command is told what seals a backup. Never the passphrase itself: arguments are seen by everybody. */
export const secretOptions = {
  'key-file': { type: 'string' },
  'passphrase-file': { type: 'string' },
} as const;

export const secretUsage = `  --key-file FILE         the key that seals it, 64 hex digits, mode 0600 (make one: openssl rand -hex 32)
  --passphrase-file FILE  or a passphrase of at least 12 characters: the first line of a file of mode 0600; or in the
                          environment, as POSTERN_BACKUP_PASSPHRASE; where nothing is given, a terminal is asked for one
`;

/** Shorter ones are guessed. */
const leastLength = 12;

/**
 * The secret that the options, the environment, the site file, or somebody at the terminal names, in this order. Throws
 * `key_file_invalid`, and UsageError for none.
 * @param use to `seal` by a passphrase that is typed it is asked for twice: a slip would make a backup that nobody can open
 */
export async function backupSecret(
  given: { 'key-file'?: string | undefined; 'passphrase-file'?: string | undefined },
  { env, ask }: Pick<CommandIo, 'env' | 'ask'>,
  keyFileOfSite: string | undefined,
  use: 'seal' | 'open',
): Promise<BackupSecret> {
  const { 'key-file': keyFile, 'passphrase-file': passphraseFile } = given;
  if (keyFile !== undefined && passphraseFile !== undefined) {
    throw new UsageError('give --key-file or --passphrase-file, not both');
  }
  if (keyFile !== undefined) return { kind: 'key', key: await readKeyBytes(keyFile) };
  if (passphraseFile !== undefined) return passphrase(await firstLine(passphraseFile));
  const words = env['POSTERN_BACKUP_PASSPHRASE'];
  if (words !== undefined) return passphrase(words);
  if (keyFileOfSite !== undefined) return { kind: 'key', key: await readKeyBytes(keyFileOfSite) };
  const typed = (await ask?.('passphrase of the backup: ')) ?? null;
  if (typed === null) {
    throw new UsageError(
      'a backup is sealed: say with what by --key-file, --passphrase-file, or [backup] key_file in the site file (--config)',
    );
  }
  const secret = passphrase(typed);
  if (use === 'seal' && (await ask?.('the same again: ')) !== typed) {
    throw new AppError('key_file_invalid', 'the two passphrases differ: nothing was made');
  }
  return secret;
}

function passphrase(text: string): BackupSecret {
  if (text.length < leastLength) {
    throw new AppError(
      'key_file_invalid',
      `the passphrase is too short: it has at least ${leastLength} characters`,
    );
  }
  return { kind: 'passphrase', passphrase: new Secret(text) };
}

async function firstLine(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o027) === 0) return (await readFile(path, 'utf8')).split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
    throw new AppError('key_file_invalid', `the passphrase file ${path} cannot be read (${code})`, { cause });
  }
  throw new AppError('key_file_invalid', `the passphrase file ${path} may be read by others: chmod 600 it`);
}
