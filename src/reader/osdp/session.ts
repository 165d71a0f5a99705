import type { ReaderReport, ReaderSignal } from '../../core/reader.ts';
import { advanced, type Link, linkCommand } from './bring-up.ts';
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
  /**
   * A number under which a try stayed unanswered, and how long that answer may still come. It is not used again before, else the
   * late answer would be taken for a new one: a card reported twice, or one lost.
   */
  readonly late: { readonly sequence: number; readonly until: number } | null;
  /** Tries in a row that brought no valid answer. */
  readonly misses: number;
  /** What the owner believes. */
  readonly told: 'nothing' | 'online' | 'offline';
  readonly known: Knowledge;
}

export interface Exchange {
  readonly command: Command;
  readonly bytes: Uint8Array;
  readonly sent_at: number;
  /** Sent, and the time for an answer is not over. While it is true the line belongs to this reader. */
  readonly waiting: boolean;
  /** A try stayed without any answer, which may still come. */
  readonly overdue: boolean;
}

export type SessionEvent =
  | { type: 'line_up' }
  | { type: 'line_down'; reason: string }
  /** The line is free for this reader. */
  | { type: 'turn' }
  /** A whole frame from this reader. */
  | { type: 'reply'; frame: Frame }
  /** The time for an answer is over. `damaged`: there was one, but nobody could read it. */
  | { type: 'silence'; damaged: boolean }
  | { type: 'signal'; signal: ReaderSignal };

export type SessionEffect = { type: 'send'; bytes: Uint8Array } | { type: 'report'; report: ReaderReport };

export interface Stepped {
  session: Session;
  effects: SessionEffect[];
}

/** A reader without a valid answer for this long is offline (sheet 1). */
const offlineAfter = 8_000;
/** A read fetched after a longer silence than this may be of somebody who has left. */
const freshFor = 3_000;
/** From one poll of a reader to its next (sheet 1). */
const pollInterval = 50;
const resendPause = 5;
/** For a reader that has missed several tries, and from poll to poll while late answers are about. */
const patientPause = 250;
/** How long after its command an answer is still reckoned with. The standard allows 200 ms, adapters and networks add theirs. */
const latestAnswer = 800;

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
    late: null,
    misses: 0,
    told: 'nothing',
    known: nothingKnown,
  };
}

/** What the session becomes with an event at `now`, and what is to be done, in order. */
export function step(session: Session, event: SessionEvent, now: number): Stepped {
  switch (event.type) {
    case 'line_up':
      return quiet({
        ...newSession(session.address),
        told: session.told,
        known: session.known,
        due_at: now,
        alive_at: now,
      });
    case 'line_down':
      return offline(session, event.reason, now);
    case 'turn':
      return turn(session, now);
    case 'silence':
      return silence(session, event.damaged, now);
    case 'reply':
      return reply(session, event.frame, now);
    case 'signal':
      if (session.link.phase === 'offline') return quiet(session);
      return quiet({
        ...session,
        commands: signalCommands(event.signal, session.known.feedback),
        due_at: session.exchange === null ? Math.max(now, notBefore(session)) : session.due_at,
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
  const waiting = session.link.phase === 'online' ? session.commands[0] : undefined;
  const command = waiting ?? linkCommand(session.link);
  const { address, sequence } = session;
  const bytes = encodeFrame({
    address,
    reply: false,
    sequence,
    check: 'crc',
    security: null,
    ...encodeCommand(command),
  });
  return { command, bytes, sent_at: 0, waiting: false, overdue: false };
}

function silence(session: Session, damaged: boolean, now: number): Stepped {
  if (session.exchange === null || !session.exchange.waiting) return quiet(session);
  if (session.link.phase === 'offline') {
    const lost = session.told === 'nothing' && now - session.alive_at >= offlineAfter;
    return lost ? offline(session, 'no answer', now) : quiet(probed(session, now));
  }
  const exchange = { ...session.exchange, overdue: session.exchange.overdue || !damaged };
  return again({ ...session, exchange }, session.misses < 2 ? resendPause : patientPause, now);
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
  return quiet({
    ...session,
    link,
    late: lateAfter(session, now),
    sequence: 0,
    exchange: null,
    misses: 0,
    due_at: now + pollInterval,
  });
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
  const { link: before } = session;
  const outage = before.phase === 'offline' || before.outage || now - session.alive_at >= freshFor;
  const { known, reports } =
    told === null ? { known: session.known, reports: [] } : learn(session.known, told, outage);
  const drained = exchange.command.type === 'poll' && told?.type === 'ack';
  const link = advanced(before, exchange.command, outage && !drained);
  const arrived = link.phase === 'online' && before.phase !== 'online';
  const ready = arrived && session.commands.length === 0;
  const commands = ready ? signalCommands('ready', known.feedback) : session.commands;
  const sequence = (session.sequence % 3) + 1;
  const late = lateAfter(session, now);
  const busy = commands.length > 0 || link.phase === 'starting';
  const interval = busy ? 0 : late === null ? pollInterval : patientPause;
  const online: ReaderReport[] =
    arrived && session.told !== 'online' ? [{ type: 'online', secure: false }] : [];
  return {
    session: {
      ...session,
      link,
      known,
      commands,
      sequence,
      late,
      exchange: null,
      misses: 0,
      due_at: Math.max(now, exchange.sent_at + interval, notBefore({ late, sequence })),
      // A start must come to its end in time: its steps alone keep nobody alive.
      alive_at: before.phase === 'starting' && link.phase === 'starting' ? session.alive_at : now,
      told: arrived ? 'online' : session.told,
    },
    effects: [...online, ...reports].map((report) => ({ type: 'report', report })),
  };
}

function lateAfter({ exchange, sequence, late }: Session, now: number): Session['late'] {
  if (exchange?.overdue) return { sequence, until: exchange.sent_at + latestAnswer };
  return late !== null && now < late.until ? late : null;
}

function notBefore({ late, sequence }: Pick<Session, 'late' | 'sequence'>): number {
  return late?.sequence === sequence ? late.until : 0;
}

const quiet = (session: Session): Stepped => ({ session, effects: [] });
