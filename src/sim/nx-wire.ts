import type { Cancel, Clock } from '../core/clock.ts';
import { encodeFrame, type Frame, parseFrame, type Wire } from '../panel/nx-584/frame.ts';
import { encodePanelMessage, type PanelMessage } from '../panel/nx-584/layout.ts';
import type { NxFault } from './nx-fault.ts';

/** The panel's end of the line: framing, pushes that want an acknowledgement, and its moods (sheet 3.2 and 3.7). */
export interface NxWire {
  /** Bytes from the controller, in any chunking. */
  receive(bytes: Uint8Array): void;
  /** Says something by itself, again and again until it is acknowledged. */
  push(message: PanelMessage): void;
  /** Forgets the conversation. */
  reset(): void;
}

const repeatMs = 2_500;
/** After anything but an acknowledgement was said to a push. */
const deafMs = 1_500;
/** It takes its time to say no. */
const refusalMs = 2_400;
/** A real one does not remember everything either. */
const pushBound = 32;

const others = { ascii: 'binary', binary: 'ascii' } as const;

/** `obey` carries out a request; null: its answer is lost. */
export function nxWire(
  clock: Clock,
  wire: Wire,
  send: (bytes: Uint8Array) => void,
  faults: ReadonlySet<NxFault>,
  obey: (frame: Frame) => PanelMessage | null,
): NxWire {
  const pushes: PanelMessage[] = [];
  let held: Uint8Array = new Uint8Array(0);
  /** Repeats the push that is not acknowledged yet. */
  let repeating: Cancel | null = null;
  /** An answer in the making: whoever speaks now is too early. */
  let answering: Cancel | null = null;
  let deafUntil = 0;
  let requests = 0;
  const framing = (): Wire => (faults.has('other_framing') ? others[wire] : wire);

  function say(message: PanelMessage, ack: boolean): void {
    if (faults.has('silent')) return;
    const bytes = encodeFrame({ ...encodePanelMessage(message), ack }, framing());
    if (faults.has('noise_before')) send(Uint8Array.of(0x00, 0x0d, 0x41, 0x7d));
    send(faults.has('garbled') ? bytes.map((byte, at) => (at === 3 ? byte ^ 0x01 : byte)) : bytes);
  }

  function pushNext(): void {
    repeating?.();
    const [message] = pushes;
    repeating = message === undefined ? null : clock.after(repeatMs, pushNext);
    if (message !== undefined) say(message, true);
  }

  function hear(frame: Frame): void {
    if (faults.has('silent') || clock.mono() < deafUntil) return;
    if (frame.number >= 0x1c && frame.number <= 0x1f) {
      if (repeating === null || faults.has('deaf_to_acknowledgements')) return;
      pushes.shift();
      pushNext();
    } else if (repeating !== null) deafUntil = clock.mono() + deafMs;
    else if (answering !== null) say({ type: 'malformed', value: {} }, false);
    else if (faults.has('naks') && requests++ % 2 === 0) say({ type: 'malformed', value: {} }, false);
    else answer(obey(frame));
  }

  function answer(message: PanelMessage | null): void {
    if (message === null) return;
    answering = clock.after(message.type === 'failed' ? refusalMs : 0, () => {
      answering = null;
      say(message, faults.has('flagged_answers'));
    });
  }

  return {
    receive(bytes) {
      held = Uint8Array.from([...held, ...bytes]);
      for (;;) {
        const parsed = parseFrame(held, framing());
        if (parsed.type === 'need_more') return;
        held = held.subarray(parsed.type === 'frame' ? parsed.size : parsed.count);
        if (parsed.type === 'frame') hear(parsed.frame);
      }
    },
    push(message) {
      if (faults.has('no_pushes')) return;
      if (pushes.length < pushBound) pushes.push(message);
      if (repeating === null) pushNext();
    },
    reset() {
      pushes.length = 0;
      repeating?.();
      answering?.();
      repeating = null;
      answering = null;
      held = new Uint8Array(0);
    },
  };
}
