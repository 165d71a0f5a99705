import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../src/core/error.ts';
import { readLoginFile } from '../../src/door/login-file.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'login-file-'));
  path = join(dir, 'panel.login');
});
afterEach(() => rmSync(dir, { recursive: true }));

function put(text: string, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

async function refusal(): Promise<string> {
  const error = await readLoginFile(path).then(
    () => null,
    (e: unknown) => e,
  );
  if (!(error instanceof AppError)) throw new Error('it was not refused', { cause: error });
  expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringContaining(path) });
  return error.message.replace(path, '');
}

test.each([
  ['postern\nTr0ub4dor & 3', 'postern', 'Tr0ub4dor & 3'],
  ['a\r\n!\r\n', 'a', '!'],
])('a user name and a password, with spaces within: %j', async (text, user, password) => {
  put(text);
  const login = await readLoginFile(path);
  expect([login.user.reveal(), login.password.reveal()]).toEqual([user, password]);
  expect(JSON.stringify(login)).not.toContain('Tr0ub4dor');
});

test.each(['', 'hugo', 'hugo\n', '\nquux', 'hugo\nquux\nmore', 'hugo\nqu\tux', 'hügo\nquux', ` hugo\nquux`])(
  'anything else is refused, and not shown: %j',
  async (text) => {
    put(text);
    const said = await refusal();
    expect(said).toMatch(/two lines: the user name, then the password/);
    expect(said).not.toMatch(/hugo|quux/);
  },
);

test('a word that no prompt takes is refused', async () => {
  put(`hugo\n${'x'.repeat(65)}`);
  expect(await refusal()).toMatch(/1 to 64/);
});

test.each([0o644, 0o604, 0o620])('a file that others can use is refused: mode %o', async (mode) => {
  put('hugo\nquux', mode);
  expect(await refusal()).toMatch(/chmod 600 it, and change the password/);
});

test('a missing file says what to put there', async () => {
  expect(await refusal()).toMatch(/is missing: write the user name and, on a second line, the password/);
});
