import { z } from 'zod';

const units = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
const example = 'an amount of bytes, which is a whole number with a unit in quotes: "512 MiB" or "2 GiB"';

/** Reads an amount such as `512 MiB` or `2GiB` as bytes, or says what would be right. */
export function parseByteSize(text: unknown): { ok: true; bytes: number } | { ok: false; why: string } {
  const [, amount, unit] = typeof text === 'string' ? (/^(\d{1,6}) ?(\w*)$/.exec(text) ?? []) : [];
  if (amount === undefined || unit === undefined) return { ok: false, why: example };
  if (!Object.hasOwn(units, unit)) {
    const what = unit === '' ? 'the unit is missing' : `"${unit}" is no unit here`;
    return { ok: false, why: `${what}; ${example}` };
  }
  return { ok: true, bytes: Number(amount) * units[unit as keyof typeof units] };
}

/** An amount of bytes of the site file; `least` and `most` are such amounts themselves. */
export function byteSize(least: string, most: string) {
  const [min, max] = [bytesOf(least), bytesOf(most)];
  return z.unknown().transform((value, context): number => {
    const read = parseByteSize(value);
    if (read.ok && read.bytes >= min && read.bytes <= max) return read.bytes;
    const message = read.ok ? `an amount from "${least}" to "${most}"` : read.why;
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  });
}

function bytesOf(text: string): number {
  const read = parseByteSize(text);
  return read.ok ? read.bytes : Number.NaN;
}
