import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorTable } from '../src/core/error.ts';

const root = join(import.meta.dirname, '..');
const manual = readFileSync(join(root, 'docs', 'operations.md'), 'utf8');

test('docs/operations.md explains every line that the daemon logs at warn or above, and no other', () => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    // Both halves in one process is for tests.
    .filter((file) => file.endsWith('.ts') && file !== 'compose-site.ts')
    .map((file) => readFileSync(join(root, 'src', file), 'utf8'));
  const logged = sources.flatMap((text) =>
    [...text.matchAll(/\blog\.(warn|error|fatal)\(\s*(?:\{[^}]*\},\s*)?'([^']+)'/g)].map(
      ([, level, message]) => `${level}: ${message}`,
    ),
  );
  const explained = [...manual.matchAll(/^\| (warn|error|fatal) \| `([^`]+)` \|/gm)].map(
    ([, level, message]) => `${level}: ${message}`,
  );
  expect(logged.length).toBeGreaterThan(10);
  expect(explained.sort()).toEqual([...new Set(logged)].sort());
});

test('docs/operations.md has every exit code', () => {
  const [, codes = ''] = manual.split('## Exit codes');
  const told = [...codes.matchAll(/^\| (\d) \|/gm)].map(([, code]) => Number(code));
  const given = new Set<number>([0, ...Object.values(errorTable).map(({ exit }) => exit)]);
  expect(told).toEqual([...given].sort((a, b) => a - b));
});
