import type { Command } from './layout.ts';

/**
 * How far the link is. `outage`: the reader may hold reads from a time when nobody asked, so none of its reads counts as fresh
 * until it has answered a poll with "nothing". A reader with a secure channel is `shaking` and perhaps `keying` between `offline`
 * and `starting`, and comes back to it; a reader in plain never is.
 */
export type Link = WorkingLink | SecuringLink;
export type WorkingLink =
  /** Nobody answers. Probes take turns between ID and POLL: a few readers answer ID only after a POLL (sheet 7). */
  | { readonly phase: 'offline'; readonly probes: number }
  | { readonly phase: 'starting'; readonly step: Step; readonly outage: boolean }
  | { readonly phase: 'online'; readonly outage: boolean };
export type SecuringLink =
  | { readonly phase: 'shaking'; readonly step: 'challenge' | 'proof'; readonly outage: boolean }
  /** The session stands, and the reader is given a new key over it. */
  | { readonly phase: 'keying'; readonly outage: boolean };
type Step = 'id' | 'cap' | 'lstat' | 'poll';

/** What the link itself asks when nothing else waits. */
export function linkCommand(link: WorkingLink): Command {
  switch (link.phase) {
    case 'offline':
      return bringUp[link.probes % 2 === 0 ? 'id' : 'poll'].command;
    case 'starting':
      return bringUp[link.step].command;
    case 'online':
      return bringUp.poll.command;
  }
}

/** The link after a valid answer to `command`. */
export function advanced(link: Link, command: Command, outage: boolean): Link {
  switch (link.phase) {
    case 'offline':
      if (command.type === 'chlng') return { phase: 'shaking', step: 'proof', outage };
      return { phase: 'starting', step: command.type === 'id' ? 'cap' : 'id', outage };
    case 'shaking':
      return link.step === 'challenge'
        ? { phase: 'shaking', step: 'proof', outage }
        : { phase: 'starting', step: 'id', outage };
    case 'keying':
      return { phase: 'shaking', step: 'challenge', outage };
    case 'starting': {
      const { next } = bringUp[link.step];
      return next === null ? { phase: 'online', outage } : { phase: 'starting', step: next, outage };
    }
    case 'online':
      return { phase: 'online', outage };
  }
}

const bringUp: Record<Step, { command: Command; next: Step | null }> = {
  id: { command: { type: 'id', value: { kind: 0 } }, next: 'cap' },
  cap: { command: { type: 'cap', value: { kind: 0 } }, next: 'lstat' },
  lstat: { command: { type: 'lstat', value: {} }, next: 'poll' },
  poll: { command: { type: 'poll', value: {} }, next: null },
};
