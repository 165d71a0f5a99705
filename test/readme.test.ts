import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const text = (path: string) => readFile(new URL(path, root), 'utf8');

test('README names every command there is', async () => {
  const commands = [...(await text('src/cli.ts')).matchAll(/^ {4}(\w+): \(\) => import/gm)].map(
    ([, name]) => name,
  );
  expect(commands.length).toBeGreaterThan(15);
  const readme = await text('README.md');
  expect(commands.filter((name) => !readme.includes(`\`postern ${name}`))).toEqual([]);
});

test('README leads to every page of docs, and to none that is not there', async () => {
  const pages = (await readdir(new URL('docs/', root))).filter((name) => name.endsWith('.md'));
  const linked = [...(await text('README.md')).matchAll(/\]\(docs\/([\w-]+\.md)/g)].map(([, name]) => name);
  expect([...new Set(linked)].sort()).toEqual(pages.sort());
});
