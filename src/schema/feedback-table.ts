import { z } from 'zod';
import { duration } from './duration.ts';
import { choice, whole } from './leaf.ts';

/** What readers light and sound, signal by signal; what is left out is as usual (`core/feedback.ts`). */

const table = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: 'a table' });

const shownText = 'at most 32 printable ASCII characters';

const shown = {
  color: choice(['off', 'red', 'green', 'amber']),
  blink: duration('100ms', '10s').optional(),
  beeps: whole(0, 20).default(0),
  beep: duration('100ms', '10s').prefault('100ms'),
  text: z
    .string({ error: shownText })
    .regex(/^[\x20-\x7e]{0,32}$/, { error: shownText })
    .optional(),
};
const staying = () => table(shown).optional();
const passing = () => table({ ...shown, lasts: duration('100ms', '60s').prefault('3s') }).optional();

export const feedbackPatterns = table({
  ready: staying(),
  enter_pin: staying(),
  granted: passing(),
  refused: passing(),
  locked_out: passing(),
});

export type FeedbackPatternsTable = z.output<typeof feedbackPatterns>;
