import { type FeedbackPatterns, type SignalPattern, usualFeedback } from '../core/feedback.ts';
import type { FeedbackPatternsTable } from '../schema/feedback-table.ts';

/** The patterns of a feedback table, the usual ones for signals it leaves out. */
export function feedbackOf(table: FeedbackPatternsTable): FeedbackPatterns {
  const { ready, enter_pin, granted, refused, locked_out } = table;
  return {
    ready: patternOf(ready, usualFeedback.ready),
    enter_pin: patternOf(enter_pin, usualFeedback.enter_pin),
    granted: patternOf(granted, usualFeedback.granted),
    refused: patternOf(refused, usualFeedback.refused),
    locked_out: patternOf(locked_out, usualFeedback.locked_out),
  };
}

type Given = FeedbackPatternsTable['ready'] & { lasts?: number };

function patternOf(given: Given | undefined, usual: SignalPattern): SignalPattern {
  if (given === undefined) return usual;
  const { color, blink = null, lasts = null, beeps, beep, text = usual.text } = given;
  return { color, blink_ms: blink, lasts_ms: lasts, beeps, beep_ms: beep, text };
}
