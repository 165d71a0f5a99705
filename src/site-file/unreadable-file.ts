import type { Problem } from './problem.ts';

/** A file that cannot be read at all, and what would be right. */
export function unreadableFile(file: string, cause: unknown): Problem {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no reason known';
  const message = Object.hasOwn(remedies, code) ? remedies[code] : null;
  return {
    severity: 'error',
    file,
    line: 1,
    column: 1,
    path: '',
    message: message ?? `cannot be read (${code})`,
  };
}

const remedies: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'is a directory; expected the file in it',
  EACCES: 'this user may not read it: run as root, or give the user of the daemon access',
};
