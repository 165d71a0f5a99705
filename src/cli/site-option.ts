import { AppError } from '../core/error.ts';
import type { Site } from '../core/site.ts';
import { loadSite } from '../site-file/load-site.ts';
import { formatProblem } from '../site-file/problem.ts';

const usualPath = '/etc/postern/site.toml';

/** The site that `--config` names, or the usual one. Throws `config_invalid` with the mistake, or how to see them all. */
export async function siteOfOption(config: string | undefined): Promise<{ site: Site; path: string }> {
  const path = config ?? usualPath;
  const loaded = await loadSite(path);
  if (loaded.ok) return { site: loaded.site, path };
  const [first, second] = loaded.problems.filter(({ severity }) => severity === 'error');
  const many = second !== undefined || first === undefined;
  const why = many ? `${path} has mistakes: postern check ${path} lists them` : formatProblem(first);
  throw new AppError('config_invalid', config === undefined ? `${why}; --config FILE names another` : why);
}
