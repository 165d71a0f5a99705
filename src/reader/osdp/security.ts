import type { ReaderSecrets } from '../../core/reader.ts';
import { installKey } from './crypto.ts';
import { type Command, encodeReply, type Reply } from './layout.ts';
import { type Challenged, type Channel, challenge, type Proving } from './secure-channel.ts';

/** What a session with a secure channel knows beyond one in plain. It never falls back: nothing the reader says ends it. */
export interface Security {
  readonly name: string;
  readonly handshake: Challenged | Proving | Channel | null;
  /** Of the keys that may be tried, the one whose turn it is, and how many there were the last time. */
  readonly attempt: number;
  readonly choices: number;
  readonly trying: Trial;
  /** Sessions and handshakes in a row that came to a bad end. */
  readonly failures: number;
  readonly opened_at: number;
  /** Who the reader was when it was paired; null: whoever it says to be. */
  readonly pinned: string | null;
  /** While the reader may be given a new key. */
  readonly window: { readonly key_sent: boolean } | null;
  /** What the reader has said of itself in this session, in hexadecimal. */
  readonly told: { readonly id: string; readonly cap: string };
}

type Trial = 'current' | 'pending' | 'install';

/** What a handshake needs from outside: the keys as they are now, and 8 random bytes that were never used. */
export interface Means {
  secrets: ReaderSecrets;
  random: Uint8Array;
}

/** A session is made anew after this many replies, or this long: 4 bytes of MAC can be guessed in the end (sheet 8). */
const repliesPerSession = 2 ** 16;
const longestSession = 86_400_000;
/** A session that lived this long (milliseconds) ends a row of failures. */
export const provenAfter = 60_000;
const firstBackoff = 50;
const longestBackoff = 10_000;

export const newSecurity = (name: string): Security => ({
  name,
  handshake: null,
  attempt: 0,
  choices: 0,
  trying: 'current',
  failures: 0,
  opened_at: 0,
  pinned: null,
  window: null,
  told: { id: '', cap: '' },
});

/** The next challenge; null: there is no key to try. */
export function begin(
  security: Security,
  { secrets, random }: Means,
): { security: Security; command: Command } | null {
  const trials = trialsOf(security, secrets);
  const next = trials[security.attempt % Math.max(trials.length, 1)];
  if (next === undefined) return null;
  const { handshake, command } = challenge(next.trial === 'install' ? 'install' : 'own', next.key, random);
  return {
    security: {
      ...security,
      handshake,
      trying: next.trial,
      choices: trials.length,
      pinned: secrets.identity,
    },
    command,
  };
}

/** A key that was sent, or may have been, is tried first; the public one only in the window, and before a key was sent. */
function trialsOf({ window }: Security, secrets: ReaderSecrets): { trial: Trial; key: Uint8Array }[] {
  const all: [Trial, Uint8Array | null][] =
    window?.key_sent === false
      ? [
          ['current', secrets.current],
          ['install', installKey],
        ]
      : [
          ['pending', secrets.pending],
          ['current', secrets.current],
        ];
  return all.flatMap(([trial, key]) => (key === null ? [] : [{ trial, key }]));
}

/** With what a reply says of the reader that gave it. */
export function toldIn(told: Security['told'], reply: Reply | null): Security['told'] {
  if (reply?.type !== 'pdid' && reply?.type !== 'pdcap') return told;
  const hex = hexOf(encodeReply(reply).data);
  return reply.type === 'pdid' ? { ...told, id: hex } : { ...told, cap: hex };
}

/** Who the reader says to be, over this session: what it calls unique, its ID and its capabilities. */
export function identityIn({ handshake, told }: Security): string | null {
  return handshake?.state === 'open' ? `${hexOf(handshake.unique_id)}/${told.id}/${told.cap}` : null;
}

/** Whether the session is so old that it must be made anew. */
export function isSpent({ handshake, opened_at }: Security, now: number): boolean {
  if (handshake?.state !== 'open') return false;
  return handshake.replies >= repliesPerSession || now - opened_at >= longestSession;
}

/** Without its session. `failed`: it came to a bad end, and the next try waits longer. */
export function dropped(security: Security, failed: boolean): Security {
  return { ...security, handshake: null, failures: security.failures + (failed ? 1 : 0) };
}

/** How long a try waits after so many failures, in milliseconds. */
export function backoff({ failures }: Security): number {
  return Math.min(firstBackoff * 2 ** Math.min(Math.max(failures - 1, 0), 10), longestBackoff);
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
