import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { siteOfOption } from '../../src/cli/site-option.ts';
import { siteText } from '../site-file/site-text.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-site-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const withText = (text: string): string => {
  const path = join(directory, 'site.toml');
  writeFileSync(path, text);
  return path;
};

test('a site file that is not there is said not to be there, rather than to have mistakes', async () => {
  const path = join(directory, 'none.toml');
  await expect(siteOfOption(path)).rejects.toMatchObject({
    code: 'config_invalid',
    message: `${path}:1:1: there is no such file`,
  });
});

test('a single mistake is told, and where; of several, how to see them', async () => {
  const one = siteText.replace('name = "Test"', 'nam = "Test"');
  await expect(siteOfOption(withText(one))).rejects.toThrow(/has mistakes: postern check .*site\.toml lists/);
  const path = withText('[site]\nid = 1,\n');
  await expect(siteOfOption(path)).rejects.toThrow(`${path}:2:7: expected the end of the line`);
});
