import cors from '@fastify/cors';
import swagger from '@fastify/swagger';
import { type Health, type Logger, type Metrics, opsAnswer } from '@holdfast/observability';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { type CallerLimits, countCallers, DEFAULT_CALLER_LIMITS } from '../security/callers.ts';
import type { Certificate } from '../security/certificate.ts';
import { guardRoutes } from '../security/guard.ts';
import type { Authenticate } from '../security/principal.ts';
import type { HttpApp } from './face.ts';
import { parseJsonBody } from './json-body.ts';
import { answerBrokenRequest, DEFAULT_LIMITS, type HttpLimits, limitedServer, limitRequests } from './limits.ts';
import { completeDocument, OPENAPI } from './openapi.ts';
import { invalidRequest, PROBLEMS, type Problem, ProblemError, sendProblem, tooLarge } from './problem.ts';
import { REQUEST_ID_HEADER, requestId } from './request-id.ts';

export interface HttpAppDeps {
  readonly authenticate: Authenticate;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
  /** Told of each answer, by the pattern of its route. */
  seen(route: string, status: number, tookMs: number): void;
  /** Told of each request that was not let in, by the code of its problem. */
  refused(code: string): void;
}

/** How the port is open to the world; by default plain HTTP, for no browser of another origin. */
export interface HttpExposure {
  readonly certificate?: Certificate;
  /** Origins whose pages may call. */
  readonly corsOrigins?: readonly string[];
  /** Proxies, addresses or networks, whose word about the caller's address counts. */
  readonly trustedProxies?: readonly string[];
  readonly limits?: Partial<HttpLimits>;
  readonly callerLimits?: Partial<CallerLimits>;
}

export interface HttpAppOptions extends HttpExposure {
  readonly tmfPrefix: string;
}

/** Of a parameter in an address, percent-encoded: 128 characters of an id, none of them ASCII. */
const MAX_PARAM_LENGTH = 1_152;
const OPS_PATHS = ['/livez', '/readyz', '/metrics'];
const CORS_MAX_AGE_SECONDS = 600;
const HSTS = 'max-age=31536000';

/** The server with all that holds for every route: who may, headers, error answers, log, figures, the OpenAPI document. */
export async function createHttpApp(deps: HttpAppDeps, options: HttpAppOptions): Promise<HttpApp> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = Fastify({
    serverFactory: limitedServer(limits, options.certificate),
    bodyLimit: limits.bodyBytes,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    logger: false,
    requestIdHeader: false,
    genReqId: requestId,
    clientErrorHandler: answerBrokenRequest,
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  // Response schemas are documentation, held by the contract tests: checking each answer would cost more than making it.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, parseJsonBody);
  await app.register(swagger, {
    openapi: OPENAPI,
    transform: jsonSchemaTransform,
    transformObject: (given) =>
      'openapiObject' in given ? completeDocument(given.openapiObject, options.tmfPrefix) : given.swaggerObject,
  });
  headersOfAnswers(app, options.certificate !== undefined);
  errorAnswers(app, deps.logger);
  requestLog(app, deps);
  limitRequests(app, limits);
  await openToOrigins(app, options.corsOrigins ?? []);
  const callers = await countCallers(app, { ...DEFAULT_CALLER_LIMITS, ...options.callerLimits });
  guardRoutes(app, { authenticate: deps.authenticate, callers, refused: deps.refused }, options);
  opsRoutes(app, deps);
  return app;
}

/** On the raw answer, so that streams, which leave Fastify behind, have them too. */
function headersOfAnswers(app: FastifyInstance, isTls: boolean): void {
  app.addHook('onRequest', (request, { raw }, done) => {
    raw.setHeader(REQUEST_ID_HEADER, request.id);
    raw.setHeader('cache-control', 'no-store');
    raw.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'");
    raw.setHeader('referrer-policy', 'no-referrer');
    raw.setHeader('x-content-type-options', 'nosniff');
    if (isTls) raw.setHeader('strict-transport-security', HSTS);
    done();
  });
}

/** No origin unless it is named. Callers prove who they are by a header, never by a cookie, so no credentials either. */
async function openToOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [REQUEST_ID_HEADER, 'retry-after', 'x-total-count', 'x-result-count', 'location'],
    maxAge: CORS_MAX_AGE_SECONDS,
  });
  app.addHook('onRequest', async (_request, reply) => {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
  });
}

/** Routes by their pattern: an address may hold what must not be logged. */
function requestLog(app: FastifyInstance, { logger, seen }: HttpAppDeps): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const fields = {
      requestId: request.id,
      method: request.method,
      route,
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      ...(request.principal && { caller: request.principal.id }),
    };
    seen(route, reply.statusCode, reply.elapsedTime);
    // A probe that is told "not ready" was answered well.
    if (reply.statusCode >= 500 && !OPS_PATHS.includes(route)) logger.warn(fields, 'request failed');
    else logger.debug(fields, 'request answered');
    done();
  });
}

function errorAnswers(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, PROBLEMS.notFound));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ProblemError) return sendProblem(reply, error.problem, error.retryAfterSeconds);
    const problem = problemOf(error, request);
    if (problem.status >= 500) {
      const fields = { err: error, requestId: request.id, route: request.routeOptions.url };
      logger.error(fields, 'request handler failed');
    }
    return sendProblem(reply, problem);
  });
}

function problemOf(error: FastifyError, request: FastifyRequest): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = error.validation.map(
      ({ instancePath, message }) => `${error.validationContext}${instancePath}: ${message}`,
    );
    return invalidRequest(where.slice(0, 5).join('; '));
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return tooLarge(request.routeOptions.bodyLimit);
  if (status === 415) return PROBLEMS.mediaType;
  return status < 500 ? { ...PROBLEMS.badRequest, status } : PROBLEMS.internal;
}

function opsRoutes(app: HttpApp, deps: HttpAppDeps): void {
  for (const path of OPS_PATHS) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) => {
      const answer = await opsAnswer(path, deps);
      if (answer === undefined) return sendProblem(reply, PROBLEMS.notFound);
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    });
  }
}
