import { z } from 'zod';
import { accessCreate } from './access.ts';
import { credentialCreate } from './credential.ts';
import { userCreate } from './user.ts';
import { warnings } from './written.ts';

const importUser = userCreate.extend({
  suspended: z.boolean().default(false),
  credentials: z
    .array(credentialCreate.omit({ user_id: true }))
    .max(100)
    .default([]),
  access: z
    .array(accessCreate.omit({ user_id: true }))
    .max(1000)
    .default([]),
});

/** Users with all they have, matched by `external_id`. */
export const importBody = z.strictObject({
  mode: z
    .enum(['merge', 'replace'])
    .default('merge')
    .describe(
      'merge adds and updates; replace also removes every user the list does not hold, and what its users have beyond it',
    ),
  users: z.array(importUser).max(100_000),
});

const outcomes = ['unchanged', 'added', 'updated', 'deleted', 'failed'] as const;
export const importReport = z.object({
  dry_run: z.boolean(),
  resumed_at: z
    .int()
    .nullable()
    .describe(
      'the controller restarted meanwhile, and a repeat went on from this place in `users`: of what lies before, `rows` holds only what failed, at most 200',
    ),
  counts: z.object(
    Object.fromEntries(outcomes.map((o) => [o, z.int()])) as Record<(typeof outcomes)[number], z.ZodInt>,
  ),
  rows: z.array(
    z.object({
      index: z.int().nullable().describe('place in `users`, from 0; null for what the list does not hold'),
      outcome: z.enum(outcomes),
      kind: z.enum(['user', 'credential', 'access']),
      id: z.string().nullable(),
      external_id: z.string().nullable(),
      problem: z
        .object({
          code: z.string(),
          detail: z.string(),
          errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
        })
        .nullable(),
      ...warnings,
    }),
  ),
});
export type ImportReport = z.infer<typeof importReport>;
/** `index`: place of the user in the list, from 0; null for what the list does not hold. */
export type ImportRow = ImportReport['rows'][number];

/** How far an import has come, for whoever goes on with it. `failed`: the first rows that did. */
export interface ImportProgress extends Pick<ImportReport, 'counts'> {
  /** Whether the users that the list does not hold are removed, where they are to be. */
  removed: boolean;
  /** So many users of the list are done. */
  users: number;
  failed: ImportRow[];
}
