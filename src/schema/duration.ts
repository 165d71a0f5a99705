import { z } from 'zod';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const example = 'a duration, which is a number with a unit in quotes: "500ms", "5s", "3m" or "1h"';

/** Reads a duration such as `500ms`, `1.5s`, `3m`, `1h` as milliseconds, or says what would be right. */
export function parseDuration(text: unknown): { ok: true; ms: number } | { ok: false; why: string } {
  if (typeof text === 'number') return { ok: false, why: `${example}; did you mean "${text}s"?` };
  if (typeof text !== 'string') return { ok: false, why: example };
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)\s*([A-Za-z]*)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return { ok: false, why: example };
  if (!Object.hasOwn(units, unit)) {
    const what = unit === '' ? 'the unit is missing' : `"${unit}" is no unit`;
    return { ok: false, why: `${what}; ${example}` };
  }
  return { ok: true, ms: Math.round(Number(amount) * units[unit as keyof typeof units]) };
}

/** A duration of the site file, read as milliseconds; `least` and `most` are durations themselves. */
export function duration(least: string, most: string) {
  const [min, max] = [milliseconds(least), milliseconds(most)];
  return z.unknown().transform((value, context): number => {
    const read = parseDuration(value);
    if (read.ok && read.ms >= min && read.ms <= max) return read.ms;
    const message = read.ok ? `a duration from "${least}" to "${most}"` : read.why;
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

function milliseconds(text: string): number {
  const read = parseDuration(text);
  return read.ok ? read.ms : Number.NaN;
}
