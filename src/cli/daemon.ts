import { AppError } from '../core/error.ts';
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
  const { loadSite } = await import('../site-file/load-site.ts');
  const loaded = await loadSite(path);
  if (loaded.ok) return loaded.site.api.socket;
  throw new AppError('config_invalid', `${path} has mistakes: postern check ${path} lists them`);
}
