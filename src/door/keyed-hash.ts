import { createHmac, type KeyObject } from 'node:crypto';
import type { LookupKey } from '../core/lookup-key.ts';

/** Lookup keys under the site's lookup key. The kind is hashed too: a PIN is never found by a card of the same text. */
export function keyedHash(key: KeyObject): LookupKey {
  return (kind, value) =>
    createHmac('sha256', key).update(`${kind}\0${value}`, 'utf8').digest().toString('base64url', 0, 16);
}
