import { createCipheriv, createDecipheriv, createHmac, type KeyObject } from 'node:crypto';
import { AppError } from '../core/error.ts';
import type { LookupKey } from '../core/lookup-key.ts';
import { Secret } from '../core/secret.ts';
import type { Vault } from './storage.ts';

const cipher = 'aes-256-gcm';
const nonceSize = 12;
const tagSize = 16;
/** Names the cipher, so that another can follow it. */
const prefix = 'g1.';

/**
 * The vault: AES-256-GCM under the storage key with a random nonce (NIST SP 800-38D, 8.2.2), HMAC-SHA-256 for the rest. A sealed text is
 * `g1.` and base64url of nonce, ciphertext and tag. `random` gives so many random bytes.
 */
export function openVault(
  keys: { lookupKey: LookupKey; storage: KeyObject; token: KeyObject },
  random: (size: number) => Uint8Array,
): Vault {
  return {
    lookupKey: keys.lookupKey,
    seal(value) {
      const nonce = random(nonceSize);
      const sealing = createCipheriv(cipher, keys.storage, nonce, { authTagLength: tagSize });
      const text = Buffer.concat([nonce, sealing.update(value.reveal(), 'utf8'), sealing.final()]);
      return prefix + Buffer.concat([text, sealing.getAuthTag()]).toString('base64url');
    },
    unseal(sealed) {
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url');
      if (!sealed.startsWith(prefix) || bytes.length < nonceSize + tagSize) throw unreadable();
      const opening = createDecipheriv(cipher, keys.storage, bytes.subarray(0, nonceSize), {
        authTagLength: tagSize,
      });
      opening.setAuthTag(bytes.subarray(-tagSize));
      try {
        const text = opening.update(bytes.subarray(nonceSize, -tagSize));
        return new Secret(Buffer.concat([text, opening.final()]).toString('utf8'));
      } catch {
        throw unreadable();
      }
    },
    tokenHash: (token) => createHmac('sha256', keys.token).update(token, 'utf8').digest('base64url'),
  };
}

function unreadable(): AppError {
  return new AppError(
    'internal',
    'a sealed value cannot be opened: it was sealed under another site key, or is damaged',
  );
}
