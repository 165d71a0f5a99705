import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import type { AdminService } from '../admin/ports.ts';
import type { Clock } from '../core/clock.ts';
import { componentSchemas, partSchemas } from '../schema/api/catalogue.ts';
import { lazyWriters } from './answer-writer.ts';
import { admission, authorise } from './authorise.ts';
import { answerBrokenRequests } from './broken-request.ts';
import { clashLimit } from './clash-limit.ts';
import type { ApiContext } from './context.ts';
import { acceptJson } from './json-body.ts';
import { describeApi, openapiRoute } from './openapi.ts';
import { answerProblem, answerProblems, instanceOf } from './problem.ts';
import { readQueryValues } from './query-values.ts';
import { routeMaker } from './route.ts';
import { accessRoutes } from './routes/access.ts';
import { confirmationRoutes } from './routes/confirmations.ts';
import { consumerRoutes } from './routes/consumers.ts';
import { credentialRoutes } from './routes/credentials.ts';
import { databaseRoutes } from './routes/database.ts';
import { doorGroupRoutes } from './routes/door-groups.ts';
import { doorRoutes } from './routes/doors.ts';
import { feedRoutes } from './routes/feed.ts';
import { holderRoutes, partitionRoutes } from './routes/holders.ts';
import { importRoutes } from './routes/imports.ts';
import { keyRoutes } from './routes/keys.ts';
import { operationRoutes } from './routes/operations.ts';
import { readerRoutes } from './routes/readers.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { systemRoutes } from './routes/system.ts';
import { tryRoute } from './routes/try.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import { answerUnknownRoutes } from './unknown-route.ts';
import { invalidInput } from './validation.ts';
import { validatorOptions } from './validator-options.ts';
import { waitingRoom } from './waiting-room.ts';

export interface ApiOptions {
  version: string;
  logger: FastifyBaseLogger;
  clock: Clock;
  /** Keyed hash of a request, kept with an idempotency key: a plain hash of a body with a PIN could be turned back. */
  digest(text: string): string;
  /** Connections that come in over the Unix socket: they need no key. */
  local?: WeakSet<Socket>;
}

const second = 1000;

/** The whole API as one Fastify app, not yet listening. */
export function buildApi(service: AdminService, options: ApiOptions): FastifyInstance {
  const app = fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    childLoggerFactory: (logger) => logger,
    genReqId: () => randomUUID(),
    bodyLimit: 1024 * 1024,
    routerOptions: { maxParamLength: 1000 },
    requestTimeout: 30 * second,
    connectionTimeout: 120 * second,
    // Longer than proxies keep theirs (60 s), so that none sends into a connection that is just being closed.
    keepAliveTimeout: 75 * second,
    http: { headersTimeout: 10 * second },
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequests,
    frameworkErrors: answerProblem,
    ajv: { customOptions: validatorOptions },
    schemaErrorFormatter: invalidInput,
    schemaController: { compilersFactory: { buildSerializer: lazyWriters } },
  }) as unknown as FastifyInstance;
  app.server.maxConnections = 512;

  const closing = new AbortController();
  // One for each request that waits: the waiting room bounds them.
  setMaxListeners(0, closing.signal);
  app.addHook('preClose', (done) => {
    closing.abort();
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store').header('x-request-id', instanceOf(request.id));
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    // The route, not the path or query: what people put there is theirs.
    const { method, url } = request.routeOptions;
    const told = {
      request_id: request.id,
      method,
      route: url,
      status: reply.statusCode,
      by: request.caller?.name,
    };
    request.log.debug(told, 'answered');
    // Kept alive, the connection of what was still under way would hold up the closing for as long as its client likes.
    if (closing.signal.aborted) request.raw.socket.destroySoon();
    done();
  });

  const api: ApiContext = {
    service,
    clock: options.clock,
    digest: options.digest,
    clashes: clashLimit(),
    waiting: waitingRoom(),
    admit: admission(service.keys, options.local ?? new WeakSet()),
    route: routeMaker(partSchemas()),
    closing: closing.signal,
  };
  for (const schema of componentSchemas()) app.addSchema(schema);
  acceptJson(app);
  answerProblems(app);
  answerUnknownRoutes(app);
  authorise(app, api.admit);
  readQueryValues(app);
  describeApi(app, options.version);
  void app.register((routes, _options, done) => {
    openapiRoute(routes, api.route);
    for (const add of resources) add(routes, api);
    done();
  });
  return app;
}

/** In the order of the OpenAPI document. */
const resources = [
  systemRoutes,
  databaseRoutes,
  doorRoutes,
  readerRoutes,
  tryRoute,
  userRoutes,
  credentialRoutes,
  accessRoutes,
  doorGroupRoutes,
  scheduleRoutes,
  holderRoutes,
  partitionRoutes,
  confirmationRoutes,
  feedRoutes,
  consumerRoutes,
  webhookRoutes,
  importRoutes,
  operationRoutes,
  keyRoutes,
];
