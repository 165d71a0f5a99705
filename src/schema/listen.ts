import { z } from 'zod';

/** `HOST:PORT` or `[IPV6]:PORT`, read as its two parts. */
export const listen = z.unknown().transform((value, context): { host: string; port: number } => {
  const [, six, four, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(String(value)) ?? [];
  const host = six ?? four;
  const port = Number(digits);
  if (typeof value === 'string' && host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  context.issues.push({ code: 'custom', message: 'HOST:PORT, such as "127.0.0.1:8750"', input: value });
  return z.NEVER;
});
