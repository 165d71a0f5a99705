import { describe, expect, it } from 'vitest';
import { answerWriter } from '../../src/api/answer-writer.ts';
import { componentSchemas } from '../../src/schema/api/catalogue.ts';
import type { JsonSchema } from '../../src/schema/json-schema.ts';

const components = Object.fromEntries(componentSchemas().map((schema) => [String(schema['$id']), schema]));

describe('the writer of an answer', () => {
  it('can be made for every schema, though it is made only when a first answer is sent', () => {
    for (const name of Object.keys(components))
      expect(() => answerWriter(name, components), name).not.toThrow();
  });

  it('writes the members of the schema and those it refers to, and no others', () => {
    const schemas: Record<string, JsonSchema> = {
      Inner: { $id: 'Inner', type: 'object', properties: { n: { type: 'integer' } } },
      Outer: { $id: 'Outer', type: 'object', properties: { inner: { $ref: 'Inner#' } } },
    };
    const write = answerWriter('Outer', schemas);
    expect(write({ inner: { n: 1, secret: 's' }, secret: 's' })).toBe('{"inner":{"n":1}}');
  });
});
