import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { loadSite } from '../site-file/load-site.ts';

const usualPath = '/etc/postern/site.toml';

/** The site that `--config` names. Throws `config_invalid` and says how to see the mistakes. */
export async function siteOfOption(config: string | undefined): Promise<{ site: Site; path: string }> {
  const path = config ?? usualPath;
  const loaded = await loadSite(path);
  if (loaded.ok) return { site: loaded.site, path };
  throw new AppError('config_invalid', `${path} cannot be used: postern check ${path} says why`);
}
