import { z } from 'zod';
import { parseBitRanges, usualFormats } from '../core/card-format.ts';
import { choice, line, whole } from './leaf.ts';

/** What a site file says about cards. What the bits of a format say about one another is checked in `site-file/`. */

const table = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: 'a table' });
const longest = 128;
const bit = () => whole(0, longest - 1);

export const cardsTable = table({
  formats: z
    .array(line('the name of a card format', 64), { error: 'a list of card formats, such as ["h10301"]' })
    .default([...usualFormats]),
});

const field = table({ first: bit(), length: whole(1, 48) });

/** Bits in the order of the text. */
const covered = z.unknown().transform((value, context): number[] => {
  const bits = typeof value === 'string' ? parseBitRanges(value) : null;
  if (bits?.every((one) => one < longest)) return bits;
  const message = `bits from 0 to ${longest - 1} as text, such as "1-12" or "2-3, 5-6"`;
  context.issues.push({ code: 'custom', message, input: value });
  return z.NEVER;
});

export const cardFormatTable = table({
  length: whole(8, longest),
  facility: field.optional(),
  number: field,
  parity: z
    .array(table({ kind: choice(['even', 'odd']), bit: bit(), over: covered }), {
      error: 'a list of parity bits',
    })
    .default([]),
});
