import type { FastifyRequest } from 'fastify';
import type { AdminService, Caller } from '../admin/ports.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/error.ts';
import type { Scope } from '../schema/record.ts';
import type { ClashLimit } from './clash-limit.ts';
import type { RouteMaker, RouteScope } from './route.ts';
import type { WaitingRoom } from './waiting-room.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that ask nobody. */
    caller: Caller | null;
  }
  interface FastifyContextConfig {
    scope?: RouteScope;
    bodyOptional?: boolean;
  }
}

/** What the routes work with. */
export interface ApiContext {
  service: AdminService;
  clock: Clock;
  /** Keyed hash: of a request that holds a short PIN, a plain one could be turned back. */
  digest(text: string): string;
  clashes: ClashLimit;
  waiting: WaitingRoom;
  /** Asks again who makes a request that goes on for long: a key may be removed meanwhile. */
  admit(request: FastifyRequest): Caller;
  route: RouteMaker;
  /** Aborted when the API closes: ends what waits. */
  closing: AbortSignal;
}

/** The caller of a route that asks for a scope. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null) throw new AppError('unauthorized', 'this call needs an API key');
  return request.caller;
}

/** Refuses with `forbidden`, naming the scope. */
export function needScope(caller: Caller, scope: Scope): void {
  if (caller.scopes.has(scope)) return;
  throw new AppError('forbidden', `this API key lacks the scope ${scope}`, {
    members: { required_scope: scope },
  });
}
