import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { validatorOptions } from '../../src/api/validator-options.ts';

/** How many faults the validator of `schema` tells of a body. */
async function faultsOf(schema: object, body: object): Promise<number> {
  let told = 0;
  const app = fastify({
    ajv: { customOptions: validatorOptions },
    schemaErrorFormatter: (faults) => {
      told = faults.length;
      return new Error('refused');
    },
  });
  app.addSchema({ $id: 'Body', ...schema });
  app.post('/', { schema: { body: { $ref: 'Body#' } } }, () => ({}));
  await app.inject({ method: 'POST', url: '/', payload: body });
  return told;
}

const list = { type: 'array', items: { type: 'string' } };

test('all faults are told, but a body that is nothing but faults is read no further after a thousand', async () => {
  expect(await faultsOf(list, [1, 'a', 2])).toBe(2);
  expect(await faultsOf(list, Array(200_000).fill(0))).toBe(1_000);
});

test('nor are the branches of a choice that has none for it', async () => {
  const one = (name: string) => ({ type: 'object', properties: { [name]: {} }, additionalProperties: false });
  const choice = { anyOf: [one('a'), one('b')] };
  const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`x${i}`, 0]));
  expect(await faultsOf(choice, body)).toBe(1_000);
  expect(await faultsOf(choice, { b: 1 })).toBe(0);
});
