import { z } from 'zod';

/** A quantity as text, in the base unit, or what would be right, and what of this one is not (may be empty). */
export type QuantityRead = { ok: true; value: number } | { ok: false; why: string; hint: string };

/** Reads texts such as `5s` by a pattern of amount and unit; `example` says how one looks, after "expected". */
export function readQuantity(
  text: unknown,
  pattern: RegExp,
  units: Readonly<Record<string, number>>,
  example: string,
): QuantityRead {
  const [, amount, unit] = typeof text === 'string' ? (pattern.exec(text) ?? []) : [];
  if (amount === undefined || unit === undefined) return { ok: false, why: example, hint: '' };
  const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (size !== undefined) return { ok: true, value: Math.round(Number(amount) * size) };
  const what = unit === '' ? 'the unit is missing' : `"${unit}" is no unit here`;
  return { ok: false, why: example, hint: `; ${what}` };
}

/**
 * A quantity of the site file within bounds, which are such texts themselves. `kind`: "a duration". Its issues have a hint beside the message: it
 * reads well after what was found.
 */
export function quantity(read: (text: unknown) => QuantityRead, kind: string, least: string, most: string) {
  const bound = (text: string): number => {
    const found = read(text);
    return found.ok ? found.value : Number.NaN;
  };
  const [min, max] = [bound(least), bound(most)];
  return z.unknown().transform((given, context): number => {
    const found = read(given);
    if (found.ok && found.value >= min && found.value <= max) return found.value;
    const said = found.ok ? { why: `${kind} from "${least}" to "${most}"`, hint: '' } : found;
    context.issues.push({
      code: 'custom',
      message: said.why,
      params: { hint: said.hint },
      input: given,
    });
    return z.NEVER;
  });
}
