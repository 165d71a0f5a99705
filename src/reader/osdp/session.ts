import type { ReaderReport, ReaderSignal } from '../../core/reader.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { type Command, decodeReply, encodeCommand, type Reply } from './layout.ts';
import { type Knowledge, learn, nothingKnown } from './report.ts';
import { signalCommands } from './signals.ts';

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
  /** Tries in a row that brought no valid answer. */
  readonly misses: number;
  /** What the owner believes. */
  readonly told: 'nothing' | 'online' | 'offline';
  readonly known: Knowledge;
}

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

export interface Exchange {
  readonly command: Command;
  readonly bytes: Uint8Array;
  readonly sent_at: number;
  /** Sent, and the time for an answer is not over. While it is true the line belongs to this reader. */
  readonly waiting: boolean;
}

export type SessionEvent =
  | { type: 'line_up' }
  | { type: 'line_down'; reason: string }
  /** The line is free for this reader. */
  | { type: 'turn' }
  /** A whole frame from this reader. */
  | { type: 'reply'; frame: Frame }
  /** The time for an answer is over. */
  | { type: 'silence' }
  | { type: 'signal'; signal: ReaderSignal };

export type SessionEffect = { type: 'send'; bytes: Uint8Array } | { type: 'report'; report: ReaderReport };

export interface Stepped {
  session: Session;
  effects: SessionEffect[];
}

/** A reader without a valid answer for this long is offline (sheet 1). */
export const offlineAfter = 8_000;
/** From one poll of a reader to its next (sheet 1). */
export const pollInterval = 50;
const resendPause = 5;
const patientPause = 250;

/** A session with the reader at `address` (0 to 126), its line not yet up. */
export function newSession(address: number): Session {
  return {
    address,
    link: { phase: 'offline', probes: 0 },
    sequence: 0,
    exchange: null,
    commands: [],
    due_at: 0,
    alive_at: 0,
    misses: 0,
    told: 'nothing',
    known: nothingKnown,
  };
}

/** What the session becomes with an event at `now`, and what is to be done, in order. */
export function step(session: Session, event: SessionEvent, now: number): Stepped {
  switch (event.type) {
    case 'line_up':
      return quiet({ ...session, link: { phase: 'offline', probes: 0 }, due_at: now, alive_at: now });
    case 'line_down':
      return offline(session, event.reason, now);
    case 'turn':
      return turn(session, now);
    case 'silence':
      return silence(session, now);
    case 'reply':
      return reply(session, event.frame, now);
    case 'signal':
      if (session.link.phase === 'offline') return quiet(session);
      return quiet({
        ...session,
        commands: signalCommands(event.signal, session.known.feedback),
        due_at: session.exchange === null ? now : session.due_at,
      });
  }
}

function turn(session: Session, now: number): Stepped {
  if (session.exchange?.waiting === true) return quiet(session);
  const exchange = session.exchange ?? compose(session);
  return {
    session: {
      ...session,
      exchange: { ...exchange, sent_at: now, waiting: true },
      commands: session.commands.filter((command) => command !== exchange.command),
    },
    effects: [{ type: 'send', bytes: exchange.bytes }],
  };
}

function compose(session: Session): Exchange {
  const command = nextCommand(session);
  const { address, sequence } = session;
  const bytes = encodeFrame({
    address,
    reply: false,
    sequence,
    check: 'crc',
    security: null,
    ...encodeCommand(command),
  });
  return { command, bytes, sent_at: 0, waiting: false };
}

const bringUp: Record<Step, { command: Command; next: Step | null }> = {
  id: { command: { type: 'id', value: { kind: 0 } }, next: 'cap' },
  cap: { command: { type: 'cap', value: { kind: 0 } }, next: 'lstat' },
  lstat: { command: { type: 'lstat', value: {} }, next: 'poll' },
  poll: { command: { type: 'poll', value: {} }, next: null },
};

function nextCommand({ link, commands }: Session): Command {
  switch (link.phase) {
    case 'offline':
      return bringUp[link.probes % 2 === 0 ? 'id' : 'poll'].command;
    case 'starting':
      return bringUp[link.step].command;
    case 'online':
      return commands[0] ?? bringUp.poll.command;
  }
}

function silence(session: Session, now: number): Stepped {
  if (session.exchange === null || !session.exchange.waiting) return quiet(session);
  if (session.link.phase === 'offline') {
    const lost = session.told === 'nothing' && now - session.alive_at >= offlineAfter;
    return lost ? offline(session, 'no answer', now) : quiet(probed(session, now));
  }
  return again(session, session.misses < 2 ? resendPause : patientPause, now);
}

/** Sends the same bytes once more, unless the reader has had its time. */
function again(session: Session, pause: number, now: number): Stepped {
  if (now - session.alive_at >= offlineAfter) {
    return offline(session, `no valid answer for ${offlineAfter / 1000} s`, now);
  }
  const exchange = session.exchange && { ...session.exchange, waiting: false };
  return quiet({ ...session, exchange, misses: session.misses + 1, due_at: now + pause });
}

/** Sequence 0, and everything asked anew: the reader has lost its state, or we have lost count. */
function restart(session: Session, now: number): Stepped {
  if (session.link.phase === 'offline') return quiet(probed(session, now));
  if (now - session.alive_at >= offlineAfter) return offline(session, 'it keeps starting anew', now);
  const link: Link = { phase: 'starting', step: 'id', outage: session.link.outage };
  return quiet({ ...session, link, sequence: 0, exchange: null, misses: 0, due_at: now + pollInterval });
}

function offline(session: Session, reason: string, now: number): Stepped {
  return {
    session: { ...probed(session, now), commands: [], told: 'offline' },
    effects: session.told === 'offline' ? [] : [{ type: 'report', report: { type: 'offline', reason } }],
  };
}

/** Offline, and what was under way is given up: the next probe is another. */
function probed(session: Session, now: number): Session {
  const probes = session.link.phase === 'offline' ? session.link.probes + 1 : 1;
  return {
    ...session,
    link: { phase: 'offline', probes },
    sequence: 0,
    exchange: null,
    misses: 0,
    due_at: now,
  };
}

const secureChannelWanted = 'it answers only over a secure channel';

function reply(session: Session, frame: Frame, now: number): Stepped {
  // A frame with a security block answers nothing that was sent in plain.
  if (session.exchange?.waiting !== true || frame.security !== null) return quiet(session);
  const told = decodeReply(frame.code, frame.data);
  if (told?.type === 'busy') return again(session, pollInterval, now);
  const refusal = told?.type === 'nak' ? told.value.error : null;
  // Sheet 3: a reader that counts differently puts its own number into NAK 4, and one that has lost its state answers with 0.
  if (refusal === 4) return restart(session, now);
  if (frame.sequence !== session.sequence) {
    // Else it is the answer to an earlier try, come late.
    return frame.sequence === 0 ? restart(session, now) : quiet(session);
  }
  if (refusal === 1) return again(session, resendPause, now);
  if ((refusal === 5 || refusal === 6) && session.exchange.command.type === 'poll') {
    return offline(session, secureChannelWanted, now);
  }
  return accepted(session, session.exchange, told, now);
}

/** A valid answer. One that nobody can read, or that refuses the command, is an answer all the same (sheet 5). */
function accepted(session: Session, exchange: Exchange, told: Reply | null, now: number): Stepped {
  const outage = session.link.phase === 'offline' || session.link.outage;
  const { known, reports } =
    told === null ? { known: session.known, reports: [] } : learn(session.known, told, outage);
  const drained = exchange.command.type === 'poll' && told?.type === 'ack';
  const link = advanced(session.link, exchange.command, outage && !drained);
  const arrived = link.phase === 'online' && session.link.phase !== 'online';
  const ready = arrived && session.commands.length === 0;
  const commands = ready ? signalCommands('ready', known.feedback) : session.commands;
  const busy = commands.length > 0 || link.phase === 'starting';
  const online: ReaderReport[] =
    arrived && session.told !== 'online' ? [{ type: 'online', secure: false }] : [];
  return {
    session: {
      ...session,
      link,
      known,
      commands,
      sequence: (session.sequence % 3) + 1,
      exchange: null,
      misses: 0,
      due_at: busy ? now : Math.max(now, exchange.sent_at + pollInterval),
      // A start must come to its end in time: its steps alone keep nobody alive.
      alive_at: session.link.phase === 'starting' && link.phase === 'starting' ? session.alive_at : now,
      told: arrived ? 'online' : session.told,
    },
    effects: [...online, ...reports].map((report) => ({ type: 'report', report })),
  };
}

function advanced(link: Link, command: Command, outage: boolean): Link {
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

const quiet = (session: Session): Stepped => ({ session, effects: [] });
