import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

/** Who may import whom (docs/architecture.md). `node` stands for the modules of Node itself. */
const anything = ['*'];
const table: Record<string, { folders: string[]; packages: string[] }> = {
  core: { folders: [], packages: [] },
  schema: { folders: ['core'], packages: ['zod'] },
  'site-file': { folders: ['core', 'schema'], packages: ['@iarna/toml', 'node'] },
  hal: { folders: ['core'], packages: ['serialport', 'node'] },
  reader: { folders: ['core'], packages: ['node:crypto'] },
  panel: { folders: ['core'], packages: [] },
  'lock-bus': { folders: ['core'], packages: ['modbus-serial', 'node:events'] },
  scheduler: { folders: ['core'], packages: ['cron-parser'] },
  store: { folders: ['core', 'schema'], packages: ['level', 'node'] },
  link: { folders: ['core'], packages: ['node'] },
  door: { folders: ['core', 'link'], packages: ['pino', 'node'] },
  admin: { folders: ['core', 'schema', 'scheduler', 'link'], packages: ['pino', 'node'] },
  api: {
    folders: ['core', 'schema'],
    packages: ['fastify', 'fast-json-stringify', '@fastify/swagger', 'node'],
  },
  sim: { folders: ['core'], packages: ['node'] },
  cli: { folders: anything, packages: anything },
  '.': { folders: anything, packages: anything },
};

interface Import {
  file: string;
  target: string;
  typeOnly: boolean;
}

const root = join(import.meta.dirname, '..', 'src');
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|^import\s+'([^']+)'/gm,
  );
  return [...found].map((m) => ({
    file,
    target: m[2] ?? m[3] ?? m[4] ?? '',
    typeOnly: m[1] !== undefined,
  }));
});

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '.') : '.');
const resolved = (i: Import): string => normalize(join(dirname(i.file), i.target));

/** The exceptions the table itself states. */
function stated(i: Import, from: string, to: string): boolean {
  const target = resolved(i);
  if (from === 'api' && to === 'admin') return i.typeOnly && target === 'admin/ports.ts';
  if (from === 'sim' && ['reader', 'lock-bus', 'panel'].includes(to)) {
    return /\/(layout|frame|crc|crypto)\.ts$/.test(target);
  }
  return false;
}

function allowed(i: Import): boolean {
  const from = folderOf(i.file);
  const rule = table[from];
  if (rule === undefined) return false;
  if (i.target.startsWith('.')) {
    const to = folderOf(resolved(i));
    return to === from || rule.folders.includes('*') || rule.folders.includes(to) || stated(i, from, to);
  }
  const name = i.target.startsWith('@') ? i.target.split('/').slice(0, 2).join('/') : i.target;
  return (
    rule.packages.includes('*') ||
    rule.packages.includes(name) ||
    (name.startsWith('node:') && rule.packages.includes('node'))
  );
}

describe('the import table', () => {
  test('every folder of src has its row', () => {
    expect([...new Set(files.map(folderOf))].filter((folder) => !(folder in table))).toEqual([]);
  });

  test('nobody imports what its row does not allow', () => {
    const wrong = imports.filter((i) => !allowed(i)).map((i) => `${i.file} imports ${i.target}`);
    expect(wrong).toEqual([]);
  });

  test('imports were found at all', () => {
    expect(imports.length).toBeGreaterThan(files.length);
  });

  test('nothing of the door process reaches fastify, level, zod or cron-parser; nothing of the admin process reaches serialport', () => {
    const reach = (entry: string): Set<string> => {
      const seen = new Set<string>();
      const walk = (file: string): void => {
        if (seen.has(file)) return;
        seen.add(file);
        for (const i of imports) {
          if (i.file !== file || i.typeOnly) continue;
          if (i.target.startsWith('.')) walk(relative('.', resolved(i)));
          else seen.add(i.target);
        }
      };
      walk(entry);
      return seen;
    };
    const door = reach('compose-door.ts');
    expect(door.has('door/journal.ts')).toBe(true);
    expect(['fastify', 'level', 'zod', 'cron-parser'].filter((name) => door.has(name))).toEqual([]);
    const admin = reach('compose-admin.ts');
    expect(admin.has('fastify')).toBe(true);
    expect(['serialport', 'modbus-serial'].filter((name) => admin.has(name))).toEqual([]);
  });
});

describe('the house rules a machine can hold', () => {
  test('the clock, randomness and timers of the system are used only at the edges', () => {
    const pure = files.filter((f) =>
      ['core', 'reader', 'panel', 'lock-bus', 'schema', 'scheduler'].includes(folderOf(f)),
    );
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\(|\bperformance\.now\(|process\.env/;
    expect(pure.filter((f) => impure.test(readFileSync(join(root, f), 'utf8')))).toEqual([]);
  });

  test('the database is written in one place, and by what makes or migrates one', () => {
    const writers = files.filter(
      (f) => folderOf(f) !== 'link' && /\b\w+\.batch\(/.test(readFileSync(join(root, f), 'utf8')),
    );
    expect(writers.sort()).toEqual([
      'store/guarded-store.ts',
      'store/level-store.ts',
      'store/mending-database.ts',
      // As what hands it to LevelDB.
      'store/open-level.ts',
    ]);
    const opening = imports.filter((i) => i.target === 'level').map(({ file }) => file);
    expect(opening).toEqual(['store/open-level.ts']);
  });

  test('no catch-all file names', () => {
    const catchAll = /(^|\/)(utils?|helpers?|common|misc|types|index)\.ts$/;
    expect(files.filter((f) => catchAll.test(f))).toEqual([]);
  });

  test('files are small: none over 300 lines, the median about 80', () => {
    const lengths = files
      .map((f) => readFileSync(join(root, f), 'utf8').split('\n').length - 1)
      .sort((a, b) => a - b);
    expect(lengths.at(-1)).toBeLessThanOrEqual(300);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(100);
  });
});
