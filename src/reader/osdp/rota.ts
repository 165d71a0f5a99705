import type { Session } from './session-state.ts';

/** Who is to have the line next, and from when on (milliseconds of `mono`). */
export interface Turn {
  name: string;
  at: number;
}

/** At most one probe of a silent reader in this time on the whole line: each costs the others a wait (sheet 9). */
export const probeInterval = 1_000;

/** What the line has been through, by `mono`. */
export interface Past {
  /** Probes of silent readers wait until then. */
  probesFrom: number;
  /** When somebody last let go of it after holding it for long. */
  heldAt: number;
}

/** Longer than an answer that is worth waiting for takes on any line (milliseconds). */
export const longTurn = 80;

/**
 * Of the readers whose time has come, the one that has a command waiting, else the one that has waited longest; when no
 * time has come, the first to come. Probes of silent readers, but for the first after the line came up, wait for `probesFrom`. After a
 * reader that held the line for long, all that are in order have their turns before another that may do so: however many are dead or
 * slow, the others wait for one of them at most.
 */
export function nextTurn(
  sessions: Iterable<readonly [string, Session]> & { values(): Iterable<Session> },
  { probesFrom, heldAt }: Past,
  now: number,
): Turn | null {
  let othersWait = false;
  for (const session of sessions.values()) {
    if (!isTroubled(session) && session.due_at <= now && session.alive_at <= heldAt) othersWait = true;
  }
  let best: { turn: Turn; due: boolean; urgent: boolean; since: number } | null = null;
  for (const [name, session] of sessions) {
    if (othersWait && isTroubled(session)) continue;
    const at = isSilent(session) ? Math.max(session.due_at, probesFrom) : session.due_at;
    const due = at <= now;
    const urgent = due && session.commands.length > 0;
    const next = { turn: { name, at }, due, urgent, since: due ? session.due_at : at };
    if (best === null || goesBefore(next, best)) best = next;
  }
  return best?.turn ?? null;
}

/** Its last try was in vain or took long, so that the next may. */
const isTroubled = ({ misses, late, link, took_ms }: Session): boolean =>
  misses > 0 || late !== null || link.phase === 'offline' || took_ms > longTurn;

type Claim = { due: boolean; urgent: boolean; since: number };

function goesBefore(one: Claim, other: Claim): boolean {
  if (one.due !== other.due) return one.due;
  if (one.urgent !== other.urgent) return one.urgent;
  return one.since < other.since;
}

/** Nobody answered there, and it has been tried since the line came up. */
export function isSilent({ link }: Session): boolean {
  return link.phase === 'offline' && link.probes > 0;
}
