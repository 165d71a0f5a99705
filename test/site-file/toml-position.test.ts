import { readFileSync } from 'node:fs';
import { parse } from '@iarna/toml';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { mapToml, type TomlPath } from '../../src/site-file/toml-position.ts';
import { models } from './site-text.ts';

const example = readFileSync(new URL('../../config/postern.example.toml', import.meta.url), 'utf8');

const ownNames = (): string[] =>
  Object.getOwnPropertyNames(Object.prototype).flatMap((name) => {
    const value: unknown = Object.getOwnPropertyDescriptor(Object.prototype, name)?.value;
    return [name, ...(typeof value === 'function' ? Object.keys(value).map((key) => `${name}.${key}`) : [])];
  });
const untouched = [...ownNames(), ...Object.keys(Object)].sort();

afterEach(() => {
  expect([...ownNames(), ...Object.keys(Object)].sort()).toEqual(untouched);
});

/** All paths of a parsed document. */
function paths(value: unknown, path: TomlPath = []): TomlPath[] {
  if (value === null || typeof value !== 'object' || value instanceof Date) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((one, i) => paths(one, [...path, i]))
    : Object.entries(value).flatMap(([key, one]) => paths(one, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

test('keys and values are found where they stand, however they are written', () => {
  const text = `# a comment with [brackets] and "quotes"\r
top = 1
"quoted key" . 'and literal' = """
[not.a.table]
"""   # [nor.this]
[a.b]   # comment
c.d = [ 1, # one
  { e = 'x' }, ]
[[list]]
x = 1979-05-27 07:32:00
[[list]]
[list.y]
z = "\\u0041"
`;
  const map = mapToml(text);
  if (!map.ok) throw new Error(map.fault.message);
  const { key, value } = map.places;
  expect(value(['top'])).toEqual({ line: 2, column: 7 });
  expect(key(['quoted key', 'and literal'])).toEqual({ line: 3, column: 16 });
  expect(key(['a', 'b'])).toEqual({ line: 6, column: 1 });
  expect(key(['a', 'b', 'c', 'd'])).toEqual({ line: 7, column: 3 });
  expect(value(['a', 'b', 'c', 'd', 1])).toEqual({ line: 8, column: 3 });
  expect(value(['a', 'b', 'c', 'd', 1, 'e'])).toEqual({ line: 8, column: 9 });
  expect(value(['list', 0, 'x'])).toEqual({ line: 10, column: 5 });
  expect(key(['list', 1, 'y', 'z'])).toEqual({ line: 13, column: 1 });
  expect(key(['not', 'a'])).toBeNull();
});

test.each([
  '[NAME]\nhacked = 1',
  '[a.NAME.b]\nhacked = 1',
  '[[NAME]]\nhacked = 1',
  '[[a]]\n[a.NAME]\nhacked = 1',
  'NAME.hacked = 1',
  'a = { NAME.hacked = 1 }',
  'a = [ { NAME = { hacked = 1 } } ]',
  '["NAME"]\nhacked = 1',
  "['NAME']\nhacked = 1",
])('names that every object has never reach the parser: %s', (shape) => {
  const escaped = (name: string) => `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`;
  for (const name of [...Object.getOwnPropertyNames(Object.prototype), 'prototype']) {
    for (const written of shape.includes('"NAME"') ? [name, escaped(name)] : [name]) {
      const read = readSite('site.toml', shape.replace('NAME', written), models);
      expect(read).toMatchObject({
        ok: false,
        problems: [{ message: expect.stringContaining('may not be used') }],
      });
    }
  }
});

const pieces = fc.constantFrom(
  '"""',
  "'''",
  '"',
  "'",
  '[',
  ']',
  '[[',
  ']]',
  '{',
  '}',
  '=',
  ',',
  '.',
  '#',
  '\n',
  '\r\n',
  ' ',
  '\\',
  'a',
  'b-1',
  '__proto__',
  'constructor',
  '1',
  '-2.5',
  'true',
  '1979-05-27',
  '"x"',
  '\\u0061',
  'a = 1\n',
  '[t]\n',
  '\u0000',
  'é',
  '😀',
);
const mutated = fc
  .array(fc.tuple(fc.nat(example.length), fc.nat(12), fc.array(pieces, { maxLength: 4 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((edits) =>
    edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put.join('') + text.slice(at + cut), example),
  );
const anyText = fc.oneof(
  fc.array(pieces, { maxLength: 40 }).map((all) => all.join('')),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
  mutated,
);

test('no text makes it throw, and every problem has a place', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const read = readSite('site.toml', text, models);
      for (const { line, column, message } of read.ok ? read.warnings : read.problems) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message).not.toBe('');
      }
    }),
    { numRuns: 1500 },
  );
});

test('whatever the parser finds in a text, the map has found too: nothing slips past it', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const map = mapToml(text);
      if (!map.ok) return;
      let value: unknown;
      try {
        value = parse(text);
      } catch {
        return;
      }
      for (const path of paths(value)) expect(map.places.key(path), path.join('.')).not.toBeNull();
    }),
    { numRuns: 1500 },
  );
});

test('nesting without end is refused, not followed', () => {
  expect(mapToml(`a = ${'['.repeat(100_000)}`)).toMatchObject({
    ok: false,
    fault: { message: 'too deeply nested' },
  });
});
