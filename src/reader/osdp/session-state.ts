import { type FeedbackPatterns, usualFeedback } from '../../core/feedback.ts';
import type { ReaderReport, ReaderSignal, ReaderTraffic } from '../../core/reader.ts';
import type { Link } from './bring-up.ts';
import type { Exchange } from './exchange.ts';
import type { Frame } from './frame.ts';
import type { Command } from './layout.ts';
import { newOutputs, type Outputs } from './outputs.ts';
import { type Knowledge, nothingKnown } from './report.ts';
import { backoff, dropped, type Means, newSecurity, type Security } from './security.ts';
import { noTraffic } from './traffic.ts';

/** The conversation with one reader: a pure state machine. Times are milliseconds of the clock's `mono`. */
export interface Session {
  readonly address: number;
  readonly link: Link;
  /** Of the command in flight, or else of the next. 0 tells the reader to start anew. */
  readonly sequence: number;
  /** The command that has no valid answer yet; it is sent again byte for byte until it has one. */
  readonly exchange: Exchange | null;
  /** Commands to send before the next poll. */
  readonly commands: readonly Command[];
  /** When the reader wants the line next. */
  readonly due_at: number;
  /** When it last did what a working reader does. */
  readonly alive_at: number;
  /** That it has been BUSY for long since is told. */
  readonly busy_told: boolean;
  /**
   * A number under which a try stayed unanswered, and how long that answer may still come. It is not used again before, else the
   * late answer would be taken for a new one: a card reported twice, or one lost.
   */
  readonly late: { readonly sequence: number; readonly until: number } | null;
  /** How long the last answer took, its command included. */
  readonly took_ms: number;
  /** Tries in a row that brought no valid answer. */
  readonly misses: number;
  /** What the owner believes, and why. */
  readonly told: 'nothing' | 'online' | { readonly offline: string; readonly by: 'line' | 'reader' };
  readonly known: Knowledge;
  /** When its inputs are asked for next; null: they serve no door. */
  readonly inputs_due: number | null;
  readonly outputs: Outputs;
  /** The reader was polled since it was asked or told anything else of these. */
  readonly polled: boolean;
  /** Since the start. */
  readonly traffic: ReaderTraffic;
  /** Null: a reader in plain. */
  readonly security: Security | null;
}

export type SessionEvent =
  | { type: 'line_up' }
  | { type: 'line_down'; reason: string }
  /** The line is free for this reader. `means`: for one with a secure channel. */
  | { type: 'turn'; means?: Means }
  /** A whole frame from this reader. */
  | { type: 'reply'; frame: Frame }
  /** The time for an answer is over. `damaged`: there was one, but nobody could read it. */
  | { type: 'silence'; damaged: boolean }
  | { type: 'signal'; signal: ReaderSignal }
  | { type: 'switch'; output: number; on: boolean }
  /** What is kept of it has changed. */
  | { type: 'secrets_changed' }
  | { type: 'pairing_opened' }
  | { type: 'pairing_closed' };

export type SessionEffect = { type: 'send'; bytes: Uint8Array } | { type: 'report'; report: ReaderReport };

export interface Stepped {
  session: Session;
  effects: SessionEffect[];
}

/** A reader without a valid answer for this long is offline (sheet 1). */
export const offlineAfter = 8_000;
/** BUSY needs no key, so over a secure channel this much of nothing else is told: it may be forged. No answer takes a reader so long. */
export const busyTold = 750;
/** A read fetched after a longer silence than this may be of somebody who has left. */
export const freshFor = 3_000;
/**
 * From one poll of a reader to its next, where the line allows (50 ms are common, sheet 1). An exchange over a secure channel takes
 * 38.3 ms at 9600 baud (sheet 9): alone on the slowest usual line a reader is asked without a pause, elsewhere no more often.
 */
export const pollInterval = 40;
export const resendPause = 5;
/** For a reader that has missed several tries, and from poll to poll while late answers are about. */
export const patientPause = 250;
/** How long after its command an answer is still reckoned with. The standard allows 200 ms, adapters and networks add theirs. */
export const latestAnswer = 800;

/** A session with the reader at `address` (0 to 126), its line not yet up. `secureName`: it is to be secured, and is called so. `patterns`: what it lights and sounds. */
export function newSession(
  address: number,
  secureName: string | null = null,
  patterns: FeedbackPatterns = usualFeedback,
): Session {
  return {
    address,
    link: { phase: 'offline', probes: 0 },
    sequence: 0,
    exchange: null,
    commands: [],
    due_at: 0,
    alive_at: 0,
    busy_told: false,
    late: null,
    took_ms: 0,
    misses: 0,
    told: 'nothing',
    known: { ...nothingKnown, feedback: { ...nothingKnown.feedback, patterns } },
    inputs_due: null,
    outputs: newOutputs([]),
    polled: true,
    traffic: noTraffic,
    security: secureName === null ? null : newSecurity(secureName),
  };
}

/** Sends the same bytes once more, unless the reader has had its time. */
export function again(session: Session, pause: number, now: number): Stepped {
  if (now - session.alive_at >= offlineAfter) {
    return offline(session, `no valid answer for ${offlineAfter / 1000} s`, now);
  }
  const exchange = session.exchange && { ...session.exchange, waiting: false };
  return quiet({ ...session, exchange, misses: session.misses + 1, due_at: now + pause });
}

/** Sequence 0, and everything asked anew: the reader has lost its state, or we have lost count. */
export function restart(session: Session, failed: boolean, now: number): Stepped {
  if (session.link.phase === 'offline') return quiet(probed(session, now));
  if (now - session.alive_at >= offlineAfter) return offline(session, 'it keeps starting anew', now);
  if (session.security !== null) return quiet(shakenAnew(session, failed, now));
  const link: Link = { phase: 'starting', step: 'id', outage: session.link.outage };
  const late = lateAfter(session, now);
  return quiet({ ...session, ...afresh, link, late, due_at: now + pollInterval });
}

const afresh = { sequence: 0, exchange: null, misses: 0 };

/** Before a new handshake, which waits until no answer to the last one can come. `failed`: and longer, the more often it failed. */
export function shakenAnew(session: Session, failed: boolean, now: number): Session {
  const security = session.security && dropped(session.security, failed);
  const late = lateAfter(session, now);
  const outage = session.link.phase === 'offline' || session.link.outage;
  const link: Link = { phase: 'shaking', step: 'challenge', outage };
  const pause = security === null ? pollInterval : backoff(security);
  return { ...session, ...afresh, security, link, late, due_at: Math.max(now + pause, late?.until ?? 0) };
}

/** Told once, and again when the reason is another one: who mends the first must hear of the next. */
export function offline(
  session: Session,
  reason: string,
  now: number,
  by: 'line' | 'reader' = 'reader',
): Stepped {
  const same = offlineFor(session) === reason;
  return {
    session: { ...probed(session, now), commands: [], told: same ? session.told : { offline: reason, by } },
    effects: same ? [] : [{ type: 'report', report: { type: 'offline', reason } }],
  };
}

/** Why it is offline, as the owner was told; null: the owner was not. */
export const offlineFor = ({ told }: Session): string | null =>
  typeof told === 'object' ? told.offline : null;

/** Offline, and what was under way is given up: the next probe is another. */
export function probed(session: Session, now: number): Session {
  const probes = session.link.phase === 'offline' ? session.link.probes + 1 : 1;
  return {
    ...session,
    ...afresh,
    link: { phase: 'offline', probes },
    security: session.security && dropped(session.security, false),
    due_at: now,
  };
}

export function lateAfter({ exchange, sequence, late }: Session, now: number): Session['late'] {
  if (exchange?.overdue) return { sequence, until: exchange.sent_at + latestAnswer };
  return late !== null && now < late.until ? late : null;
}

export function notBefore({ late, sequence }: Pick<Session, 'late' | 'sequence'>): number {
  return late?.sequence === sequence ? late.until : 0;
}

export const quiet = (session: Session): Stepped => ({ session, effects: [] });
