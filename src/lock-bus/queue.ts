import type { Cancel, Clock } from '../core/clock.ts';
import type { Line, LineOwner } from '../core/line.ts';
import { awaitedReplies, functionCode, parse, rawHex, requestSize } from './frame.ts';
import { modbusPort, type PortRequest } from './modbus-port.ts';
import { overdueAnswers } from './overdue.ts';

/** What goes first: letting someone in, then making a door secure, then asking, then codes for locks that keep them. */
const priorities = ['unlock', 'secure', 'poll', 'programming'] as const;
export type Priority = (typeof priorities)[number];
/** Once programming has been overtaken by so many polls it goes before one: polls alone can fill a slow line for ever. */
const mostOvertaking = 8;
const programmingsTurn = ['unlock', 'secure', 'programming', 'poll'] as const;

/** How an exchange ended. `raw` is hex of the reply, where there was one. */
export type ExchangeResult =
  | { type: 'bits'; bits: boolean[] }
  | { type: 'registers'; registers: number[] }
  | { type: 'written' }
  | { type: 'exception'; code: number; raw: string }
  /** The deadline passed: the request may or may not have been carried out. `raw`: what came instead. */
  | { type: 'unanswered'; raw: string | null }
  /** The line went down; `sent` says whether the request had left. */
  | { type: 'line_down'; sent: boolean; reason: string }
  /** Never sent: not wanted any more, or the queue was full. */
  | { type: 'dropped' };

export interface Exchange {
  priority: Priority;
  request: PortRequest;
  /** Longest time the board takes to answer, from the last byte of the request to the first of the reply. */
  timeoutMs: number;
  /** The unit is known to be silent: if it stays so, the others do not wait for its late answer. */
  probe?: boolean;
  /** Asked immediately before the bytes leave. */
  wanted?: () => boolean;
  /** Called once. `damaged`: bytes with a bad CRC came while it was in flight. */
  done(result: ExchangeResult, damaged: boolean): void;
}

export interface QueueWatcher {
  up(): void;
  down(reason: string): void;
  /** A whole frame that answers nothing. */
  unexpected(unit: number, detail: string, raw: string): void;
}

export interface Queue {
  /** Opens the line. Called once. */
  open(): void;
  /** Sends now if the line is idle, in this call; otherwise by priority, then in order. */
  submit(exchange: Exchange): void;
  /** Drops what waits, lets the exchange in flight end, closes the line. */
  close(): Promise<void>;
}

/** Waiting exchanges at most; a healthy bus has a handful. */
const queueBound = 256;
/** With nothing heard for so long, and requests unanswered, the connection itself is suspected and made anew. */
const deafMs = 10_000;
/** Start, 8 data, parity or second stop, stop (Serial Line 1.02, section 2.5.1). */
const bitsPerCharacter = 11;
/**
 * A byte has ended at least so long before it is heard of here, or the next leaves: interrupts, system calls, the event loop. At 9600
 * baud the silence due is 4.01 ms, and timers count whole milliseconds: a fifth would be lost for the hundredth.
 */
const hearingMs = 0.05;

type Phase =
  | { type: 'down'; reason: string }
  | { type: 'idle' }
  | { type: 'waiting'; exchange: Exchange; damaged: boolean; raw: string | null; cancel: Cancel };

/**
 * One request in flight on one line. Deadlines are ours, by the Clock. After an unanswered request the line, or towards a unit
 * known to be silent that unit only, is given the board's longest reply time once more, so that a late answer is never taken
 * for the next one's.
 */
export function modbusQueue(line: Line, clock: Clock, watcher: QueueWatcher): Queue {
  const characterMs = (bitsPerCharacter * 1000) / line.baud;
  // 3.5 characters; above 19200 baud a fixed 1.75 ms (Serial Line 1.02, section 2.5.1.1).
  const silenceMs = (line.baud > 19_200 ? 1.75 : 3.5 * characterMs) - hearingMs;
  const waiting: Record<Priority, Exchange[]> = { unlock: [], secure: [], poll: [], programming: [] };
  let overtaken = 0;
  let phase: Phase = { type: 'down', reason: 'the line is not up yet' };
  let received: Uint8Array = new Uint8Array(0);
  let quietUntil = 0;
  let heardAt = clock.mono();
  let pumping: Cancel | null = null;
  let ending: (() => void) | null = null;
  const overdue = overdueAnswers(clock, pump);

  const port = modbusPort((bytes) => {
    if (!line.write(bytes)) fail('the line is down', false);
  });

  const shift = (priority: Priority): Exchange | undefined => {
    const at = waiting[priority].findIndex(({ request }) => overdue.mayAsk(request.unit));
    return at < 0 ? undefined : waiting[priority].splice(at, 1)[0];
  };

  const next = (): Exchange | undefined => {
    for (const priority of overtaken < mostOvertaking ? priorities : programmingsTurn) {
      for (let first = shift(priority); first !== undefined; first = shift(priority)) {
        if (first.wanted?.() ?? true) return first;
        first.done({ type: 'dropped' }, false);
      }
    }
    return undefined;
  };

  const busy = (): boolean => phase.type !== 'idle';

  function pump(): void {
    if (phase.type !== 'idle') return;
    if (ending !== null) {
      ending();
      return;
    }
    const wait = quietUntil - clock.mono();
    if (wait > 0) {
      pumping ??= clock.after(wait, () => {
        pumping = null;
        pump();
      });
      return;
    }
    const exchange = next();
    if (exchange === undefined) return;
    if (busy()) {
      // The end of a dropped exchange has submitted another one meanwhile.
      waiting[exchange.priority].unshift(exchange);
      return;
    }
    const { priority, request, timeoutMs } = exchange;
    if (priority === 'programming' || waiting.programming.length === 0) overtaken = 0;
    else if (priority === 'poll') overtaken += 1;
    received = new Uint8Array(0);
    const wireMs = (requestSize(request) + awaitedReplies(request)[0].size) * characterMs;
    const cancel = clock.after(wireMs + timeoutMs, expire);
    phase = { type: 'waiting', exchange, damaged: false, raw: null, cancel };
    port.request(request);
  }

  function finish(result: ExchangeResult): void {
    if (phase.type !== 'waiting') return;
    const { exchange, damaged, cancel } = phase;
    cancel();
    phase = { type: 'idle' };
    exchange.done(result, damaged);
    pump();
  }

  function expire(): void {
    if (phase.type !== 'waiting') return;
    const { exchange, raw } = phase;
    const { request, timeoutMs, probe = false } = exchange;
    overdue.add({ unit: request.unit, code: functionCode(request), probed: probe }, timeoutMs);
    if (clock.mono() - heardAt >= deafMs) {
      heardAt = clock.mono();
      line.reset('nothing heard from any board');
    }
    finish({ type: 'unanswered', raw });
  }

  function fail(reason: string, sent = true): void {
    const was = phase;
    phase = { type: 'down', reason };
    overdue.clear();
    if (was.type === 'waiting') {
      was.cancel();
      was.exchange.done({ type: 'line_down', sent, reason }, was.damaged);
    }
    for (const priority of priorities) {
      for (const exchange of waiting[priority].splice(0)) {
        exchange.done({ type: 'line_down', sent: false, reason }, false);
      }
    }
    ending?.();
  }

  function take(frame: Uint8Array): void {
    const [unit = 0, code = 0] = frame;
    if (overdue.take(unit, code)) return;
    const raw = rawHex(frame);
    switch (phase.type) {
      case 'down':
        break;
      case 'idle':
        watcher.unexpected(unit, 'a frame that nobody asked for', raw);
        break;
      case 'waiting': {
        const verdict = port.judge(frame);
        switch (verdict.type) {
          case 'foreign':
            phase.raw = raw;
            watcher.unexpected(unit, verdict.why, raw);
            break;
          case 'exception':
            finish({ ...verdict, raw });
            break;
          case 'bits':
          case 'registers':
          case 'written':
            finish(verdict);
            break;
        }
      }
    }
  }

  function data(bytes: Uint8Array): void {
    heardAt = clock.mono();
    quietUntil = heardAt + silenceMs;
    received = joined(received, bytes);
    for (;;) {
      const awaited = phase.type === 'waiting' ? awaitedReplies(phase.exchange.request) : [];
      const parsed = parse(received, 'reply', awaited);
      switch (parsed.type) {
        case 'need_more':
          return;
        case 'skip':
          received = received.subarray(parsed.n);
          if (phase.type === 'waiting') phase.damaged = true;
          break;
        case 'frame':
          received = received.subarray(parsed.frame.length);
          take(parsed.frame);
          break;
      }
    }
  }

  const owner: LineOwner = {
    up() {
      phase = { type: 'idle' };
      received = new Uint8Array(0);
      quietUntil = clock.mono() + silenceMs;
      heardAt = clock.mono();
      watcher.up();
      pump();
    },
    data,
    down(reason) {
      fail(reason);
      watcher.down(reason);
    },
  };

  return {
    open: () => line.open(owner),
    submit(exchange) {
      if (phase.type === 'down' || ending !== null) {
        const reason = phase.type === 'down' ? phase.reason : 'the lock bus is closing';
        exchange.done({ type: 'line_down', sent: false, reason }, false);
        return;
      }
      if (priorities.reduce((sum, each) => sum + waiting[each].length, 0) >= queueBound) {
        exchange.done({ type: 'dropped' }, false);
        return;
      }
      waiting[exchange.priority].push(exchange);
      pump();
    },
    close() {
      return new Promise((resolve) => {
        ending = () => {
          ending = () => {};
          pumping?.();
          fail('the lock bus is closed');
          resolve(line.close());
        };
        if (phase.type !== 'waiting') ending();
      });
    },
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const both = new Uint8Array(head.length + tail.length);
  both.set(head);
  both.set(tail, head.length);
  return both;
}
