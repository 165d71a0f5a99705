import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { Secret } from '../../src/core/secret.ts';
import { fileBytes } from '../../src/store/backup/backup-file.ts';
import { openBackup } from '../../src/store/backup/content.ts';
import { siteText } from '../site-file/site-text.ts';
import { entriesOf, filledStore } from '../store/backup/filled-store.ts';

/** `postern backup` against a daemon that is only a socket. */
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-cli-backup-'));
  mkdirSync(join(directory, 'key'));
  for (const name of ['key/site.key', 'backup.key']) {
    writeFileSync(join(directory, name), `${name.length % 10}7a3`.repeat(16), { mode: 0o600 });
  }
  const own = siteText.replace(/^socket = .*$/m, '');
  writeFileSync(join(directory, 'site.toml'), own.replace(/^model = "relay-.*"$/gm, 'model = "relay-8"'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const idOfSite = /^id = "(.*)"$/m.exec(siteText)?.[1];

/** Gives so many of the entries, and then ends in order or breaks off. */
async function aDaemon(end: 'whole' | 'short' | 'broken'): Promise<{ socket: string; close(): void }> {
  const { database, store } = await filledStore(300);
  const socket = join(directory, 'admin.sock');
  const server = createServer(async (request, response) => {
    if (request.url === '/v1/system') {
      response.end(JSON.stringify({ id: idOfSite, version: '1.2.3' }));
      return;
    }
    response.write(`${JSON.stringify({ store_id: store.id, about: 600 })}\n`);
    let left = end === 'whole' ? Number.POSITIVE_INFINITY : 100;
    for await (const entry of entriesOf(database))
      if (left-- > 0) response.write(`${JSON.stringify(entry)}\n`);
    if (end === 'broken') response.destroy();
    else response.end();
  });
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
  return { socket, close: () => void server.close() };
}

async function backup(socket: string, ...argv: string[]): Promise<{ code: number; text: string }> {
  return typing([], socket, ...argv);
}

/** With somebody at the terminal who types these lines; nobody is there where there are none. */
async function typing(
  lines: string[],
  socket: string,
  ...argv: string[]
): Promise<{ code: number; text: string }> {
  let text = '';
  const tell = (more: string): void => {
    text += more;
  };
  const given = ['--socket', socket, '--config', join(directory, 'site.toml')];
  const ask = async (prompt: string): Promise<string | null> => {
    tell(prompt);
    return lines.shift() ?? null;
  };
  const io = { out: tell, err: tell, env: {}, ...(lines.length === 0 ? {} : { ask }) };
  const code = await commandLine(['backup', ...argv, ...given], io, {
    backup: () => import('../../src/cli/backup.ts'),
  });
  return { code, text };
}
const key = () => ['--key-file', join(directory, 'backup.key')];

describe('postern backup', () => {
  test('writes one file and says its size and checksum, and never replaces one', async () => {
    const { socket, close } = await aDaemon('whole');
    const file = join(directory, 'a.backup');
    const made = await backup(socket, file, ...key());
    expect(made.text).toMatch(/a\.backup: \d+ bytes, SHA-256 [0-9a-f]{64}\n$/);
    const before = readFileSync(file);
    const again = await backup(socket, file, ...key());
    expect([made.code, again.code]).toEqual([0, 3]);
    expect(again.text).toMatch(/never replaces a file/);
    expect(readFileSync(file).equals(before)).toBe(true);
    close();
  });

  test.each(['short', 'broken'] as const)('makes no file of an answer that is %s', async (how) => {
    const { socket, close } = await aDaemon(how);
    const { code } = await backup(socket, join(directory, 'a.backup'), ...key());
    expect(code).toBeGreaterThan(0);
    expect(readdirSync(directory).filter((name) => name.includes('backup') && name !== 'backup.key')).toEqual(
      [],
    );
    close();
  });

  test('asks at a terminal for a passphrase, twice, when nothing else was given', async () => {
    const { socket, close } = await aDaemon('whole');
    const file = join(directory, 'a.backup');
    const slip = await typing(['correct horse battery', 'correct horse batery'], socket, file);
    expect([slip.code, slip.text]).toEqual([3, expect.stringMatching(/the two passphrases differ/)]);
    expect(slip.text).not.toMatch(/horse/);
    const made = await typing(['correct horse battery', 'correct horse battery'], socket, file);
    expect([made.code, made.text]).toEqual([
      0,
      expect.stringMatching(/the same again: [\s\S]*a\.backup: \d+ bytes/),
    ]);
    expect(made.text).not.toMatch(/horse/);
    const secret = { kind: 'passphrase', passphrase: new Secret('correct horse battery') } as const;
    const parts: string[] = [];
    for await (const part of openBackup(fileBytes(file), secret)) parts.push(part.is);
    expect([parts[0], parts.at(-1)]).toEqual(['head', 'tail']);
    close();
  });

  test('wants to know what to seal with, and takes no weak words', async () => {
    const file = join(directory, 'a.backup');
    const nothing = await backup('/none', file);
    expect([nothing.code, nothing.text]).toEqual([2, expect.stringMatching(/say with what/)]);
    writeFileSync(join(directory, 'words'), 'tiny\n', { mode: 0o600 });
    const weak = await backup('/none', file, '--passphrase-file', join(directory, 'words'));
    expect([weak.code, weak.text]).toEqual([3, expect.stringMatching(/at least 12 characters/)]);
    expect(weak.text).not.toMatch(/tiny/);
    writeFileSync(join(directory, 'open'), 'correct horse battery\n', { mode: 0o644 });
    const open = await backup('/none', file, '--passphrase-file', join(directory, 'open'));
    expect([open.code, open.text]).toEqual([3, expect.stringMatching(/chmod 600/)]);
  });
});
