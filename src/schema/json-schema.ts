import { z } from 'zod';

/** A JSON Schema, draft 2020-12, as plain data. */
export type JsonSchema = Record<string, unknown>;

/**
 * JSON Schemas of named zod schemas, each with its name as `$id`; where one holds another it says `$ref: "<name>#"`.
 * `request`: what may be sent (members with a default may be left out; unknown ones are refused). `response`: what is answered
 * (every member is there; clients ignore ones they do not know, so nothing is said about others).
 */
export function jsonSchemas(
  named: Readonly<Record<string, z.ZodType>>,
  direction: 'request' | 'response',
): JsonSchema[] {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(named)) registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    io: direction === 'request' ? 'input' : 'output',
    uri: (id) => `${id}#`,
    override: ({ zodSchema, jsonSchema }) => {
      if (isTrimmed(zodSchema)) jsonSchema.pattern = wholeLine(jsonSchema.minLength);
    },
  });
  const answered = direction === 'response';
  return Object.entries(schemas).map(([name, { $schema: _dialect, $id: _uri, ...schema }]) => ({
    $id: name,
    ...settled(schema, answered),
  }));
}

/** Limits on what may be written. Answers are ours: without limits, serialising them costs nothing. */
const limits = new Set(['pattern', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum']);

function settled(schema: JsonSchema, answered: boolean): JsonSchema {
  const out: JsonSchema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (answered && (limits.has(keyword) || (keyword === 'additionalProperties' && value === false)))
      continue;
    if (keyword === 'properties') out[keyword] = mapMembers(value as JsonSchema, answered);
    else if (keyword === 'anyOf') out[keyword] = (value as JsonSchema[]).map((s) => settled(s, answered));
    else if (keyword === 'items') out[keyword] = settled(value as JsonSchema, answered);
    else out[keyword] = value;
  }
  return withNullFolded(out);
}

const mapMembers = (members: JsonSchema, answered: boolean): JsonSchema =>
  Object.fromEntries(
    Object.entries(members).map(([name, schema]) => [name, settled(schema as JsonSchema, answered)]),
  );

/** `string or null` as a list of types: one check instead of an attempt at each branch, in validation and in serialisation. */
function withNullFolded(schema: JsonSchema): JsonSchema {
  const { anyOf: branches, ...others } = schema;
  if (!Array.isArray(branches) || branches.length !== 2) return schema;
  const [value, nothing] = branches as [JsonSchema, JsonSchema];
  const foldable = typeof value['type'] === 'string' && value['enum'] === undefined;
  if (nothing['type'] !== 'null' || !foldable) return schema;
  return { ...value, ...others, type: [value['type'], 'null'] };
}

function isTrimmed(schema: z.core.$ZodType): boolean {
  const { def } = schema._zod;
  if (def.type !== 'string') return false;
  const { checks } = def as z.core.$ZodStringDef;
  return checks?.some(({ _zod }) => _zod.def.check === 'overwrite') ?? false;
}

/** As a part of a pattern. By this the pattern of text is known: names may hold none. */
export const controlCharacters = '\\u0000-\\u001f\\u007f-\\u009f';

/** Where zod would trim, the API refuses: what is stored is exactly what was sent. */
function wholeLine(minLength: number | undefined): string {
  const visible = `[^\\s${controlCharacters}]`;
  const some = `${visible}(?:[^${controlCharacters}]*${visible})?`;
  return minLength === undefined || minLength === 0 ? `^(?:${some})?$` : `^${some}$`;
}
