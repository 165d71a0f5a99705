import type { Command } from './layout.ts';

/**
 * How far the link is. `outage`: the reader may hold reads from a time when nobody asked, so none of its reads counts as fresh
 * until it has answered a poll with "nothing". A secure channel will be a phase between `offline` and `starting`, its keys and
 * MAC chain in that phase and the ones after it.
 */
export type Link =
  /** Nobody answers. Probes take turns between ID and POLL: a few readers answer ID only after a POLL (sheet 7). */
  | { readonly phase: 'offline'; readonly probes: number }
  | { readonly phase: 'starting'; readonly step: Step; readonly outage: boolean }
  | { readonly phase: 'online'; readonly outage: boolean };
type Step = 'id' | 'cap' | 'lstat' | 'poll';

/** What the link itself asks when nothing else waits. */
export function linkCommand(link: Link): Command {
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
      return { phase: 'starting', step: command.type === 'id' ? 'cap' : 'id', outage };
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
