import type { Session } from './session-state.ts';

/** Who is to have the line next, and from when on (milliseconds of `mono`). */
export interface Turn {
  name: string;
  at: number;
}

/** At most one probe of a silent reader in this time on the whole line: each costs the others a wait (sheet 9). */
export const probeInterval = 1_000;

/**
 * Of the readers whose time has come, the one that has a command waiting, else the one that has waited longest; when no
 * time has come, the first to come. Probes of silent readers, but for the first after the line came up, wait for `probesFrom`.
 */
export function nextTurn(
  sessions: Iterable<readonly [string, Session]>,
  probesFrom: number,
  now: number,
): Turn | null {
  let best: { turn: Turn; due: boolean; urgent: boolean; since: number } | null = null;
  for (const [name, session] of sessions) {
    const at = isSilent(session) ? Math.max(session.due_at, probesFrom) : session.due_at;
    const due = at <= now;
    const urgent = due && session.commands.length > 0;
    const next = { turn: { name, at }, due, urgent, since: due ? session.due_at : at };
    if (best === null || goesBefore(next, best)) best = next;
  }
  return best?.turn ?? null;
}

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
