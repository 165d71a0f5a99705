import * as nodeFiles from 'node:fs/promises';
import { AppError } from '../core/error.ts';
import { Secret } from '../core/secret.ts';

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type CodeFiles = Pick<typeof nodeFiles, 'open'>;

/**
 * Reads a panel's master code: 4 or 6 digits, in a file that others can neither read nor write (its group may read it).
 * Fails with `config_invalid`, which says what to do and never what the file holds.
 */
export async function readCodeFile(path: string, files: CodeFiles = nodeFiles): Promise<Secret> {
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
      const { buffer, bytesRead } = await file.read(Buffer.alloc(40), 0, 40, 0);
      const digits = buffer.toString('latin1', 0, bytesRead).trim();
      if (!/^(\d{4}|\d{6})$/.test(digits)) {
        throw faulty(path, 'does not hold a master code: it is 4 or 6 digits and nothing else');
      }
      return new Secret(digits);
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

function faulty(path: string, what: string, cause?: unknown): AppError {
  return new AppError('config_invalid', `the panel's code file ${path} ${what}`, { cause });
}
