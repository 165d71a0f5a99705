import * as nodeFiles from 'node:fs/promises';
import { AppError } from '../core/error.ts';
import { Secret } from '../core/secret.ts';

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type CodeFiles = Pick<typeof nodeFiles, 'open'>;

/** Codes a panel has of its own. No person's PIN may be one of them. */
export interface PanelCodes {
  master: Secret;
  /** Installer, duress and whatever else is reserved. */
  others: readonly Secret[];
}

/** Room for the master code and some dozens of others. */
const longest = 512;

/**
 * Reads a panel's codes: on the first line the master code, of 4 or 6 digits; on each further line another code the panel has of its
 * own. Others can neither read nor write the file (its group may read it). Fails with `config_invalid`, which says what to do and never what the file holds.
 */
export async function readCodeFile(path: string, files: CodeFiles = nodeFiles): Promise<PanelCodes> {
  try {
    const file = await files.open(path, 'r');
    try {
      const { mode } = await file.stat();
      if ((mode & 0o027) !== 0) {
        throw faulty(
          path,
          `may be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 it, and change the master code in the panel if anyone may have seen it`,
        );
      }
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0);
      return codesIn(buffer.toString('latin1', 0, bytesRead), path);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
    throw code === 'ENOENT'
      ? faulty(path, "is missing: write the panel's master code into it and chmod 600 it", cause)
      : faulty(path, `cannot be read (${code}): let the user that runs postern read it`, cause);
  }
}

function codesIn(text: string, path: string): PanelCodes {
  const [master = '', ...others] = text.trim().split(/\s*\n\s*/);
  if (!/^(\d{4}|\d{6})$/.test(master)) {
    throw faulty(path, 'does not hold a master code: its first line is 4 or 6 digits and nothing else');
  }
  const wrong = others.findIndex((code) => !/^\d{4,10}$/.test(code));
  if (wrong >= 0) {
    throw faulty(
      path,
      `has no code in line ${wrong + 2}: after the master code come other codes that the panel has of its own, 4 to 10 digits a line`,
    );
  }
  return { master: new Secret(master), others: others.map((code) => new Secret(code)) };
}

function faulty(path: string, what: string, cause?: unknown): AppError {
  return new AppError('config_invalid', `the panel's code file ${path} ${what}`, { cause });
}
