import type { Cancel, Clock } from '../../core/clock.ts';
import type { Line } from '../../core/line.ts';
import { encodeFrame, parseFrame, type Wire } from './frame.ts';
import type { PanelMessage, Request } from './layout.ts';
import { type Answer, dueAt, type LinkEvent, newLink, type Said, step } from './link.ts';

/** What is heard of the panel. Called one at a time, never from inside a call to the conversation. */
export interface Listener {
  up(): void;
  down(reason: string): void;
  heard(message: PanelMessage, said: Said): void;
}

/** Questions and commands to one panel, one at a time. */
export interface Conversation {
  open(listener: Listener): void;
  ask: Ask;
  /** When the panel last said something that makes sense (mono milliseconds). */
  heardAt(): number;
  reset(reason: string): void;
  /** Answers everything that waits, then closes the line. */
  close(): Promise<void>;
}

/**
 * `mayWrite` is asked immediately before the first byte of each sending. `background`: goes after everything else, though not for
 * ever.
 */
export type Ask = (
  request: Request,
  manner?: { mayWrite?: () => boolean; background?: boolean },
) => Promise<Answer>;

interface Waiting {
  request: Request;
  mayWrite: () => boolean;
  background: boolean;
  since: number;
  resolve: (answer: Answer) => void;
}

const bitsPerByte = 10;
/** Exchanges that wait at most; there are a handful. */
const waitingBound = 64;
/** A question in the background that has waited so long goes first. */
const overdueMs = 5_000;

/** The conversation with the panel on this line, in the framing it is set to. */
export function conversation(line: Line, wire: Wire, clock: Clock): Conversation {
  const waiting: Waiting[] = [];
  let link = newLink((bitsPerByte * 1000) / line.baud);
  let current: Waiting | null = null;
  let listener: Listener | null = null;
  let lineUp = false;
  let heardAt = 0;
  let held: Uint8Array = new Uint8Array(0);
  let wake: Cancel = () => {};
  let pumping: Cancel | null = null;

  const lost = (reason: string): Answer => ({ type: 'line_down', sent: false, reason });

  function dispatch(event: LinkEvent): void {
    const { link: after, effects } = step(link, event, clock.mono());
    link = after;
    for (const effect of effects) {
      switch (effect.type) {
        case 'send': {
          const may = effect.acknowledgement || (current?.mayWrite() ?? true);
          if (may && line.write(encodeFrame(effect.frame, wire))) break;
          if (!effect.acknowledgement) dispatch({ type: 'unsent', why: may ? 'line_down' : 'withheld' });
          break;
        }
        case 'tell':
          listener?.heard(effect.message, effect.said);
          break;
        case 'done':
          current?.resolve(effect.answer);
          current = null;
          pump();
          break;
      }
    }
    wake();
    const due = dueAt(link);
    if (due !== null) wake = clock.after(Math.max(0, due - clock.mono()), () => dispatch({ type: 'time' }));
  }

  /** In a later turn, so that whoever had the answer may ask the next question first. */
  function pump(): void {
    pumping ??= clock.after(0, () => {
      pumping = null;
      if (current !== null || !lineUp) return;
      const overdue = waiting.findIndex((each) => each.background && clock.mono() - each.since >= overdueMs);
      const foreground = waiting.findIndex((each) => !each.background);
      const [next] = waiting.splice(overdue >= 0 ? overdue : Math.max(0, foreground), 1);
      if (next === undefined) return;
      current = next;
      dispatch({ type: 'ask', request: next.request });
    });
  }

  function data(bytes: Uint8Array): void {
    held = held.length === 0 ? bytes.slice() : Uint8Array.from([...held, ...bytes]);
    for (;;) {
      const parsed = parseFrame(held, wire);
      switch (parsed.type) {
        case 'need_more':
          return;
        case 'skip':
          held = held.subarray(parsed.count);
          break;
        case 'frame':
          held = held.subarray(parsed.size);
          heardAt = clock.mono();
          dispatch({ type: 'heard', frame: parsed.frame });
          break;
      }
    }
  }

  function down(reason: string): void {
    lineUp = false;
    held = new Uint8Array(0);
    dispatch({ type: 'line_down', reason });
    for (const each of waiting.splice(0)) each.resolve(lost(reason));
  }

  return {
    open(owner) {
      listener = owner;
      line.open({
        up() {
          lineUp = true;
          heardAt = clock.mono();
          owner.up();
          pump();
        },
        data,
        down(reason) {
          down(reason);
          owner.down(reason);
        },
      });
    },
    ask: (request, { mayWrite = () => true, background = false } = {}) =>
      new Promise((resolve) => {
        if (!lineUp || waiting.length >= waitingBound) {
          resolve(lost(lineUp ? 'too many orders wait for the panel' : 'the line is down'));
          return;
        }
        waiting.push({ request, mayWrite, background, since: clock.mono(), resolve });
        pump();
      }),
    heardAt: () => heardAt,
    reset: (reason) => line.reset(reason),
    async close() {
      listener = null;
      down('the panel driver is closing');
      wake();
      pumping?.();
      await line.close();
    },
  };
}
