import { createHmac } from 'node:crypto';
import { Secret } from '../../core/secret.ts';

/** Bytes of a secret: the middle of what Standard Webhooks 1.0.0 asks for (24 to 64). */
const secretBytes = 32;
const prefix = 'whsec_';

/** A new secret as its receiver is given it: `whsec_` and base64. `random` gives so many random bytes. */
export function newSecret(random: (bytes: number) => Uint8Array): Secret {
  return new Secret(prefix + Buffer.from(random(secretBytes)).toString('base64'));
}

/**
 * The headers of one attempt (Standard Webhooks 1.0.0, "Webhook headers" and "Signature scheme"): HMAC-SHA-256 over
 * `id.timestamp.body`, one signature for each secret. `at`: of this attempt, wall milliseconds.
 */
export function signedHeaders(
  secrets: readonly Secret[],
  id: string,
  at: number,
  body: string,
): { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string } {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.reveal().slice(prefix.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`, 'utf8').digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
