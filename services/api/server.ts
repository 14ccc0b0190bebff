import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, { type FastifyReply } from 'fastify';
import { accessCheck } from './access';
import { DEFAULT_LIMITS, timesOf, type ApiContext, type Limits, type Server } from './context';
import { ApiError, apiErrorOf, problemOf, retryAfterOf } from './errors';
import { newMetrics } from './metrics';
import { OPENAPI } from './openapi';
import { addRatings, addViews } from './routes/customers';
import { addEvents } from './routes/events';
import { addGradeChanges } from './routes/grade-changes';
import { addHealth } from './routes/health';

export type ServerOptions = Pick<
  ApiContext,
  'engine' | 'views' | 'tokens' | 'restrictedTokens' | 'report'
> & {
  readonly limits?: Partial<Limits>;
  /** Of the log, by level, where there is one. */
  readonly lines?: ReadonlyMap<string, number> | undefined;
};

/** Customers' names may be long and are encoded. */
const PARAM_LENGTH_MAX = 4_096;
const CLOSE_MS = 2_000;

/** The server, not listening yet. Closing it ends the streams; engine and views are the caller's. */
export async function newServer(options: ServerOptions): Promise<Server> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const times = timesOf(limits);
  const closing = new AbortController();
  const metrics = newMetrics(options.engine, options.lines);
  const context: ApiContext = { ...options, limits, metrics, closing: closing.signal };
  const app: Server = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: times.requestTimeout,
    keepAliveTimeout: times.keepAliveTimeout,
    http: times,
    // of addresses that are none, before there is a route
    frameworkErrors: (_error, _request, reply) => {
      answer(reply, new ApiError('TM_INVALID_REQUEST', 'the address cannot be read; encode it'));
    },
    // requests under way are answered
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
  });
  // Schemas document the answers; they do not filter them.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.addHook('preClose', (done) => {
    closing.abort();
    // a reader that reads nothing cannot be told that it is over
    setTimeout(() => app.server.closeAllConnections(), CLOSE_MS).unref();
    done();
  });
  const mayKnowAll = accessCheck(options.restrictedTokens);
  const isCaller = accessCheck(options.tokens);
  const isAllowed = (authorization: string | undefined): boolean =>
    isCaller(authorization) || mayKnowAll(authorization);
  app.decorateRequest('ratingForm', 'open');
  answerErrors(app, context);
  await app.register(swagger, OPENAPI);
  await app.register(rateLimit, {
    max: limits.requestsPerSecond,
    timeWindow: 1_000,
    errorResponseBuilder: () =>
      new ApiError('TM_TOO_MANY_REQUESTS', 'send more events in each request, and wait'),
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const open = request.routeOptions.config.open === true || request.is404;
    if (mayKnowAll(request.headers.authorization)) request.ratingForm = 'full';
    if (open || isAllowed(request.headers.authorization)) return done();
    done(new ApiError('TM_UNAUTHORIZED', 'send Authorization: Bearer and the token of the server'));
  });
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    if (route !== '/v1/grade-changes') {
      metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    }
    done();
  });
  await app.register((scope, _options, done) => {
    const routes: Server = scope;
    addHealth(routes, context, isAllowed);
    addEvents(routes, context);
    addRatings(routes, context);
    addViews(routes, context);
    addGradeChanges(routes, context);
    done();
  });
  await app.ready();
  return app;
}

/** Every error is a problem (RFC 9457); what is not expected is told to whoever runs the server. */
function answerErrors(app: Server, { report }: ApiContext): void {
  app.setErrorHandler((error, _request, reply) => {
    const known = apiErrorOf(error);
    if (known !== undefined) return answer(reply, known);
    report(`a request failed: ${placesOf(error)}`);
    return answer(reply, new ApiError('TM_INTERNAL', 'the server has noted where it happened'));
  });
  app.setNotFoundHandler((_request, reply) =>
    answer(reply, new ApiError('TM_NOT_FOUND', 'see schemas/openapi.yaml for what there is')),
  );
}

function answer(reply: FastifyReply, error: ApiError): FastifyReply {
  const problem = problemOf(error);
  const retryAfter = retryAfterOf(error.code);
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter);
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Where it happened, without the message: that may hold what a record says. */
const placesOf = (error: unknown): string =>
  error instanceof Error
    ? [error.name, ...(error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))].join(
        '\n',
      )
    : typeof error;
