import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { PROBLEMS, type Problem, sendProblem, wrongRole } from '../http/problem.ts';
import type { Callers } from './callers.ts';
import type { Authenticate, Authentication } from './principal.ts';
import { ACCESS, type Access, PUBLIC } from './roles.ts';

const RETRY_AFTER_SECONDS = 5;

export interface GuardOptions {
  /** In place of `/tmf-api` in the addresses of TM Forum interfaces. */
  readonly tmfPrefix: string;
}

export interface GuardDeps {
  readonly authenticate: Authenticate;
  readonly callers: Callers;
  /** Told of each request that was not let in, by the code of its problem. */
  refused(code: string): void;
}

export const DEFAULT_TMF_PREFIX = '/tmf-api';
/** Asked by probes and Prometheus at their own pace; they are not counted. */
const UNCOUNTED: readonly string[] = ['/livez', '/readyz', '/metrics'];

/** Puts the table of who may do what before every route registered after it. Throws at a route that is not in the table. */
export function guardRoutes(app: FastifyInstance, deps: GuardDeps, options: GuardOptions): void {
  app.decorateRequest('principal', null);
  app.addHook('onRoute', (route) => {
    const isTmf = route.url.startsWith(`${options.tmfPrefix}/`);
    if (isTmf) route.config = { ...route.config, errors: 'tmf' };
    const url = listedAddress(route.url, options.tmfPrefix);
    for (const method of [route.method].flat()) {
      // The answer to a browser's preflight, which brings no key and reaches no handler of ours.
      if (method === 'OPTIONS' && route.url === '*') continue;
      protect(route, accessOf(`${method} ${url}`), deps);
    }
  });
}

/** Throws at a route that is not in the table. */
export function accessOf(route: string): Access {
  const access = ACCESS[route];
  if (access === undefined) throw new Error(`${route} is not in the table of who may use what (security/roles.ts)`);
  return access;
}

/** The address as the table has it. */
export function listedAddress(url: string, tmfPrefix: string): string {
  return url.startsWith(`${tmfPrefix}/`) ? DEFAULT_TMF_PREFIX + url.slice(tmfPrefix.length) : url;
}

function protect(route: RouteOptions, access: Access, deps: GuardDeps): void {
  if (access === PUBLIC && UNCOUNTED.includes(route.url)) return;
  const guard = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = access === PUBLIC ? await overLimit(request, deps) : await admit(request, reply, access, deps);
    if (refusal === undefined) return undefined;
    deps.refused(refusal.problem.code);
    return sendProblem(reply, refusal.problem, refusal.retryAfterSeconds);
  };
  route.onRequest = [guard, ...[route.onRequest ?? []].flat()];
}

interface Refusal {
  readonly problem: Problem;
  readonly retryAfterSeconds?: number;
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  access: Exclude<Access, typeof PUBLIC>,
  deps: GuardDeps,
): Promise<Refusal | undefined> {
  const found = await deps.authenticate(request.headers);
  if (found.kind === 'unavailable') {
    return { problem: PROBLEMS.identityAway, retryAfterSeconds: RETRY_AFTER_SECONDS };
  }
  if (found.kind !== 'known') return refuse(request, reply, found, deps);
  const { principal } = found;
  request.principal = principal;
  const excess = await overLimit(request, deps);
  if (excess) return excess;
  return access.some((role) => principal.roles.includes(role)) ? undefined : { problem: wrongRole(access) };
}

async function overLimit(request: FastifyRequest, { callers }: GuardDeps): Promise<Refusal | undefined> {
  const waitSeconds = await callers.admitted(request);
  return waitSeconds === undefined ? undefined : tooMany(waitSeconds);
}

/** Counted by address, so that trying keys is slow; who has a right one is not held up by a neighbour. */
async function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  found: Exclude<Authentication, { kind: 'known' | 'unavailable' }>,
  { callers }: GuardDeps,
): Promise<Refusal> {
  const waitSeconds = await callers.refused(request);
  if (waitSeconds !== undefined) return tooMany(waitSeconds);
  // RFC 6750, section 3.
  const why = found.kind === 'refused' ? `, error="invalid_token", error_description="${found.detail}"` : '';
  reply.header('www-authenticate', `Bearer realm="holdfast"${why}`);
  return { problem: found.kind === 'refused' ? PROBLEMS.wrongKey : PROBLEMS.noKey };
}

function tooMany(waitSeconds: number): Refusal {
  return { problem: PROBLEMS.tooManyRequests, retryAfterSeconds: waitSeconds };
}
