import type { FastifyInstance } from 'fastify';
import type { Caller, ImportUser } from '../../admin/ports.ts';
import { Secret } from '../../core/secret.ts';
import type { ImportProgress, ImportReport } from '../../schema/api/import.ts';
import type { ApiContext } from '../context.ts';
import { countGuess, refuseGuesser } from '../guess-guard.ts';
import { resumeOnce } from '../resumed-request.ts';
import { writeOptions } from '../write-request.ts';
import type { CredentialBody } from './credentials.ts';

interface ImportBody {
  mode: 'merge' | 'replace';
  users: (Omit<ImportUser, 'credentials'> & { credentials: Omit<CredentialBody, 'user_id'>[] })[];
}

/** Bytes; room for 100,000 users. */
const largestImport = 32 * 1024 * 1024;

/** `POST /v1/imports`: many users with all they have. */
export function importRoutes(app: FastifyInstance, api: ApiContext): void {
  const { imports } = api.service;
  app.post<{ Body: ImportBody }>(
    '/v1/imports',
    api.route({
      id: 'import_users',
      tag: 'imports',
      summary: 'Adds and updates users by external_id; answers an operation, in a dry run the report at once',
      scope: 'imports:write',
      query: 'WriteQuery',
      headers: 'IdempotencyHeaders',
      body: 'ImportBody',
      bodyLimit: largestImport,
      answers: { 200: 'ImportReport', 202: 'Operation' },
    }),
    async (request, reply) => {
      const write = writeOptions(request);
      const { mode } = request.body;
      refuseGuesser(api, write.caller);
      const users = request.body.users.map(wrapped);
      const run = async (course?: Parameters<typeof imports.run>[3]) => {
        const report = await imports.run(users, mode, write, course);
        countClashes(api, write.caller, report);
        return report;
      };
      if (write.dry_run) return run();
      return resumeOnce<ImportProgress>(api, request, reply, 'import', (from, reached) =>
        run({ from, reached }),
      );
    },
  );
}

function wrapped({ credentials, ...user }: ImportBody['users'][number]): ImportUser {
  return {
    ...user,
    credentials: credentials.map(({ value, ...fields }) => ({ ...fields, value: new Secret(value) })),
  };
}

/** An import tells of clashes row by row: each counts. */
function countClashes(api: ApiContext, caller: Caller, report: ImportReport): void {
  for (const { problem } of report.rows) {
    if (problem?.code === 'pin_in_use' || problem?.code === 'card_in_use') countGuess(api, caller);
  }
}
