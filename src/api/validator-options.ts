import type { FastifyServerOptions } from 'fastify';

type ValidatorOptions = NonNullable<NonNullable<FastifyServerOptions['ajv']>['customOptions']>;

/** Faults after which a body is read no further: each is an object, and a body can hold one in every second byte. */
const enough = 1_000;

/** How ajv checks what comes in: it tells of all faults, up to a bound, and changes nothing but to fill in defaults. */
export const validatorOptions: ValidatorOptions = {
  allErrors: true,
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: true,
  strict: true,
  allowUnionTypes: true,
  // The schema of each fault, to say what would be right; its data is never looked at.
  verbose: true,
  // A second pass over the code of the validators takes a third of the time they take at start, and gains them nothing.
  code: { optimize: false, process: stoppingEarly },
};

/** The code of a validator, which counts its faults, with an end to it where they are enough: ajv knows the first one or all. */
function stoppingEarly(code: string): string {
  const name = /return function (validate\d+)\(/.exec(code)?.[1];
  if (name === undefined)
    throw new Error('ajv writes validators in another way: see where they count faults');
  return code.replaceAll('errors++;', `if(++errors>=${enough}){${name}.errors=vErrors;return false;}`);
}
