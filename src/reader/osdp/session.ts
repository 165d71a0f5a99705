import type { ReaderReport } from '../../core/reader.ts';
import { betweenPolls, polledAfter } from './between-polls.ts';
import { advanced, type Link } from './bring-up.ts';
import { compose, type Exchange } from './exchange.ts';
import type { Frame } from './frame.ts';
import { type Heard, hearPlain } from './heard.ts';
import { hearSecure } from './heard-secured.ts';
import { inputsAfter } from './inputs.ts';
import type { Reply } from './layout.ts';
import { outputsAfter, switched } from './outputs.ts';
import { learn, withoutRefused } from './report.ts';
import { dropped, isSpent, type Means } from './security.ts';
import {
  alarm,
  established,
  identified,
  keyTold,
  noHandshake,
  pairingOpened,
  pairingOver,
} from './session-security.ts';
import {
  again,
  busyTold,
  freshFor,
  lateAfter,
  newSession,
  notBefore,
  offline,
  offlineAfter,
  patientPause,
  pollInterval,
  probed,
  quiet,
  resendPause,
  restart,
  type Session,
  type SessionEvent,
  type Stepped,
  shakenAnew,
} from './session-state.ts';
import { signalCommands } from './signals.ts';
import { counted, withAnswer } from './traffic.ts';
import { unexplained } from './unexplained.ts';

/** What the session becomes with an event at `now`, and what is to be done, in order. */
export function step(session: Session, event: SessionEvent, now: number): Stepped {
  switch (event.type) {
    case 'line_up':
      return quiet({
        ...newSession(session.address),
        told: session.told,
        known: session.known,
        inputs_due: session.inputs_due,
        outputs: session.outputs,
        traffic: session.traffic,
        security: session.security && dropped(session.security, false),
        due_at: now,
        alive_at: now,
      });
    case 'line_down':
      return offline(session, event.reason, now, 'line');
    case 'turn':
      return turn(session, event.means, now);
    case 'silence':
      return silence(session, event.damaged, now);
    case 'reply':
      return reply(session, event.frame, now);
    case 'signal':
      if (session.link.phase === 'offline' || session.link.phase === 'keying') return quiet(session);
      return quiet({
        ...session,
        commands: signalCommands(event.signal, session.known.feedback),
        due_at: mayHurry(session) ? Math.max(now, notBefore(session)) : session.due_at,
      });
    case 'switch':
      return quiet({
        ...session,
        outputs: switched(session.outputs, event.output, event.on, now),
        due_at:
          session.link.phase === 'online' && mayHurry(session)
            ? Math.max(now, notBefore(session))
            : session.due_at,
      });
    case 'secrets_changed':
      // A session that stands is not disturbed; one that waits for a key, or for somebody to decide, waits no longer.
      return quiet(session.link.phase === 'offline' ? { ...session, due_at: now } : session);
    case 'pairing_opened':
      return pairingOpened(session, now);
    case 'pairing_closed':
      return pairingOver(session, 'nobody took a key in time', now);
  }
}

const mayHurry = ({ exchange, link }: Session): boolean => exchange === null && link.phase !== 'shaking';

function turn(before: Session, means: Means | undefined, now: number): Stepped {
  if (before.exchange?.waiting === true) return quiet(before);
  const rested = before.exchange === null && isTired(before, now) ? shakenAnew(before, false, now) : before;
  const session = betweenPolls(rested, now);
  const composed = session.exchange === null ? compose(session, means) : { exchange: session.exchange };
  if (composed === null) {
    const reason = `not paired: postern reader pair ${session.security?.name}`;
    const shut = offline(session, reason, now);
    return { ...shut, session: { ...shut.session, due_at: Number.POSITIVE_INFINITY } };
  }
  const { exchange } = composed;
  return {
    session: {
      ...session,
      ...composed,
      exchange: { ...exchange, sent_at: now, waiting: true },
      traffic: counted(session.traffic, session.exchange === null ? 'exchanges' : 'resends'),
      commands: session.commands.filter((command) => command !== exchange.command),
    },
    effects: [{ type: 'send', bytes: exchange.bytes }],
  };
}

const isTired = ({ link, security }: Session, now: number): boolean =>
  link.phase === 'online' && security !== null && isSpent(security, now);

function silence(before: Session, damaged: boolean, now: number): Stepped {
  if (before.exchange === null || !before.exchange.waiting) return quiet(before);
  const asked = before.exchange;
  const session = { ...before, traffic: counted(before.traffic, damaged ? 'damaged' : 'timeouts') };
  if (session.link.phase === 'offline') {
    const { told } = session;
    // Of one that was there its silence is told already.
    const untold = told === 'nothing' || (typeof told === 'object' && told.by === 'line');
    const lost = untold && now - session.alive_at >= offlineAfter;
    return lost ? offline(session, 'no answer', now) : quiet(probed(session, now));
  }
  const exchange = { ...asked, overdue: asked.overdue || !damaged };
  // A reader may take a challenge told again for a new one: after this one's answer can come no more, another is made.
  if (exchange.command.type === 'chlng') return restart({ ...session, exchange }, false, now);
  return again({ ...session, exchange }, session.misses < 2 ? resendPause : patientPause, now);
}

const secureChannelWanted = 'it answers only over a secure channel';

function reply(before: Session, frame: Frame, now: number): Stepped {
  const { exchange, security, sequence } = before;
  if (exchange?.waiting !== true) return quiet(before);
  const heard =
    security === null
      ? hearPlain(exchange.command, sequence, frame)
      : hearSecure(security, exchange, sequence, frame, now);
  const session = { ...before, traffic: withAnswer(before.traffic, heard, frame) };
  const { session: after, effects } = alarming(heard, heardAs(session, exchange, heard, now));
  const strange = heard.type === 'answer' ? unexplained(exchange.command, heard.reply, frame) : null;
  return {
    session: after,
    effects: strange === null ? effects : [...effects, { type: 'report', report: strange }],
  };
}

function heardAs(session: Session, exchange: Exchange, heard: Heard, now: number): Stepped {
  switch (heard.type) {
    case 'stale':
      return quiet(session);
    case 'busy':
      return heldOff(session, now);
    case 'unread':
      return again(session, resendPause, now);
    case 'anew':
      return restart(session, true, now);
    case 'wants_secure':
      return offline(session, secureChannelWanted, now);
    case 'no_handshake':
      return noHandshake(session, heard.fault, now);
    case 'answer':
      return accepted({ ...session, security: heard.security }, exchange, heard.reply, now);
  }
}

function heldOff(session: Session, now: number): Stepped {
  const told = session.busy_told || session.security === null || session.link.phase !== 'online';
  if (told || now - session.alive_at < busyTold) return again(session, pollInterval, now);
  const { session: after, effects } = again({ ...session, busy_told: true }, pollInterval, now);
  return { session: after, effects: [alarm('held_busy'), ...effects] };
}

function alarming(heard: Heard, { session, effects }: Stepped): Stepped {
  const what = 'alarm' in heard ? heard.alarm : null;
  return what === null ? { session, effects } : { session, effects: [alarm(what), ...effects] };
}

/** A valid answer to a command. What it says of the secure channel goes before what it says of the reader. */
function accepted(session: Session, exchange: Exchange, told: Reply | null, now: number): Stepped {
  switch (exchange.command.type) {
    case 'keyset':
      return keyTold(session, told, now);
    case 'scrypt':
      return established(learned(session, exchange, told, now), now);
    case 'cap':
      return identified(learned(session, exchange, told, now), now);
    default:
      return learned(session, exchange, told, now);
  }
}

/** One that nobody can read, or that refuses the command, is an answer all the same (sheet 5). */
function learned(session: Session, exchange: Exchange, told: Reply | null, now: number): Stepped {
  const { link: before } = session;
  const outage = before.phase === 'offline' || before.outage || now - session.alive_at >= freshFor;
  const able = withoutRefused(session.known, exchange.command, told);
  const { known, reports } = told === null ? { known: able, reports: [] } : learn(able, told, outage);
  const drained = exchange.command.type === 'poll' && told?.type === 'ack';
  const link = advanced(before, exchange.command, outage && !drained);
  const arrived = link.phase === 'online' && before.phase !== 'online';
  const ready = arrived && session.commands.length === 0;
  const commands = ready ? signalCommands('ready', known.feedback) : session.commands;
  const sequence = (session.sequence % 3) + 1;
  const late = lateAfter(session, now);
  const busy = commands.length > 0 || link.phase !== 'online';
  const interval = busy ? 0 : late === null ? pollInterval : patientPause;
  const switching = outputsAfter(session.outputs, exchange.command, told, arrived, now);
  const online: ReaderReport[] =
    arrived && session.told !== 'online' ? [{ type: 'online', secure: session.security !== null }] : [];
  return {
    session: {
      ...session,
      link,
      ...inputsAfter({ ...session, known }, exchange.command, told, outage || arrived, now),
      outputs: switching.outputs,
      polled: polledAfter(session.polled, exchange.command),
      commands,
      sequence,
      late,
      exchange: null,
      took_ms: now - exchange.sent_at,
      misses: 0,
      due_at: Math.max(now, exchange.sent_at + interval, notBefore({ late, sequence })),
      // A start must come to its end in time: its steps alone keep nobody alive.
      alive_at: isStart(before) && isStart(link) ? session.alive_at : now,
      busy_told: false,
      told: arrived ? 'online' : session.told,
    },
    effects: [...online, ...reports, ...switching.reports].map((report) => ({ type: 'report', report })),
  };
}

const isStart = ({ phase }: Link): boolean => phase !== 'offline' && phase !== 'online';
