import type { Draft } from './draft.ts';
import { misplacedFindings } from './kind-check.ts';
import type { Models } from './models.ts';
import { speaks } from './panel-check.ts';
import type { Finding } from './problem.ts';

/** Ports of kind "tls": who may be on one, what its device has to prove; and the login that goes over one only. */
export function checkSecurePorts(draft: Draft, models: Models): Finding[] {
  const secure = new Set([...draft.ports].flatMap(([name, { tls }]) => (tls === null ? [] : [name])));
  const elk = models.panels.get(draft.panel?.model ?? '')?.kind === 'elk_m1';
  const users = [
    ...[...draft.readers].map(([name, { port }]) => ({ port, path: ['readers', name, 'port'] })),
    ...[...draft.locks].map(([name, { port }]) => ({ port, path: ['locks', name, 'port'] })),
    ...(elk ? [] : [{ port: draft.panel?.port, path: ['panel', 'port'] }]),
  ];
  return [
    ...[...draft.ports].flatMap(([name, { tls }]) => (tls === null ? [] : trustFindings(draft, name, tls))),
    ...users.flatMap(({ port, path }): Finding[] =>
      port !== undefined && secure.has(port)
        ? [{ path, message: `port "${port}" is of kind "tls": only an Elk M1 has a secure port` }]
        : [],
    ),
    ...loginFindings(draft, elk, secure),
  ];
}

function trustFindings(
  draft: Draft,
  name: string,
  { certificate, ca_file }: { certificate?: string | undefined; ca_file?: string | undefined },
): Finding[] {
  const path = ['ports', name];
  const pinned = draft.given(...path, 'certificate');
  if (pinned && draft.given(...path, 'ca_file')) {
    const message = 'certificate says already what the panel has to prove: keep one of the two';
    return [{ path: [...path, 'ca_file'], at: 'key', message }];
  }
  if (certificate === 'any') {
    const message =
      'whoever answers is taken for the panel, learns its password and master code, and can say that it is disarmed: set certificate to the SHA-256 fingerprint of its certificate';
    return [{ path: [...path, 'certificate'], severity: 'warning', message }];
  }
  if (pinned || ca_file !== undefined || draft.given(...path, 'ca_file')) return [];
  const message =
    "missing: expected the SHA-256 fingerprint of the panel's certificate, or ca_file. Is it not known, write 64 zeros: the daemon then says which it sees";
  return [{ path: [...path, 'certificate'], message }];
}

function loginFindings(draft: Draft, elk: boolean, secure: ReadonlySet<string>): Finding[] {
  if (!speaks(draft)) return [];
  if (!elk) {
    const why = 'only an Elk M1 asks for a user name and password';
    return misplacedFindings(draft, ['panel'], ['login_file'], why);
  }
  const port = draft.panel?.port;
  if (port === undefined || secure.has(port)) return [];
  const why = `a user name and password leave this controller over a port of kind "tls" only, and "${port}" is none`;
  return misplacedFindings(draft, ['panel'], ['login_file'], why);
}
