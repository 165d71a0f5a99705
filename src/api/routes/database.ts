import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/error.ts';
import type { ApiContext } from '../context.ts';

/** Entries in one piece of the answer. */
const perPiece = 250;

/**
 * `/v1/database`: all of it as of one commit, for `postern backup`, over the Unix socket only. A line of JSON each: first which store it is
 * and about how many entries it has, then key and value of each entry. PINs and cards are in it as they are stored: sealed.
 */
export function databaseRoutes(app: FastifyInstance, api: ApiContext): void {
  app.get(
    '/v1/database',
    api.route({
      id: 'dump_database',
      tag: 'system',
      summary: 'Everything that is stored, for the postern command',
      scope: 'local',
      answers: {},
    }),
    async (_request, reply) => {
      const { entries, ...about } = api.service.database.dump();
      return reply.type('application/x-ndjson').send(Readable.from(lines(about, entries, api.closing)));
    },
  );
  app.post(
    '/v1/database/accept',
    api.route({
      id: 'accept_database',
      tag: 'system',
      summary: 'Goes on with what is left of a damaged database, for the postern command',
      scope: 'local',
      answers: {},
    }),
    async () => api.service.database.accept(),
  );
}

async function* lines(
  about: object,
  entries: AsyncIterable<readonly [string, string]>,
  closing: AbortSignal,
): AsyncGenerator<string> {
  yield `${JSON.stringify(about)}\n`;
  let piece: string[] = [];
  for await (const entry of entries) {
    // Broken off, not ended: what has come so far is no backup.
    if (closing.aborted) throw new AppError('daemon_unreachable', 'Postern stops: ask again when it is back');
    if (piece.push(`${JSON.stringify(entry)}\n`) < perPiece) continue;
    yield piece.join('');
    piece = [];
  }
  yield piece.join('');
}
