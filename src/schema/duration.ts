import { type QuantityRead, quantity, readQuantity } from './quantity.ts';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const example = 'a duration, which is a number with a unit in quotes: "500ms", "5s", "3m" or "1h"';

/** Reads a duration such as `500ms`, `1.5s`, `3m`, `1h` as milliseconds, or says what would be right. */
export function parseDuration(text: unknown): QuantityRead {
  if (typeof text === 'number') return { ok: false, why: example, hint: `; did you mean "${text}s"?` };
  return readQuantity(text, /^(\d{1,9}(?:\.\d{1,3})?)\s*([A-Za-z]*)$/, units, example);
}

/** A duration of the site file, read as milliseconds; `least` and `most` are durations themselves. */
export const duration = (least: string, most: string) => quantity(parseDuration, 'a duration', least, most);
