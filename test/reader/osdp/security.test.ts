import { describe, expect, it } from 'vitest';
import { installKey, sessionKeys } from '../../../src/reader/osdp/crypto.ts';
import { backoff, begin, isSpent, newSecurity, type Security } from '../../../src/reader/osdp/security.ts';
import { keyFor } from './wired-readers.ts';

const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const tried = (security: Security, current: Uint8Array | null, pending: Uint8Array | null) => {
  const names: string[] = [];
  for (let attempt = 0; attempt < 4; attempt++) {
    const begun = begin({ ...security, attempt }, { secrets: { current, pending, identity: null }, random });
    if (begun !== null) names.push(begun.security.trying);
  }
  return names;
};

describe('the keys that are tried', () => {
  const closed = newSecurity('front');
  const open: Security = { ...closed, window: { key_sent: false } };
  const sent: Security = { ...closed, window: { key_sent: true } };

  it.each([
    { what: 'no key', security: closed, current: null, pending: null, names: [] },
    { what: 'its own', security: closed, current: keyFor(1), pending: null, names: Array(4).fill('current') },
    {
      what: 'one it may have taken, then its own',
      security: closed,
      current: keyFor(1),
      pending: keyFor(2),
      names: ['pending', 'current', 'pending', 'current'],
    },
    {
      what: 'its own, then the public one, while it is being paired',
      security: open,
      current: keyFor(1),
      pending: keyFor(2),
      names: ['current', 'install', 'current', 'install'],
    },
    {
      what: 'never the public one after a key was sent',
      security: sent,
      current: null,
      pending: keyFor(2),
      names: Array(4).fill('pending'),
    },
  ])('are $what', ({ security, current, pending, names }) => {
    expect(tried(security, current, pending)).toEqual(names);
  });
});

describe('a session', () => {
  const channel = (replies: number): Security => ({
    ...newSecurity('front'),
    opened_at: 1000,
    handshake: {
      state: 'open',
      keys: sessionKeys(installKey, random),
      unique_id: random,
      chain: new Uint8Array(16),
      replies,
    },
  });

  it('is made anew after a day or 2^16 replies, whichever comes first (sheet 8)', () => {
    expect(isSpent(channel(0), 1000 + 86_399_999)).toBe(false);
    expect(isSpent(channel(0), 1000 + 86_400_000)).toBe(true);
    expect(isSpent(channel(65_535), 1001)).toBe(false);
    expect(isSpent(channel(65_536), 1001)).toBe(true);
    expect(isSpent(newSecurity('front'), 1e9)).toBe(false);
  });

  it('that failed is tried again at once, and then less and less often, down to every 10 s', () => {
    const waits = Array.from({ length: 12 }, (_, failures) => backoff({ ...newSecurity('front'), failures }));
    expect(waits).toEqual([50, 50, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
  });
});
