import type { ReaderAlarm } from '../../core/reader.ts';
import type { Reply } from './layout.ts';
import type { HandshakeFault } from './secure-channel.ts';
import { backoff, dropped, identityIn } from './security.ts';
import {
  offline,
  quiet,
  type Session,
  type SessionEffect,
  type Stepped,
  shakenAnew,
} from './session-state.ts';

export const alarm = (what: ReaderAlarm): SessionEffect => ({
  type: 'report',
  report: { type: 'security', what },
});

/** The next key is tried, and when none is left there is an alarm. */
export function noHandshake(session: Session, fault: HandshakeFault, now: number): Stepped {
  if (session.security === null) return quiet(session);
  const { attempt, choices } = session.security;
  const security = { ...session.security, attempt: attempt + 1 };
  const next = { ...session, security };
  if ((attempt + 1) % choices !== 0) return quiet(shakenAnew(next, false, now));
  const failed = { ...next, security: dropped(security, true) };
  const shut = offline(failed, handshakeFaults[fault].reason, now);
  const due_at = now + backoff(failed.security);
  return {
    session: { ...shut.session, due_at },
    effects: [alarm(handshakeFaults[fault].alarm), ...shut.effects],
  };
}

const handshakeFaults: Record<HandshakeFault, { alarm: ReaderAlarm; reason: string }> = {
  wrong_key: { alarm: 'wrong_key', reason: 'its key is not the one it was paired with' },
  refused: { alarm: 'handshake_refused', reason: 'it refuses the secure channel' },
  install_mode: { alarm: 'install_mode', reason: 'it is in install mode, as if its key had been erased' },
};

export function pairingOpened(session: Session, now: number): Stepped {
  if (session.security === null) return quiet(session);
  const security = { ...session.security, attempt: 0, window: { key_sent: false } };
  const opened = { ...session, security };
  const idle = session.link.phase === 'offline';
  return quiet(idle ? { ...opened, due_at: now } : shakenAnew(opened, false, now));
}

/** The window is closed without a key that the reader has taken for sure. */
export function pairingOver(session: Session, reason: string, now: number): Stepped {
  const window = session.security?.window ?? null;
  if (session.security === null || window === null) return quiet(session);
  const security = { ...session.security, window: null, attempt: 0 };
  const closed = { ...session, security };
  const inUse = session.link.phase === 'online' || session.link.phase === 'starting';
  return {
    session: inUse || session.link.phase === 'offline' ? closed : shakenAnew(closed, false, now),
    effects: [{ type: 'report', report: { type: 'pairing_failed', reason, key_sent: window.key_sent } }],
  };
}

/** A session stands: it is for a new key, or for work; one under the pending key makes that key the reader's own. */
export function established({ session, effects }: Stepped, now: number): Stepped {
  const { security, link } = session;
  if (security === null || link.phase !== 'starting') return { session, effects };
  if (security.trying === 'pending') {
    const own = { ...security, window: null, trying: 'current', pinned: null } as const;
    return {
      session: { ...session, security: own },
      effects: [...effects, { type: 'report', report: { type: 'paired' } }],
    };
  }
  if (security.window?.key_sent === false) {
    return { session: { ...session, link: { phase: 'keying', outage: link.outage } }, effects };
  }
  // The window was closed while the public key was tried: over that key nothing is said.
  if (security.trying === 'install') return quiet(shakenAnew(session, false, now));
  if (security.window === null) return { session, effects };
  const closed = { ...security, window: null };
  const report = { type: 'pairing_failed', reason: 'it kept its old key', key_sent: false } as const;
  return { session: { ...session, security: closed }, effects: [...effects, { type: 'report', report }] };
}

/** The reader has answered KEYSET. Whatever it said but no, the next session shows which key it has. */
export function keyTold(session: Session, told: Reply | null, now: number): Stepped {
  if (session.security === null) return quiet(session);
  const anew = { ...session, security: { ...session.security, attempt: 0 } };
  if (told?.type !== 'nak') return quiet(shakenAnew(anew, false, now));
  const refused = { ...anew, security: { ...anew.security, window: { key_sent: false } } };
  return pairingOver(refused, `it refused the key (NAK ${told.value.error})`, now);
}

/** The reader has said who it is. Another one than was paired stays out until somebody accepts it. */
export function identified({ session, effects }: Stepped, now: number): Stepped {
  const { security } = session;
  const identity = security && identityIn(security);
  if (security === null || identity === null || security.pinned === identity) return { session, effects };
  if (security.pinned === null) {
    const pinned = { ...session, security: { ...security, pinned: identity } };
    return {
      session: pinned,
      effects: [...effects, { type: 'report', report: { type: 'identified', identity } }],
    };
  }
  const reason = `it is not the device that was paired: postern reader accept ${security.name}`;
  const shut = offline(session, reason, now);
  return {
    session: { ...shut.session, due_at: now + strangerPause },
    effects: [alarm('identity_changed'), ...shut.effects],
  };
}

/** How long a device that is not the one that was paired is left alone. */
const strangerPause = 10_000;
