import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import * as nodeFiles from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isWeak, openReaderKeys, type ReaderKeyParts } from '../../src/door/reader-keys.ts';
import { deriveKeys } from '../../src/door/site-key.ts';
import { installKey } from '../../src/reader/osdp/crypto.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'postern-reader-keys-'));
  path = join(directory, 'readers.sealed');
});
afterEach(() => rmSync(directory, { recursive: true }));

const { readers: key } = deriveKeys(Buffer.alloc(32, 5));
/** Bytes without end and without a pattern of ours: a small linear congruence. */
function scrambled(seed = 1) {
  let state = seed;
  return (size: number) =>
    Uint8Array.from({ length: size }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}
const parts = (more: Partial<ReaderKeyParts> = {}): ReaderKeyParts => ({
  path,
  siteId: 'site',
  key,
  random: scrambled(),
  ...more,
});
async function opened(more: Partial<ReaderKeyParts> = {}) {
  const read = await openReaderKeys(parts(more));
  if (read.kind !== 'ok') throw new Error(read.why);
  return read.store;
}
const none = { current: null, pending: null, identity: null };

describe('the keys of readers', () => {
  it('are none at first, and each change is there after a restart', async () => {
    const store = await opened();
    expect(store.of('front')).toEqual(none);
    await store.propose('front');
    const { pending } = store.of('front');
    expect(pending).toHaveLength(16);
    expect((await opened()).of('front')).toEqual({ ...none, pending });
    await store.settle('front');
    await store.pin('front', 'who');
    expect((await opened()).of('front')).toEqual({ current: pending, pending: null, identity: 'who' });
    expect((await opened()).of('back')).toEqual(none);
  });

  it('the one in use stays while another is pending, and after that one is thrown away', async () => {
    const store = await opened();
    await store.propose('front');
    await store.settle('front');
    const { current } = store.of('front');
    await store.propose('front');
    expect(store.of('front').current).toEqual(current);
    expect(store.of('front').pending).not.toEqual(current);
    await store.discard('front');
    expect((await opened()).of('front')).toEqual({ ...none, current });
  });

  it('are all kept when several change at once', async () => {
    const store = await opened();
    const names = ['a', 'b', 'c', 'd'];
    await Promise.all(names.map((name) => store.propose(name)));
    const again = await opened();
    const keys = names.map((name) => Buffer.from(again.of(name).pending ?? []).toString('hex'));
    expect(new Set(keys).size).toBe(4);
  });

  it('lie in a file that only the daemon reads, and no key in clear in it', async () => {
    const store = await opened();
    await store.propose('front');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bytes = readFileSync(path);
    const { pending } = store.of('front');
    expect(bytes.includes(Buffer.from(pending ?? []))).toBe(false);
    expect(bytes.includes(Buffer.from(pending ?? []).toString('hex'))).toBe(false);
  });

  it('are never weak, the public one, or one that another reader has', async () => {
    const supply = scrambled(9);
    const good = supply(16);
    const drawn = [new Uint8Array(16), installKey, good, supply(12), good, supply(16), supply(12)];
    const store = await opened({ random: () => drawn.shift() ?? supply(12) });
    await store.propose('front');
    expect(store.of('front').pending).toEqual(good);
    await store.propose('back');
    expect(store.of('back').pending).not.toEqual(good);
  });
});

describe('a weak key', () => {
  const counting = (from: number, step: number) =>
    Uint8Array.from({ length: 16 }, (_, at) => (from + at * step) & 0xff);
  it.each([
    ['constant', new Uint8Array(16).fill(0xab)],
    ['counting', counting(0x40, 1)],
    ['counting down', counting(0xff, 255)],
    ['the public one', installKey],
    ['two bytes by turns', Uint8Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? 0xa5 : 0x5a))],
    ['too short', scrambled()(15)],
  ])('is one that is %s', (_, weak) => {
    expect(isWeak(weak)).toBe(true);
  });

  it('is none that was drawn by chance', () => {
    const random = scrambled(3);
    for (let n = 0; n < 500; n++) expect(isWeak(random(16))).toBe(false);
  });
});

describe('a key file', () => {
  it('with any byte changed, or cut short, is damaged and none of it is used', async () => {
    await (await opened()).propose('front');
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 5) {
      writeFileSync(
        path,
        whole.map((byte, place) => (place === at ? byte ^ 1 : byte)),
      );
      expect((await openReaderKeys(parts())).kind).toBe('damaged');
      writeFileSync(path, whole.subarray(0, at));
      expect((await openReaderKeys(parts())).kind).toBe('damaged');
    }
  });

  it('of another site key is damaged, of another site foreign', async () => {
    await (await opened()).propose('front');
    const other = deriveKeys(Buffer.alloc(32, 6)).readers;
    expect((await openReaderKeys(parts({ key: other }))).kind).toBe('damaged');
    expect((await openReaderKeys(parts({ siteId: 'elsewhere' }))).kind).toBe('foreign');
  });

  it('that cannot be written leaves the earlier keys in force, and later changes possible', async () => {
    let full = false;
    const files = {
      ...nodeFiles,
      rename: (from: string, to: string) =>
        full ? Promise.reject(new Error('ENOSPC')) : nodeFiles.rename(from, to),
    } as typeof nodeFiles;
    const store = await opened({ files });
    await store.propose('front');
    const before = store.of('front');
    full = true;
    await expect(store.propose('front')).rejects.toThrow('ENOSPC');
    expect(store.of('front')).toEqual(before);
    expect((await opened()).of('front')).toEqual(before);
    full = false;
    await store.settle('front');
    expect((await opened()).of('front').current).toEqual(before.pending);
  });
});
