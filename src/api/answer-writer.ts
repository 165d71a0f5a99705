import { build, type Schema } from 'fast-json-stringify';
import type { FastifyServerOptions } from 'fastify';
import type { JsonSchema } from '../schema/json-schema.ts';

type WriterFactory = NonNullable<
  NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>['buildSerializer']
>;

/**
 * Writers of answers for Fastify, one per schema, made when the first such answer is sent. Fastify's own are made at start, each for every
 * route that answers with it and from all schemas there are: that is most of the time the API takes to start.
 */
export const lazyWriters: WriterFactory = (components) => {
  const made = new Map<string, ReturnType<typeof answerWriter>>();
  return ({ schema }) => {
    const name = nameOf((schema as { $ref: string }).$ref);
    return (answer) => {
      let writer = made.get(name);
      if (writer === undefined) {
        writer = answerWriter(name, components as Record<string, JsonSchema>);
        made.set(name, writer);
      }
      return writer(answer);
    };
  };
};

/** What writes answers of the component `name` as JSON: the members of its schema and no others. Throws for a schema it cannot follow. */
export function answerWriter(
  name: string,
  components: Readonly<Record<string, JsonSchema>>,
): (answer: unknown) => string {
  return build(
    { $ref: `${name}#` },
    { schema: closure(name, components) as unknown as Record<string, Schema> },
  );
}

const nameOf = (ref: string): string => ref.slice(0, -'#'.length);

/** The component and all it refers to. */
function closure(name: string, components: Readonly<Record<string, JsonSchema>>): Record<string, JsonSchema> {
  const found: Record<string, JsonSchema> = {};
  const open = [name];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const schema = components[next];
    if (schema === undefined || found[next] !== undefined) continue;
    found[next] = schema;
    for (const [, ref = ''] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)) open.push(nameOf(ref));
  }
  return found;
}
