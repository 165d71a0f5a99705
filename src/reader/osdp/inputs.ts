import { type Command, type Reply, unknownCommand } from './layout.ts';
import type { Knowledge } from './report.ts';
import type { Session } from './session-state.ts';

/** Most presses of an exit button are longer, and a card that is shown meanwhile waits for one exchange only. */
const askedEvery = 250;
/** Of a reader that tells by itself when an input changes. */
const checkedEvery = 10_000;

/** The session, about to ask for its inputs. */
export function askingInputs(session: Session, now: number): Session {
  const pause = session.known.tells_inputs ? checkedEvery : askedEvery;
  return { ...session, commands: [{ type: 'istat', value: {} }], inputs_due: now + pause };
}

/** What is known of inputs after an answer. `anew`: the reader was away, and they may have changed meanwhile. */
export function inputsAfter(
  { known, inputs_due }: Pick<Session, 'known' | 'inputs_due'>,
  command: Command,
  told: Reply | null,
  anew: boolean,
  now: number,
): { known: Knowledge; inputs_due: number | null } {
  if (anew) return { known: { ...known, inputs: null }, inputs_due: inputs_due === null ? null : now };
  // One that has none is asked now and then, in case that was a mistake.
  const none = command.type === 'istat' && told?.type === 'nak' && told.value.error === unknownCommand;
  if (none) return { known, inputs_due: now + checkedEvery };
  const byItself = command.type === 'poll' && told?.type === 'istatr';
  return { known: byItself ? { ...known, tells_inputs: true } : known, inputs_due };
}
