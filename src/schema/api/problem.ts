import { z } from 'zod';

/** RFC 9457. Some codes add members: `required_scope`, `conflict`, `resolution`, `revision`, `snapshot`. */
export const problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().describe('names this one answer; the log has it too'),
    code: z.string().describe('what to branch on; docs/errors.md explains each'),
    retriable: z.boolean().describe('whether the same request can succeed later'),
    errors: z
      .array(z.object({ pointer: z.string(), detail: z.string() }))
      .describe(
        'one for each fault: a JSON pointer into the body, or `query:name`, `path:name`, `header:name`; and what would be right',
      ),
  })
  .describe('Problem document (RFC 9457)');
