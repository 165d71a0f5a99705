import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { formatUuid, uuidV7 } from '../../src/core/uuid.ts';

test('version 7 is the vector of RFC 9562, appendix A.6', () => {
  const random = Uint8Array.from(Buffer.from('0cc318c4dc0c0c07398f', 'hex'));
  expect(uuidV7(0x017f22e279b0, random)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('version 5 formatting is the vector of RFC 9562, appendix A.4', () => {
  const dns = Buffer.from('6ba7b8109dad11d180b400c04fd430c8', 'hex');
  const hash = createHash('sha1').update(dns).update('www.example.com').digest();
  expect(formatUuid(hash, 5)).toBe('2ed6657d-e927-568b-95e1-2665a8aea6a2');
});

test('later times sort later', () => {
  const random = new Uint8Array(10).fill(255);
  const ids = [1, 2, 255, 256, 2 ** 40].map((ms) => uuidV7(ms, random));
  expect([...ids].sort()).toEqual(ids);
});
