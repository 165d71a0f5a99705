import { z } from 'zod';

/** Which members a file may have, as JSON Schema: for error messages and for the test of the example file. */
export function jsonSchemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
