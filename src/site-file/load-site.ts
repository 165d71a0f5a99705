import fs from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Site } from '../core/site.ts';
import { jsonSchemaOf } from '../schema/shape.ts';
import { siteFile } from '../schema/site-file.ts';
import { buildSite } from './build-site.ts';
import { crossCheck } from './cross-check.ts';
import { draftOf } from './draft.ts';
import { explainIssue } from './explain-issue.ts';
import { loadModels, type Models, modelDirectories } from './models.ts';
import { type Finding, type Problem, problemsOf } from './problem.ts';
import type { SiteFiles } from './site-files.ts';
import { checkPaths, pathsOf } from './site-paths.ts';
import { readToml } from './toml-file.ts';
import { unreadableFile } from './unreadable-file.ts';

/** A site, or all that is wrong with its file (among the problems at least one of severity `error`). */
export type LoadedSite = { ok: true; site: Site; warnings: Problem[] } | { ok: false; problems: Problem[] };

/**
 * Reads a site file and the models it may name, and checks all of it: every mistake is reported, with its place. Rejects never; a file
 * that cannot be read is a problem like any other. `inspect` may find more in a site without mistakes, as warnings.
 */
export async function loadSite(
  path: string,
  files: SiteFiles = fs,
  directories: readonly string[] = modelDirectories,
  inspect: (site: Site) => Finding[] = () => [],
): Promise<LoadedSite> {
  let text: string;
  try {
    text = await files.readFile(path, 'utf8');
  } catch (error) {
    return { ok: false, problems: [unreadableFile(path, error)] };
  }
  const { models, problems } = await loadModels(files, directories);
  const site = readSite(path, text, models, inspect);
  if (site.ok && problems.length === 0) return site;
  return { ok: false, problems: [...(site.ok ? site.warnings : site.problems), ...problems] };
}

/** The same for a text at hand. `path` names the file in problems, and relative paths of the site start at its directory. */
export function readSite(
  path: string,
  text: string,
  models: Models,
  inspect: (site: Site) => Finding[] = () => [],
): LoadedSite {
  const toml = readToml(path, text);
  if (!toml.ok) return { ok: false, problems: [toml.problem] };
  const directory = dirname(resolve(path));
  const read = siteFile.safeParse(toml.value);
  const draft = draftOf(toml.value);
  const schema = jsonSchemaOf(siteFile);
  const findings = [
    ...(read.error?.issues ?? []).flatMap((issue) => explainIssue(issue, toml.value, schema)),
    ...crossCheck(draft, models),
    ...checkPaths(draft, directory),
  ];
  const problems = problemsOf(path, toml.places, findings);
  const { state_dir, key_file, socket, ...more } = pathsOf(draft, directory);
  const wrong = problems.some(({ severity }) => severity === 'error');
  const missing = state_dir === null || key_file === null || socket === null;
  if (wrong || !read.success || missing) return { ok: false, problems };
  const site = buildSite(read.data, { state_dir, key_file, socket, ...more }, models);
  return { ok: true, site, warnings: problemsOf(path, toml.places, [...findings, ...inspect(site)]) };
}
