import { type AdminClient, adminClient } from './admin-client.ts';
import type { CommandIo } from './command.ts';

const usualSocket = '/run/postern/admin.sock';

/** The daemon that `--socket`, the site file of `--config` or POSTERN_SOCKET names, in this order. */
export async function daemon(
  chosen: { socket?: string | undefined; config?: string | undefined },
  env: CommandIo['env'],
): Promise<AdminClient> {
  return adminClient(await adminSocket(chosen, env));
}

/** The socket of the admin process, found in the same way. */
export async function adminSocket(
  chosen: { socket?: string | undefined; config?: string | undefined },
  env: CommandIo['env'],
): Promise<string> {
  return chosen.socket ?? (await configured(chosen.config)) ?? env['POSTERN_SOCKET'] ?? usualSocket;
}

async function configured(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const { siteOfOption } = await import('./site-option.ts');
  return (await siteOfOption(path)).site.api.socket;
}
