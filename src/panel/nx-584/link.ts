import type { Frame } from './frame.ts';
import { decodePanelMessage, encodeRequest, type PanelMessage, type Request, toPanel } from './layout.ts';

/** The link with the panel: a pure machine that holds one exchange at most. Times are milliseconds of the clock's `mono`. */
export interface Link {
  /** How long one byte takes on the line. */
  readonly byteMs: number;
  readonly exchange: Exchange | null;
  /** Until then nothing of our own is said: after an acknowledgement the panel is not ready for more (sheet 3.2). */
  readonly quietUntil: number;
  /** The last push, to know its repetitions. */
  readonly push: { readonly frame: Frame; readonly at: number } | null;
}

export interface Exchange {
  readonly request: Request;
  /** Null: to be sent as soon as it may. Else when the time for an answer is over. */
  readonly deadline: number | null;
  /** How often it was sent, and how often in vain. */
  readonly sent: number;
  readonly missed: number;
  readonly giveUpAt: number;
}

export type LinkEvent =
  /** Only while there is no exchange. */
  | { type: 'ask'; request: Request }
  | { type: 'heard'; frame: Frame }
  | { type: 'time' }
  /** What was to be sent was not: it may not be, or the line does not take it. */
  | { type: 'unsent'; why: 'withheld' | 'line_down' }
  | { type: 'line_down'; reason: string };

export type LinkEffect =
  | { type: 'send'; frame: Frame; acknowledgement: boolean }
  | { type: 'tell'; message: PanelMessage; said: Said }
  | { type: 'done'; answer: Answer };

/**
 * Why the panel said something: because we asked, or by itself (`push`). An answer that wants to be acknowledged proves no more than any push:
 * it may be one that happens to be what we asked for.
 */
export type Said = 'answer' | 'flagged_answer' | 'push';

/** How an exchange ended. `silent`: it was sent, and whether it was carried out is not known. */
export type Answer =
  | { type: 'message'; message: PanelMessage }
  | { type: 'refused'; how: 'failed' | 'malformed' | 'rejected' }
  | { type: 'silent' }
  | { type: 'line_down'; sent: boolean; reason: string }
  | { type: 'withheld'; sent: boolean };

export interface Stepped {
  link: Link;
  effects: LinkEffect[];
}

/** The panel answers within 2.5 s (sheet 3.6). */
const replyMs = 3_000;
/** Bytes of the longest request and its answer, in ASCII. */
const longestExchange = 80;
const acknowledgementBytes = 10;
const tries = 3;
const quietMs = 200;
/** After a request was sent more than once: answers to each may come, and none may be taken for the next one's. */
const drainMs = 600;
/** The panel repeats a push every 2.5 to 3 s until it is acknowledged. */
const repeatMs = 3_500;
/** However busy the panel is with pushes. */
const patienceMs = 20_000;

/** A link on a line that takes `byteMs` milliseconds for a byte. */
export function newLink(byteMs: number): Link {
  return { byteMs, exchange: null, quietUntil: 0, push: null };
}

/** When the link wants `time` next; null: it waits for nothing. */
export function dueAt({ exchange, quietUntil }: Link): number | null {
  return exchange === null ? null : Math.min(exchange.deadline ?? quietUntil, exchange.giveUpAt);
}

/** What the link becomes with an event at `now`, and what is to be done, in order. */
export function step(link: Link, event: LinkEvent, now: number): Stepped {
  switch (event.type) {
    case 'ask':
      return send(
        {
          ...link,
          exchange: {
            request: event.request,
            deadline: null,
            sent: 0,
            missed: 0,
            giveUpAt: now + patienceMs,
          },
        },
        now,
      );
    case 'heard':
      return heard(link, event.frame, now);
    case 'time':
      return time(link, now);
    case 'unsent': {
      // It was counted as sent.
      const sent = (link.exchange?.sent ?? 0) > 1;
      if (event.why === 'withheld') return end(link, { type: 'withheld', sent }, now);
      return end(link, { type: 'line_down', sent, reason: 'the line is down' }, now);
    }
    case 'line_down':
      return end(
        { ...link, push: null, quietUntil: 0 },
        { type: 'line_down', sent: (link.exchange?.sent ?? 0) > 0, reason: event.reason },
        now,
      );
  }
}

function time(link: Link, now: number): Stepped {
  const { exchange } = link;
  if (exchange === null) return { link, effects: [] };
  if (now >= exchange.giveUpAt) return end(link, { type: 'silent' }, now);
  if (exchange.deadline === null) return send(link, now);
  return now >= exchange.deadline ? missed(link, exchange, now) : { link, effects: [] };
}

/** Reads may be repeated. A command may have been carried out: whoever gave it must look first. */
function missed(link: Link, exchange: Exchange, now: number): Stepped {
  const count = exchange.missed + 1;
  if (count >= tries || toPanel[exchange.request.type].command) return end(link, { type: 'silent' }, now);
  return send({ ...link, exchange: { ...exchange, missed: count, deadline: null } }, now);
}

function send(link: Link, now: number): Stepped {
  const { exchange } = link;
  if (exchange === null || now < link.quietUntil) return { link, effects: [] };
  const { request, sent } = exchange;
  const deadline = now + replyMs + longestExchange * link.byteMs;
  const frame: Frame = { ...encodeRequest(request), ack: toPanel[request.type].command };
  return {
    link: { ...link, exchange: { ...exchange, sent: sent + 1, deadline } },
    effects: [{ type: 'send', frame, acknowledgement: false }],
  };
}

function end(link: Link, answer: Answer, now: number): Stepped {
  if (link.exchange === null) return { link, effects: [] };
  const quietUntil =
    link.exchange.sent > 1 && answer.type !== 'line_down'
      ? Math.max(link.quietUntil, now + drainMs)
      : link.quietUntil;
  return { link: { ...link, exchange: null, quietUntil }, effects: [{ type: 'done', answer }] };
}

function heard(before: Link, frame: Frame, now: number): Stepped {
  if (!frame.ack) return understood(before, frame, now);
  const repeated =
    before.push !== null && now - before.push.at < repeatMs && sameFrame(before.push.frame, frame);
  const quietUntil = now + quietMs + acknowledgementBytes * before.byteMs;
  const link = { ...before, quietUntil, push: { frame, at: now } };
  // The acknowledgement must be the very next frame (sheet 3.2).
  const acknowledged: LinkEffect = {
    type: 'send',
    frame: { number: 0x1d, ack: false, data: new Uint8Array(0) },
    acknowledgement: true,
  };
  const { link: after, effects } = repeated ? { link, effects: [] } : understood(link, frame, now);
  return { link: sentIntoPush(after), effects: [acknowledged, ...effects] };
}

/** What we said while the panel pushed is swallowed: a read is sent again, a command waits for the answer it may still get. */
function sentIntoPush(link: Link): Link {
  const { exchange } = link;
  if (exchange === null || exchange.deadline === null || toPanel[exchange.request.type].command) return link;
  return { ...link, exchange: { ...exchange, deadline: null } };
}

function understood(link: Link, frame: Frame, now: number): Stepped {
  const message = decodePanelMessage(frame);
  if (message === null) return { link, effects: [] };
  const waits = link.exchange !== null && link.exchange.sent > 0 ? link.exchange : null;
  switch (message.type) {
    case 'malformed':
      if (waits === null) return { link, effects: [] };
      // Spoilt on the way, or too early: it was not carried out.
      if (waits.missed + 1 < tries) {
        const again = { ...waits, missed: waits.missed + 1, deadline: null };
        return { link: { ...link, exchange: again, quietUntil: now + quietMs }, effects: [] };
      }
      return end(link, { type: 'refused', how: message.type }, now);
    case 'failed':
    case 'rejected':
      // What has not left yet is not refused by an answer that comes late.
      if (waits === null) return { link, effects: [] };
      return end(link, { type: 'refused', how: message.type }, now);
    default: {
      const answers = waits !== null && isAnswer(waits.request, message);
      const ended = answers ? end(link, { type: 'message', message }, now) : { link, effects: [] };
      const said: Said = answers ? (frame.ack ? 'flagged_answer' : 'answer') : 'push';
      const told: LinkEffect = { type: 'tell', message, said };
      return { link: ended.link, effects: [told, ...ended.effects] };
    }
  }
}

/** Whether the message is the answer, down to the partition, user or log entry that was asked for. */
function isAnswer(request: Request, message: PanelMessage): boolean {
  if (toPanel[request.type].answer !== message.type) return false;
  const asked: Readonly<Record<string, unknown>> = request.value;
  switch (message.type) {
    case 'partition_status':
      return asked['partition'] === message.value.partition;
    case 'zone_name':
      return asked['zone'] === message.value.zone;
    case 'user_information':
      return asked['user'] === message.value.user;
    case 'log_event':
      return asked['entry'] === message.value.entry;
    default:
      return true;
  }
}

function sameFrame(a: Frame, b: Frame): boolean {
  return (
    a.number === b.number && a.data.length === b.data.length && a.data.every((byte, i) => byte === b.data[i])
  );
}
