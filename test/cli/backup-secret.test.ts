import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { backupSecret } from '../../src/cli/backup-secret.ts';

test('a passphrase is the same from a file, whatever ends its line, from the environment and from a terminal', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'postern-words-'));
  const words = 'correct horse battery';
  const inFile = (text: string) => {
    const path = join(directory, 'words');
    writeFileSync(path, text, { mode: 0o600 });
    return backupSecret({ 'passphrase-file': path }, { env: {} }, undefined, 'seal');
  };
  const given = [
    await inFile(`${words}\n`),
    await inFile(`${words}\r\nmore\r\n`),
    await inFile(words),
    await backupSecret({}, { env: { POSTERN_BACKUP_PASSPHRASE: words } }, undefined, 'seal'),
    await backupSecret({}, { env: {}, ask: async () => words }, undefined, 'seal'),
  ];
  expect(given.map((one) => (one.kind === 'passphrase' ? one.passphrase.reveal() : null))).toEqual(
    given.map(() => words),
  );
  rmSync(directory, { recursive: true });
});
