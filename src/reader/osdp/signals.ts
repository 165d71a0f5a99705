import type { FeedbackPatterns, SignalPattern } from '../../core/feedback.ts';
import type { ReaderSignal } from '../../core/reader.ts';
import type { Command } from './layout.ts';

/** What a reader is able to show, as far as its capabilities do not deny it, and what it is to show. */
export interface Feedback {
  led: boolean;
  buzzer: boolean;
  patterns: FeedbackPatterns;
}

/** The commands that show a signal: the light first, then the sound. Readers without the one or the other get less. */
export function signalCommands(signal: ReaderSignal, { led, buzzer, patterns }: Feedback): Command[] {
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
  return shown;
}

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
