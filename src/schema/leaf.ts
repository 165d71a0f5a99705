import { z } from 'zod';

/**
 * Leaves of the files an installer writes. The message of each is what would be right, so that it reads well after
 * "expected".
 */

/** A whole number in a range, ends included. */
export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z.int({ error }).min(min, { error }).max(max, { error });
}

/** Text of one line, not blank, without control characters: it is shown in terminals and logs. */
export function line(what: string, max = 200) {
  return z
    .string({ error: what })
    .max(max, { error: `at most ${max} characters` })
    .regex(/^[^\p{Cc}]*[^\s\p{Cc}][^\p{Cc}]*$/u, { error: what });
}

/** One of some words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: either(words) });
}

/** One of some numbers. */
export function oneOf<const T extends readonly [number, number, ...number[]]>(numbers: T) {
  const [first, second, ...more] = numbers;
  const literals = [z.literal(first), z.literal(second), ...more.map((n) => z.literal(n))] as const;
  return z.union<readonly z.ZodLiteral<T[number]>[]>(literals, { error: either(numbers) });
}

export const flag = () => z.boolean({ error: 'true or false' });

function either(values: readonly (string | number)[]): string {
  const shown = values.map((value) => JSON.stringify(value));
  return `${shown.slice(0, -1).join(', ')}${shown.length > 1 ? ' or ' : ''}${shown.at(-1) ?? ''}`;
}
