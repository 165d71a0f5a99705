import { createSecretKey, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/core/access-table.ts';
import type { TableRow } from '../../src/core/table-row.ts';
import type { SealedFiles } from '../../src/door/sealed-file.ts';
import { readSealedTable, writeSealedTable } from '../../src/door/sealed-table.ts';
import { deriveKeys } from '../../src/door/site-key.ts';
import { credentialRow, doorIds, grantRow, userRow } from '../support/table-rows.ts';

const key = deriveKeys(Buffer.from('a key that is known to this test')).snapshot;
const nonce = Buffer.alloc(12, 7);
const version = { table_id: 'db', revision: 41 };
const rows: TableRow[] = [
  {
    row: 'timetable',
    id: 'door-a',
    from: 5,
    until: 2_000_000_000_000,
    periods: [
      { from: 7, until: 1_790_000_000_000, mode: 'unlocked', arrival: { from: 6, until: 8 } },
      { from: 1_790_000_000_000, until: 1_790_000_000_001, mode: 'disabled', arrival: null },
    ],
  },
  {
    row: 'schedule',
    id: 's1',
    from: 5,
    until: 2_000_000_000_000,
    edges: Float64Array.of(-Infinity, 1_790_000_000_000, 1_790_000_000_001),
    holiday_edges: new Float64Array(),
  },
  { row: 'door_group', id: 'g1', doors: ['door-a'] },
  ...Array.from({ length: 450 }, (_, n) =>
    userRow(`user-${n}`, {
      credentials: [credentialRow(`key-of-${n}`)],
      grants: [grantRow({ group: 'g1' }, { until: 99 })],
    }),
  ),
];
const content = { site_id: 'site', version, written_at: 123, rows };
const pause = () => Promise.resolve();

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sealed-table-'));
  path = join(dir, 'table');
});
afterEach(() => rmSync(dir, { recursive: true }));

const read = (siteId = 'site', withKey = key, files?: SealedFiles) =>
  readSealedTable(path, { siteId, doorIds }, withKey, pause, files);

describe('the sealed table', () => {
  test('comes back as it was written, with version and time', async () => {
    await writeSealedTable(path, content, key, nonce);
    const back = await read();
    expect(back).toMatchObject({ kind: 'ok', version, written_at: 123 });
    if (back.kind === 'ok') expect(rowsOf(back.table)).toEqual(rows);
  });

  test('an empty table is a table; no file is absent', async () => {
    expect(await read()).toEqual({ kind: 'absent' });
    await writeSealedTable(path, { ...content, rows: [] }, key, nonce);
    expect((await read()).kind).toBe('ok');
  });

  test('any altered byte, anywhere, is damage', async () => {
    await writeSealedTable(path, { ...content, rows: rows.slice(0, 2) }, key, nonce);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, altered);
      expect((await read()).kind).toBe('damaged');
    }
  });

  test('any truncation, and anything added, is damage', async () => {
    await writeSealedTable(path, { ...content, rows: rows.slice(0, 2) }, key, nonce);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      expect((await read()).kind).toBe('damaged');
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.alloc(1)]));
    expect((await read()).kind).toBe('damaged');
  });

  test('bytes of any kind are never a table and never throw', async () => {
    await writeSealedTable(path, content, key, nonce);
    const start = readFileSync(path).subarray(0, 20);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, genuineStart) => {
        writeFileSync(path, genuineStart ? Buffer.concat([start, bytes]) : bytes);
        expect((await read()).kind).toBe('damaged');
      }),
      { numRuns: 200 },
    );
  });

  test('another key does not open it, another site does not use it', async () => {
    await writeSealedTable(path, content, key, nonce);
    expect((await read('site', createSecretKey(randomBytes(32)))).kind).toBe('damaged');
    expect((await read('another site')).kind).toBe('foreign');
  });

  test('a genuine file of rows that do not fit is damage, not a crash', async () => {
    const odd = [{ row: 'user', id: 'u' }] as unknown as TableRow[];
    await writeSealedTable(path, { ...content, rows: odd }, key, nonce);
    expect((await read()).kind).toBe('damaged');
  });

  test('nothing of the rows can be read in the file, nor by other users', async () => {
    await writeSealedTable(path, content, key, nonce);
    const bytes = readFileSync(path);
    for (const clear of ['key-of-1', 'user-1', 'credential-of', 'door-a', 'site']) {
      expect(bytes.includes(clear)).toBe(false);
    }
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  test('a file that cannot be read says so', async () => {
    const failing = { ...nodeFiles, readFile: () => Promise.reject(fault('EIO')) } as unknown as SealedFiles;
    expect(await read('site', key, failing)).toEqual({ kind: 'damaged', why: 'it cannot be read (EIO)' });
  });
});

describe('a write that fails', () => {
  const steps = ['open', 'writeFile', 'sync', 'close', 'rename'] as const;

  test.each(steps)('at %s: the earlier file stays, whole, and nothing is left over', async (step) => {
    await writeSealedTable(path, content, key, nonce);
    const newer = { ...content, version: { table_id: 'db', revision: 42 } };
    await expect(writeSealedTable(path, newer, key, Buffer.alloc(12, 8), failingAt(step))).rejects.toThrow(
      'ENOSPC',
    );
    expect(await read()).toMatchObject({ kind: 'ok', version });
    expect(readdirSync(dir)).toEqual(['table']);
    await writeSealedTable(path, newer, key, Buffer.alloc(12, 8));
    expect(await read()).toMatchObject({ kind: 'ok', version: newer.version });
  });

  test('the file is synced before it takes the name, and the directory after', async () => {
    const order: string[] = [];
    await writeSealedTable(path, content, key, nonce, noting(order));
    expect(order).toEqual(['table.unfinished synced', 'renamed', `${dir.split('/').at(-1)} synced`]);
  });
});

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** The real file system, but for one step that fails. */
function failingAt(step: 'open' | 'writeFile' | 'sync' | 'close' | 'rename'): SealedFiles {
  const fail = () => Promise.reject(fault('ENOSPC'));
  return {
    ...nodeFiles,
    rename: step === 'rename' ? fail : nodeFiles.rename,
    open: (async (...args: Parameters<typeof nodeFiles.open>) => {
      if (step === 'open') return fail();
      const file = await nodeFiles.open(...args);
      if (step === 'close') {
        const close = file.close.bind(file);
        file.close = () => close().then(fail);
      } else if (step !== 'rename') file[step] = fail;
      return file;
    }) as typeof nodeFiles.open,
  };
}

function noting(order: string[]): SealedFiles {
  return {
    ...nodeFiles,
    rename: async (from, to) => {
      await nodeFiles.rename(from, to);
      order.push('renamed');
    },
    open: (async (...args: Parameters<typeof nodeFiles.open>) => {
      const file = await nodeFiles.open(...args);
      const sync = file.sync.bind(file);
      file.sync = async () => {
        await sync();
        order.push(`${String(args[0]).split('/').at(-1)} synced`);
      };
      return file;
    }) as typeof nodeFiles.open,
  };
}
