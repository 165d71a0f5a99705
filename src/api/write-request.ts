import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WriteOptions, Written } from '../admin/ports.ts';
import { callerOf } from './context.ts';

/** What a write's query and headers say. */
export function writeOptions(request: FastifyRequest): WriteOptions {
  const { dry_run, if_armed } = request.query as Pick<WriteOptions, 'if_armed'> & { dry_run?: boolean };
  const revision = /"(\d+)"/.exec(request.headers['if-match'] ?? '')?.[1];
  return {
    caller: callerOf(request),
    dry_run: dry_run ?? false,
    if_match: revision === undefined ? null : Number(revision),
    if_armed: if_armed ?? 'keep',
  };
}

/** The answer to a write: the object, with what became of it. 201 when it was made. */
export function answerWritten<T extends object>(
  reply: FastifyReply,
  { object, created, ...became }: Written<T>,
  { dry_run }: WriteOptions,
): T & Became & { dry_run: boolean } {
  reply.code(created && !dry_run ? 201 : 200);
  return { ...object, ...answerRemoved(became, dry_run) };
}

type Became = Omit<Written<unknown>, 'object' | 'created'>;

/** What became of a write, without an object. */
export function answerRemoved(
  { applied, sync, warnings, plan }: Became,
  dry_run: boolean,
): Became & { dry_run: boolean } {
  return {
    applied,
    dry_run,
    ...(warnings === undefined ? {} : { warnings }),
    ...(sync === undefined ? {} : { sync }),
    ...(plan === undefined ? {} : { plan }),
  };
}

/** `ETag` of an object that is stored. */
export function tag(reply: FastifyReply, { revision }: { revision: number }): void {
  reply.header('etag', `"${revision}"`);
}
