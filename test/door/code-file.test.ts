import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { readCodeFile } from '../../src/door/code-file.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'code-file-'));
  path = join(dir, 'panel.code');
});
afterEach(() => rmSync(dir, { recursive: true }));

function put(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

async function refusal(): Promise<string> {
  const error = await readCodeFile(path).then(
    () => null,
    (e: unknown) => e,
  );
  if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
  expect(error.code).toBe('config_invalid');
  expect(error.message).toContain(path);
  return error.message.replace(path, '');
}

test.each(['0042', '987654\n', ' 1234 \n'])(
  '4 or 6 digits are a master code, leading zeros kept: %j',
  async (text) => {
    put(text);
    const { master, others } = await readCodeFile(path);
    expect(master.reveal()).toBe(text.trim());
    expect(others).toEqual([]);
  },
);

test.each(['', '123', '12345', '1234567', '12a4', '1234 5678', '12a4\n5678'])(
  'anything else is refused, and not shown: %j',
  async (text) => {
    put(text);
    const said = await refusal();
    expect(said).toMatch(/4 or 6 digits/);
    if (text !== '') expect(said).not.toContain(text);
  },
);

test('further lines are other codes of the panel', async () => {
  put('1234\n 4711 \n0000000042\n');
  const { master, others } = await readCodeFile(path);
  expect([master, ...others].map((code) => code.reveal())).toEqual(['1234', '4711', '0000000042']);
});

test.each(['1234\n5678\nabc', '1234\n\n47\n5'])(
  'a line that is no code is named, and not shown: %j',
  async (text) => {
    put(text);
    const said = await refusal();
    expect(said).toMatch(/no code in line [23]:.*4 to 10 digits/);
    expect(said).not.toMatch(/5678|abc|47/);
  },
);

test.each([0o644, 0o604, 0o620, 0o601])('a file that others can use is refused: mode %o', async (mode) => {
  put('1234', mode);
  expect(await refusal()).toMatch(/chmod 600/);
});

test('a missing file says what to put there', async () => {
  expect(await refusal()).toMatch(/is missing: write the panel's master code/);
});

test('a list that is too long is refused whole: half of it would be taken for all of it', async () => {
  put(`1234\n${'0000004711\n'.repeat(371)}`);
  const { others } = await readCodeFile(path);
  expect(others).toHaveLength(371);
  put(`1234\n${'0000004711\n'.repeat(372)}`);
  expect(await refusal()).toMatch(/longer than 4096 bytes: it is for the panel's master code/);
});
