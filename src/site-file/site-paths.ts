import { relative, resolve } from 'node:path';
import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';

/** The kernel keeps the path of a Unix socket in 108 bytes, with a zero at its end (unix(7)). */
const longestSocketPath = 107;

export interface SitePaths {
  state_dir: string;
  key_file: string;
  socket: string;
  log_file: string | null;
  /** By which a time service says that the clock is synchronized. */
  ntp_file: string;
  /** The panel's master code. */
  code_file: string | null;
}

/** The paths of a site file, absolute: relative ones start at the directory of the file. Null for what cannot be read. */
export function pathsOf(draft: Draft, directory: string): { [K in keyof SitePaths]: SitePaths[K] | null } {
  const absolute = (path: string | undefined) => (path === undefined ? null : resolve(directory, path));
  return {
    state_dir: absolute(draft.site.state_dir),
    key_file: absolute(draft.site.key_file),
    socket: absolute(draft.api.socket),
    log_file: absolute(draft.log.file),
    ntp_file: absolute(draft.clock.ntp_file),
    code_file: absolute(draft.panel?.code_file),
  };
}

/** What is wrong with the paths. */
export function checkPaths(draft: Draft, directory: string): Finding[] {
  const findings: Finding[] = [];
  const { state_dir: state, key_file: key, code_file: code, socket } = pathsOf(draft, directory);
  if (state !== null && key !== null && !relative(state, key).startsWith('..')) {
    const message =
      'the key file lies in state_dir: whoever copies the database would have its key; keep it in another directory';
    findings.push({ path: ['site', 'key_file'], message });
  }
  if (state !== null && code !== null && !relative(state, code).startsWith('..')) {
    const message =
      "the code file lies in state_dir: whoever copies the database would have the panel's master code; keep it in another directory";
    findings.push({ path: ['panel', 'code_file'], message });
  }
  const bytes = socket === null ? 0 : Buffer.byteLength(socket);
  if (bytes > longestSocketPath) {
    const message = `the path of a Unix socket has at most ${longestSocketPath} bytes; "${socket}" has ${bytes}`;
    findings.push({ path: ['api', 'socket'], message });
  }
  return findings;
}
