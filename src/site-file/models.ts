import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodeLockModel } from '../core/code-lock-model.ts';
import type { LockModel, PanelModel } from '../core/site.ts';
import { type Model, modelFile, modelOf } from '../schema/model-file.ts';
import { jsonSchemaOf } from '../schema/shape.ts';
import { explainIssue } from './explain-issue.ts';
import { type Problem, problemsOf } from './problem.ts';
import type { SiteFiles } from './site-files.ts';
import { readToml } from './toml-file.ts';
import { unreadableFile } from './unreadable-file.ts';

/** Models by name. A name means one model, of one kind. */
export interface Models {
  relay_boards: ReadonlyMap<string, LockModel>;
  code_locks: ReadonlyMap<string, CodeLockModel>;
  panels: ReadonlyMap<string, PanelModel>;
}

/** Where models are looked for: those of this package, and an installer's own. */
export const modelDirectories: readonly string[] = [
  fileURLToPath(new URL('../../config/models', import.meta.url)),
  '/etc/postern/models',
];

/**
 * Reads the models of some directories by name; one of a later directory replaces one of an earlier. A directory that does not exist
 * has none.
 */
export async function loadModels(
  files: SiteFiles,
  directories: readonly string[],
): Promise<{ models: Models; problems: Problem[] }> {
  const models = new Map<string, Model>();
  const problems: Problem[] = [];
  for (const directory of directories) {
    const names = await files.readdir(directory).catch((error: unknown) => {
      const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (!absent) problems.push(unreadableFile(directory, error));
      return [];
    });
    for (const name of names.filter((file) => file.endsWith('.toml')).sort()) {
      const path = join(directory, name);
      const read = await loadModel(files, path, name.slice(0, -'.toml'.length));
      if (Array.isArray(read)) problems.push(...read);
      else models.set(read.model.name, read);
    }
  }
  return { models: byKind([...models.values()]), problems };
}

function byKind(models: readonly Model[]): Models {
  const named = <T extends { name: string }>(some: readonly T[]) =>
    new Map(some.map((one) => [one.name, one]));
  return {
    relay_boards: named(models.flatMap((one) => (one.kind === 'relay_board' ? [one.model] : []))),
    code_locks: named(models.flatMap((one) => (one.kind === 'code_table' ? [one.model] : []))),
    panels: named(models.flatMap((one) => (one.kind === 'panel' ? [one.model] : []))),
  };
}

async function loadModel(files: SiteFiles, path: string, name: string): Promise<Model | Problem[]> {
  let text: string;
  try {
    text = await files.readFile(path, 'utf8');
  } catch (error) {
    return [unreadableFile(path, error)];
  }
  const toml = readToml(path, text);
  if (!toml.ok) return [toml.problem];
  const read = modelFile.safeParse(toml.value);
  if (!read.success) {
    const schema = jsonSchemaOf(modelFile);
    return problemsOf(
      path,
      toml.places,
      read.error.issues.flatMap((i) => explainIssue(i, toml.value, schema)),
    );
  }
  if (read.data.name !== name) {
    const message = `expected "${name}", the name of its file, found "${read.data.name}"`;
    return problemsOf(path, toml.places, [{ path: ['name'], message }]);
  }
  return modelOf(read.data);
}
