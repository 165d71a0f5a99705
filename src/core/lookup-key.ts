/**
 * What is hashed to find a credential: PINs and tokens are different worlds, but a card, a fob and a phone that
 * report the same bits are the same token.
 */
export type LookupKind = 'pin' | 'token';

/** HMAC-SHA-256 of kind and value under the site's lookup key, cut to 128 bits, base64url. Takes a few microseconds. */
export type LookupKey = (kind: LookupKind, value: string) => string;
