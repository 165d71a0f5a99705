import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AdminService } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import { type ApiContext, callerOf } from './context.ts';

const contentType = 'text/event-stream';
const aliveMs = 15_000;
/** Entries in memory for one stream: the next page is read when these have been taken. */
const pageSize = 50;

type FeedPage = Awaited<ReturnType<AdminService['feed']['read']>>;

/** Whether the client asks for server-sent events. */
export function wantsEvents({ headers }: FastifyRequest): boolean {
  return (headers.accept ?? '')
    .split(',')
    .some((type) => type.split(';')[0]?.trim().toLowerCase() === contentType);
}

/**
 * The feed as server-sent events (HTML Living Standard, 9.2): `id` is the cursor right after the entry, `data` the entry. Each 15 s
 * without one there is a comment with the cursor, so that a filter that matches little is resumed where it stood. A slow client
 * is read for no faster than it takes. The stream ends when the caller's key is removed, when the API closes, and when entries
 * it has not been given yet are dropped: the next connection is told so.
 */
export async function answerEvents(
  api: Pick<ApiContext, 'waiting' | 'closing' | 'service' | 'admit'>,
  request: FastifyRequest,
  reply: FastifyReply,
  query: { after: string | null; types: readonly string[] },
): Promise<FastifyReply> {
  const { feed } = api.service;
  const leave = api.waiting.enter(callerOf(request).id);
  if (leave === null) {
    throw new AppError('too_many_requests', 'too many streams are open: close some, or ask for pages', {
      members: { retry_after: 5 },
    });
  }
  const gone = new AbortController();
  const abort = (): void => gone.abort();
  api.closing.addEventListener('abort', abort);
  // Before anything is waited for: who goes meanwhile gives the place back too.
  reply.raw.once('close', () => {
    abort();
    api.closing.removeEventListener('abort', abort);
    leave();
  });
  // Whatever it cannot follow is told by its status, before the stream begins.
  const first = await feed.read({ ...query, limit: pageSize, waitMs: 0 }, gone.signal);
  const pages = async (after: string): Promise<FeedPage | null> => {
    if (gone.signal.aborted || api.closing.aborted || !admitted(api, request)) return null;
    return feed.read({ ...query, after, limit: pageSize, waitMs: aliveMs }, gone.signal).catch(() => null);
  };
  return reply.type(contentType).send(Readable.from(events(first, pages, feed.cursor)));
}

async function* events(
  first: FeedPage,
  next: (after: string) => Promise<FeedPage | null>,
  cursor: (seq: number) => string,
): AsyncGenerator<string> {
  yield 'retry: 2000\n\n';
  for (let page: FeedPage | null = first; page !== null; page = await next(page.cursor)) {
    for (const entry of page.items) yield `id: ${cursor(entry.seq)}\ndata: ${JSON.stringify(entry)}\n\n`;
    if (page.items.length === 0) yield `: alive\nid: ${page.cursor}\n\n`;
  }
}

function admitted(api: Pick<ApiContext, 'admit'>, request: FastifyRequest): boolean {
  try {
    api.admit(request);
    return true;
  } catch {
    return false;
  }
}
