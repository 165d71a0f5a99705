import type { z } from 'zod';

/** What can be read of a table whose other members may be wrong or missing; defaults are filled in. */
export function readable<T extends z.ZodRawShape>(
  schema: z.ZodObject<T>,
  raw: unknown,
): Partial<z.output<z.ZodObject<T>>> {
  const from = raw !== null && typeof raw === 'object' ? (raw as Record<string, unknown>) : {};
  const read: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.shape)) {
    const result = (member as z.ZodType).safeParse(Object.hasOwn(from, name) ? from[name] : undefined);
    if (result.success && result.data !== undefined) read[name] = result.data;
  }
  return read as Partial<z.output<z.ZodObject<T>>>;
}
