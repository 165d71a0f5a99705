import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Caller, KeysService } from '../admin/ports.ts';
import { AppError } from '../core/error.ts';
import { scopes } from '../schema/record.ts';
import { type ApiContext, needScope } from './context.ts';

/** Who comes in over the Unix socket: the file's permissions are its key. */
const localCaller: Caller = { id: 'local', name: 'local', scopes: new Set(scopes) };
const bearer = /^Bearer ([!-~]{1,512})$/i;

/** Who makes a request; throws `unauthorized` for nobody. `local` holds the connections of the Unix socket, which need no key. */
export function admission(keys: KeysService, local: WeakSet<Socket>): ApiContext['admit'] {
  return (request) =>
    local.has(request.raw.socket) ? localCaller : keyHolder(keys, request.headers.authorization);
}

/**
 * Asks every call for the scope its route declares, before its body is read. A route that declares no scope cannot be
 * registered.
 */
export function authorise(app: FastifyInstance, admit: ApiContext['admit']): void {
  app.decorateRequest('caller', null);
  app.addHook('onRoute', ({ url, config }) => {
    if (config?.scope === undefined) throw new Error(`the route ${url} declares no scope`);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const { scope } = request.routeOptions.config;
    // No scope: no such route. Null: open to all.
    if (scope === undefined || scope === null) {
      done();
      return;
    }
    const caller = admit(request);
    request.caller = caller;
    if (scope === 'local') needSocket(caller);
    else if (scope !== 'any') needScope(caller, scope);
    done();
  });
}

function needSocket(caller: Caller): void {
  if (caller === localCaller) return;
  throw new AppError(
    'forbidden',
    'this is for the postern command on the controller itself, and for no API key',
  );
}

function keyHolder(keys: KeysService, header: string | undefined): Caller {
  const token = bearer.exec(header ?? '')?.[1];
  if (token === undefined) {
    throw new AppError('unauthorized', 'send an API key as Authorization: Bearer <key>');
  }
  const caller = keys.authenticate(token);
  if (caller === null)
    throw new AppError('unauthorized', 'this API key is not known: it may have been removed');
  return caller;
}
