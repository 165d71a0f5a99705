import { describe, expect, test } from 'vitest';
import { readSite } from '../../src/site-file/load-site.ts';
import { models, siteText } from './site-text.ts';

/** Names that every object has from birth are no keys of a site file, wherever they stand and however they are written. */

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const headers = [...siteText.matchAll(/^\[\[?([\w.-]+)\]\]?$/gm)];

const refused = (text: string): string[] => {
  const read = readSite('/etc/postern/site.toml', text, models);
  return read.ok ? [] : read.problems.map(({ message }) => message);
};

describe('names that every object has', () => {
  test('the file they are put into is sound without them', () => {
    expect(refused(siteText)).toEqual([]);
    expect(headers.length).toBeGreaterThan(8);
  });

  for (const name of names) {
    test(`${name} is refused as a key of every table, bare, quoted, dotted and inline`, () => {
      for (const [header, path] of headers) {
        const key = (line: string): string => siteText.replace(header, `${header}\n${line}`);
        for (const text of [
          key(`${name} = 1`),
          key(`"${name}" = 1`),
          key(`${name}.admin = true`),
          key(`x = { ${name} = { admin = true } }`),
          key(`'${name}'.polluted = "yes"`),
        ]) {
          expect(refused(text), `${name} in ${path}`).not.toEqual([]);
        }
      }
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    });

    test(`${name} is refused as a table, and below every other`, () => {
      for (const path of ['', ...headers.map(([, at]) => `${at}.`)]) {
        for (const table of [`[${path}${name}]`, `[${path}"${name}"]`, `[[${path}${name}]]`]) {
          const text = `${siteText}\n${table}\nadmin = true\n`;
          expect(refused(text), table).not.toEqual([]);
        }
      }
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    });
  }
});
