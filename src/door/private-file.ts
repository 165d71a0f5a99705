import * as nodeFiles from 'node:fs/promises';
import { AppError, type ErrorCode } from '../core/error.ts';

/** What of `node:fs/promises` is used, so that a test can make it fail. */
export type PrivateFiles = Pick<typeof nodeFiles, 'open'>;

/** What is in a file with secrets, in words that its messages are made of. */
export interface PrivateContent {
  /** What its faults are. */
  code: ErrorCode;
  /** Such as "the panel's code file". */
  name: string;
  /** Such as "the panel's master code". */
  holds: string;
  /** What to do if there is none: after "is missing". */
  missing: string;
  /** What to do if somebody may have read it: after "chmod 600 it, and". */
  exposed: string;
}

/** Bytes: room for hundreds of short lines. */
const longest = 4_096;

/**
 * The text (latin-1, at most 4,096 bytes) of a file that others can neither read nor write; its group may read it. Fails with the error of
 * its content, which says what to do and never what the file holds; its cause has the code of the file system.
 */
export async function privateText(
  path: string,
  content: PrivateContent,
  files: PrivateFiles = nodeFiles,
): Promise<string> {
  const { holds, missing, exposed } = content;
  try {
    const file = await files.open(path, 'r');
    try {
      const { mode } = await file.stat();
      if ((mode & 0o027) !== 0) {
        const shown = (mode & 0o777).toString(8);
        throw faultyFile(path, content, `is open to others (mode ${shown}): chmod 600 it, and ${exposed}`);
      }
      const { buffer, bytesRead } = await file.read(Buffer.alloc(longest + 1), 0, longest + 1, 0);
      // Half of a list, or of its last line, would be taken for the whole.
      if (bytesRead > longest)
        throw faultyFile(
          path,
          content,
          `is longer than ${longest} bytes: it is for ${holds}, and nothing else`,
        );
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const code = systemCode(cause);
    throw code === 'ENOENT'
      ? faultyFile(path, content, `is missing${missing}`, cause)
      : faultyFile(path, content, `cannot be read (${code}): let the user that runs postern read it`, cause);
  }
}

/** What is wrong with such a file. */
export function faultyFile(path: string, about: PrivateContent, what: string, cause?: unknown): AppError {
  return new AppError(about.code, `${about.name} ${path} ${what}`, { cause });
}

/** The code of an error of the file system, such as ENOENT. */
export function systemCode(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown cause';
}
