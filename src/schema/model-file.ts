import { z } from 'zod';
import type { LockModel } from '../core/site.ts';
import { line, whole } from './leaf.ts';
import { siteName } from './site-file.ts';

const address = () => whole(0, 65_535);

/** A file of `config/models`: the register map of a relay board. Its members are those of `LockModel`. */
export const modelFile = z.strictObject({
  kind: z.literal('relay_board', { error: '"relay_board"' }),
  name: siteName,
  title: line('a title for people'),
  relays: whole(1, 256),
  inputs: whole(0, 256),
  first_coil: address(),
  first_input: address(),
  timed: z
    .strictObject({ first_register: address(), unit_ms: whole(1, 60_000), max: whole(1, 65_535) })
    .optional(),
  reply_timeout_ms: whole(10, 10_000),
});

/** The model as the rest of the program knows it. */
export function lockModelOf({ kind: _, timed, ...model }: z.output<typeof modelFile>): LockModel {
  return { ...model, timed: timed ?? null };
}
