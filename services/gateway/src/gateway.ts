import type { AddressInfo } from 'node:net';
import { type Health, type Logger, type Metrics, opsAnswer } from '@holdfast/observability';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { type AlertListeners, type AlertSource, type AlertsRouteOptions, alertsRoute } from './alerts-route.ts';
import { type ApiKey, createKeyRing, presentedKey, type Role } from './api-keys.ts';
import { createEventIntake, type EventIntakeDeps } from './event-intake.ts';
import { eventsRoute } from './events-route.ts';
import { createGatewayMetrics, type GatewayMetrics } from './gateway-metrics.ts';
import { PROBLEMS, type Problem, sendProblem, wrongRole } from './problem.ts';

export interface GatewayDeps {
  readonly intake: Omit<EventIntakeDeps, 'holdFailed'>;
  readonly alerts: AlertSource;
  readonly metrics: Metrics;
  readonly health: Health;
  readonly logger: Logger;
}

export interface GatewayOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly keys: readonly ApiKey[];
  readonly alerts: AlertsRouteOptions;
}

export interface Gateway {
  /** Listens; answers the port. */
  start(): Promise<number>;
  /** Ends the alert streams, finishes requests under way. */
  close(): Promise<void>;
}

const BODY_LIMIT_BYTES = 1_048_576;
const REQUEST_TIMEOUT_MS = 30_000;
const OPS_PATHS = ['/livez', '/readyz', '/metrics'];

/** Every HTTP face of the product on one port. */
export function createGateway(deps: GatewayDeps, options: GatewayOptions): Gateway {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    logger: false,
  });
  const seen = createGatewayMetrics(deps.metrics);
  const roleOf = createKeyRing(options.keys);
  securityHeaders(app);
  requestLog(app, deps.logger, seen);
  errorAnswers(app, deps.logger);
  opsRoutes(app, deps);
  app.register(async (scope) => {
    guard(scope, roleOf, 'producer');
    const take = createEventIntake({
      ...deps.intake,
      holdFailed: (error) => deps.logger.warn({ err: error }, 'consent hold not set'),
    });
    eventsRoute(scope, { take, counted: seen.event });
  });
  let listeners: AlertListeners | undefined;
  app.register(async (scope) => {
    guard(scope, roleOf, 'agent');
    listeners = alertsRoute(scope, { source: deps.alerts, ended: seen.listenerEnded }, options.alerts);
  });
  seen.watchListeners(() => listeners?.count() ?? 0);
  return {
    async start() {
      await app.listen({ host: options.host, port: options.port });
      return (app.server.address() as AddressInfo).port;
    },
    async close() {
      listeners?.close();
      await app.close();
    },
  };
}

function guard(scope: FastifyInstance, roleOf: (key: string) => Role | undefined, needed: Role): void {
  scope.addHook('onRequest', async (request, reply) => {
    const problem = refusal(request, roleOf, needed);
    if (problem === undefined) return;
    if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="holdfast"');
    return sendProblem(reply, problem);
  });
}

function refusal(
  request: FastifyRequest,
  roleOf: (key: string) => Role | undefined,
  needed: Role,
): Problem | undefined {
  const key = presentedKey(request.headers);
  if (key === undefined) return PROBLEMS.noKey;
  const role = roleOf(key);
  if (role === undefined) return PROBLEMS.wrongKey;
  return role === needed ? undefined : wrongRole(needed);
}

function securityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });
}

/** Routes by their pattern: an address may hold what must not be logged. */
function requestLog(app: FastifyInstance, logger: Logger, seen: GatewayMetrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const fields = { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) };
    seen.request(route, reply.statusCode, reply.elapsedTime);
    // A probe that is told "not ready" was answered well.
    if (reply.statusCode >= 500 && !OPS_PATHS.includes(route)) logger.warn(fields, 'request failed');
    else logger.debug(fields, 'request answered');
  });
}

function errorAnswers(app: FastifyInstance, logger: Logger): void {
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, PROBLEMS.notFound));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error({ err: error, route: request.routeOptions.url }, 'request handler failed');
    return sendProblem(reply, problem);
  });
}

function problemOf(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  if (status === 413) return PROBLEMS.tooLarge;
  if (status === 415) return PROBLEMS.mediaType;
  if (status === 400 && (error instanceof SyntaxError || /JSON/.test(error.code ?? ''))) return PROBLEMS.notJson;
  return status < 500 ? { ...PROBLEMS.badRequest, status } : PROBLEMS.internal;
}

function opsRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  for (const path of OPS_PATHS) {
    app.get(path, async (_request, reply) => {
      const answer = await opsAnswer(path, deps);
      if (answer === undefined) return sendProblem(reply, PROBLEMS.notFound);
      return reply.code(answer.status).type(answer.contentType).send(answer.body);
    });
  }
}
