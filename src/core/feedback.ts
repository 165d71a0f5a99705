import type { ReaderSignal } from './reader.ts';

/** What a reader lights and sounds for a signal. Times in milliseconds. */
export interface SignalPattern {
  color: 'off' | 'red' | 'green' | 'amber';
  /** How long it is lit, and then dark; null: it does not blink. */
  blink_ms: number | null;
  /** After this time the light of `ready` comes back; null: it stays until the next signal. */
  lasts_ms: number | null;
  beeps: number;
  /** How long each beep is. Between two there are 100 ms of silence. */
  beep_ms: number;
  /** Shown by readers that have a display, in printable ASCII, at most 32 characters; empty: the display is cleared. */
  text: string;
}

/** One pattern for each signal. No key has a pattern: nothing that is sent depends on which key was pressed. */
export type FeedbackPatterns = Readonly<Record<ReaderSignal, SignalPattern>>;

const silent = { beeps: 0, beep_ms: 100 };

/** What readers show where a site says nothing else. */
export const usualFeedback: FeedbackPatterns = {
  ready: { color: 'red', blink_ms: null, lasts_ms: null, ...silent, text: '' },
  granted: { color: 'green', blink_ms: null, lasts_ms: 3_000, beeps: 1, beep_ms: 300, text: 'Open' },
  refused: { color: 'red', blink_ms: 200, lasts_ms: 2_000, beeps: 3, beep_ms: 100, text: 'No access' },
  enter_pin: { color: 'amber', blink_ms: 500, lasts_ms: null, ...silent, text: 'Enter PIN' },
  locked_out: { color: 'amber', blink_ms: 200, lasts_ms: 5_000, beeps: 2, beep_ms: 500, text: 'Please wait' },
};
