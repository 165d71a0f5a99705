import * as nodeFiles from 'node:fs/promises';
import { AppError } from '../core/error.ts';

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type PrivateFiles = Pick<typeof nodeFiles, 'open'>;

/** What is in a file with secrets, in words that its messages are made of. */
export interface PrivateContent {
  /** Such as "the panel's code file". */
  name: string;
  /** Such as "the panel's master code". */
  holds: string;
  /** What to do if somebody may have read it. */
  exposed: string;
}

/** Room for some dozens of short lines. */
const longest = 512;

/**
 * The text (latin-1, its first 512 bytes) of a file that others can neither read nor write; its group may read it. Fails with
 * `config_invalid`, which says what to do.
 */
export async function privateText(
  path: string,
  content: PrivateContent,
  files: PrivateFiles = nodeFiles,
): Promise<string> {
  try {
    const file = await files.open(path, 'r');
    try {
      const { mode } = await file.stat();
      if ((mode & 0o027) !== 0) {
        const shown = (mode & 0o777).toString(8);
        throw faultyFile(
          path,
          content,
          `may be read by others (mode ${shown}): chmod 600 it, and ${content.exposed}`,
        );
      }
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
    throw code === 'ENOENT'
      ? faultyFile(path, content, `is missing: write ${content.holds} into it and chmod 600 it`, cause)
      : faultyFile(path, content, `cannot be read (${code}): let the user that runs postern read it`, cause);
  }
}

/** What is wrong with such a file. */
export function faultyFile(path: string, { name }: PrivateContent, what: string, cause?: unknown): AppError {
  return new AppError('config_invalid', `${name} ${path} ${what}`, { cause });
}
