import type { FeedbackPatterns, SignalPattern } from '../../core/feedback.ts';
import type { ReaderSignal } from '../../core/reader.ts';
import type { Command } from './layout.ts';

/** What a reader is able to show, as far as its capabilities do not deny it, and what it is to show. */
export interface Feedback {
  led: boolean;
  buzzer: boolean;
  /** Whether it says that it has a display. */
  text: boolean;
  patterns: FeedbackPatterns;
}

/** The commands that show a signal: the light first, then the sound, then the text. Readers without one or the other get less. */
export function signalCommands(signal: ReaderSignal, { led, buzzer, text, patterns }: Feedback): Command[] {
  const pattern = patterns[signal];
  const shown: Command[] = [];
  if (led) {
    const light = {
      ...temporaryOf(pattern),
      ...permanentOf(pattern.lasts_ms === null ? pattern : patterns.ready),
    };
    shown.push({ type: 'led', value: [{ reader: 0, led: 0, ...light }] });
  }
  if (buzzer && pattern.beeps > 0) {
    const sound = { on: tenths(pattern.beep_ms), off: 1, count: pattern.beeps };
    shown.push({ type: 'buz', value: { reader: 0, tone: defaultTone, ...sound } });
  }
  if (text) {
    // What stays comes first: it is there again when what passes is over.
    const staying = pattern.lasts_ms === null ? pattern : patterns.ready;
    shown.push(lineOf(staying.text, null));
    if (pattern.lasts_ms !== null) shown.push(lineOf(pattern.text, pattern.lasts_ms));
  }
  return shown;
}

/** Line 1 of a display; blanks take the place of what a longer text left there (sheet 4, TEXT). `lasts`: in ms; null: it stays. */
function lineOf(line: string, lasts: number | null): Command {
  const text = new TextEncoder().encode(line.padEnd(shortestLine));
  const seconds = lasts === null ? 0 : Math.min(255, Math.max(1, Math.round(lasts / 1000)));
  const mode = lasts === null ? 1 : 3;
  return {
    type: 'text',
    value: { reader: 0, mode, seconds, row: 1, column: 1, length: text.length, text },
  };
}

/** Characters in a line of the smallest display there is (sheet 5, PDCAP 6). */
const shortestLine = 16;

const colors = { off: 0, red: 1, green: 2, amber: 3 } as const;
const defaultTone = 2;

/** Times on the wire are in 100 ms, and none may be 0 (sheet 4.1). */
const tenths = (ms: number): number => Math.max(1, Math.round(ms / 100));

function permanentOf({ color, blink_ms }: SignalPattern) {
  const [on, off] = blink_ms === null ? [1, 0] : [tenths(blink_ms), tenths(blink_ms)];
  return {
    permanent: 1,
    on,
    off,
    on_color: colors[color],
    off_color: blink_ms === null ? colors[color] : colors.off,
  };
}

/**
 * A light for a time; a signal that stays ends one that is still temporary, such as the green of the person before. The fields mean
 * nothing then, but zeros in them confuse some readers (sheet 4.1).
 */
function temporaryOf(pattern: SignalPattern) {
  const { lasts_ms } = pattern;
  const { on, off, on_color, off_color } = permanentOf(
    lasts_ms === null ? { ...pattern, color: 'red', blink_ms: null } : pattern,
  );
  return {
    temporary: lasts_ms === null ? 1 : 2,
    temporary_on: on,
    temporary_off: off,
    temporary_on_color: on_color,
    temporary_off_color: off_color,
    timer: lasts_ms === null ? 1 : tenths(lasts_ms),
  };
}
