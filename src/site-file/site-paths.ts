import { basename, relative, resolve } from 'node:path';
import type { Draft } from './draft.ts';
import type { Finding } from './problem.ts';

/** The kernel keeps the path of a Unix socket in 108 bytes, with a zero at its end (unix(7)). */
const longestSocketPath = 107;

export interface SitePaths {
  state_dir: string;
  key_file: string;
  socket: string;
  log_file: string | null;
  /** The panel's master code. */
  code_file: string | null;
  /** What the panel's secure port asks for. */
  login_file: string | null;
  /** Where backups go, and the key that seals them; null: none are made. */
  backup_directory: string | null;
  backup_key: string | null;
}

/** The paths of a site file, absolute: relative ones start at the directory of the file. Null for what cannot be read. */
export function pathsOf(draft: Draft, directory: string): { [K in keyof SitePaths]: SitePaths[K] | null } {
  const absolute = (path: string | undefined) => (path === undefined ? null : resolve(directory, path));
  return {
    state_dir: absolute(draft.site.state_dir),
    key_file: absolute(draft.site.key_file),
    socket: absolute(draft.api.socket),
    log_file: absolute(draft.log.file),
    code_file: absolute(draft.panel?.code_file),
    login_file: absolute(draft.panel?.login_file),
    backup_directory: absolute(draft.backup.directory),
    backup_key: absolute(draft.backup.key_file),
  };
}

/** What is wrong with the paths. */
export function checkPaths(draft: Draft, directory: string): Finding[] {
  const findings: Finding[] = [];
  const paths = pathsOf(draft, directory);
  const { state_dir: state, key_file: key, socket } = paths;
  if (state !== null && key !== null && !relative(state, key).startsWith('..')) {
    const message =
      'the key file lies in state_dir: whoever copies the database would have its key; keep it in another directory';
    findings.push({ path: ['site', 'key_file'], message });
  }
  for (const [file, what] of Object.entries(panelSecrets)) {
    const path = paths[file as keyof typeof panelSecrets];
    if (state === null || path === null || relative(state, path).startsWith('..')) continue;
    const message = `it lies in state_dir: whoever copies the database would have the panel's ${what}; keep it in another directory`;
    findings.push({ path: ['panel', file], message });
  }
  findings.push(...backupFindings(draft, directory));
  const bytes = socket === null ? 0 : Buffer.byteLength(socket);
  if (bytes > longestSocketPath) {
    const message = `the path of a Unix socket has at most ${longestSocketPath} bytes; "${socket}" has ${bytes}`;
    findings.push({ path: ['api', 'socket'], message });
  }
  if (socket !== null && basename(socket) === 'door.sock') {
    const message =
      'door.sock in the same directory is the socket of the door process itself; call this one admin.sock';
    findings.push({ path: ['api', 'socket'], message });
  }
  return findings;
}

/** Files of the panel, and what is in them. */
const panelSecrets = { code_file: 'master code', login_file: 'password' } as const;

function backupFindings(draft: Draft, directory: string): Finding[] {
  const { state_dir, key_file, backup_directory: to, backup_key: key } = pathsOf(draft, directory);
  const findings: Finding[] = [];
  const lies = (path: string | null, within: string | null): boolean =>
    path !== null && within !== null && !relative(within, path).startsWith('..');
  if (lies(to, state_dir)) {
    const message =
      'it lies in state_dir: what destroys the one destroys the other; use another disk or another computer';
    findings.push({ path: ['backup', 'directory'], message });
  }
  if (lies(key, to) || lies(key, state_dir)) {
    const message =
      'the key lies beside what it seals: whoever copies the backups would have their key; keep it in another directory';
    findings.push({ path: ['backup', 'key_file'], message });
  }
  if (key !== null && key === key_file) {
    const message =
      'this is the site key, which a lost controller takes with it: make a key of its own (openssl rand -hex 32) and keep a copy of it elsewhere';
    findings.push({ path: ['backup', 'key_file'], message });
  }
  return findings;
}
