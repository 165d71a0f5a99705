import { createSecretKey, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openVault } from '../../src/admin/vault.ts';
import { AppError } from '../../src/core/error.ts';
import { Secret } from '../../src/core/secret.ts';

const secretKey = () => createSecretKey(randomBytes(32));
const lookupKey = (kind: string, value: string) => `${kind} of ${value.length}`;
const keys = { lookupKey, storage: secretKey(), token: secretKey() };
const vault = openVault(keys, randomBytes);

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

describe('the vault', () => {
  test('gives back what was sealed, and never seals the same twice alike', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const [a, b] = [vault.seal(new Secret(text)), vault.seal(new Secret(text))];
        expect(vault.unseal(a).reveal()).toBe(text);
        expect(a).not.toBe(b);
      }),
    );
  });

  test('a sealed text shows nothing of the value, however it is written', () => {
    const sealed = vault.seal(new Secret('8305917264'));
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (const form of ['8305917264', Buffer.from('8305917264').toString('base64url').slice(0, 12)]) {
      expect(sealed).not.toContain(form);
    }
    expect(bytes.includes('8305917264')).toBe(false);
    expect(bytes.toString('hex')).not.toContain('8305917264');
  });

  test('refuses what was altered anywhere, without repeating it', () => {
    const sealed = vault.seal(new Secret('4711'));
    const bytes = Buffer.from(sealed.slice(3), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const text = `g1.${altered.toString('base64url')}`;
      const error = refusal(() => vault.unseal(text));
      expect(error.code).toBe('internal');
      expect(inspect(error)).not.toContain(text);
    }
  });

  test('refuses what was sealed under another key, and what is no sealed text at all', () => {
    const other = openVault({ ...keys, storage: secretKey() }, randomBytes);
    const foreign = ['', 'g1.', '4711', `g2.${vault.seal(new Secret('4711')).slice(3)}`, 'g1.AAAA'];
    for (const text of [other.seal(new Secret('4711')), ...foreign]) {
      expect(refusal(() => vault.unseal(text)).code).toBe('internal');
    }
  });

  test('hashes tokens under a key: alike here, otherwise elsewhere', () => {
    const other = openVault({ ...keys, token: secretKey() }, randomBytes);
    expect(vault.tokenHash('pstn_a')).toBe(vault.tokenHash('pstn_a'));
    expect(vault.tokenHash('pstn_a')).not.toBe(vault.tokenHash('pstn_b'));
    expect(vault.tokenHash('pstn_a')).not.toBe(other.tokenHash('pstn_a'));
    expect(Buffer.from(vault.tokenHash('pstn_a'), 'base64url')).toHaveLength(32);
  });

  test('prints no key', () => {
    const printed = inspect(vault, { depth: 9, showHidden: true });
    expect(printed).not.toContain(keys.storage.export().toString('hex').slice(0, 8));
    expect(JSON.stringify(vault)).toBe('{}');
  });
});
