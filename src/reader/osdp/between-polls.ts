import { askingInputs } from './inputs.ts';
import type { Command } from './layout.ts';
import { outputCommand, outputsDue } from './outputs.ts';
import type { Session } from './session-state.ts';

/**
 * The session, about to ask for inputs or speak of outputs if that is due, what waits longest first. A poll comes between any two of
 * these: however slow the line is, a card waits for one such exchange only.
 */
export function betweenPolls(session: Session, now: number): Session {
  const { link, exchange, commands, polled, outputs } = session;
  if (link.phase !== 'online' || exchange !== null || commands.length > 0 || !polled) return session;
  // What readers may have queued in an outage is fetched before inputs are asked for.
  const inputsDue = link.outage ? never : (session.inputs_due ?? never);
  if (inputsDue <= now && inputsDue <= outputsDue(outputs)) return askingInputs(session, now);
  const command = outputCommand(outputs, now);
  return command === null ? session : { ...session, commands: [command] };
}

/** Whether the reader has been polled since, after an answer to a command. */
export function polledAfter(before: boolean, { type }: Command): boolean {
  if (type === 'poll') return true;
  return type === 'istat' || type === 'ostat' || type === 'out' ? false : before;
}

const never = Number.POSITIVE_INFINITY;
