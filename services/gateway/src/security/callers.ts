import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';

export interface CallerLimits {
  /** Requests a second of one key or person; of one address on public routes. */
  readonly perCaller: number;
  /** Requests a second from one address with no key, or a wrong one, before it is told to wait. */
  readonly refusedPerAddress: number;
}

export const DEFAULT_CALLER_LIMITS: CallerLimits = { perCaller: 5_000, refusedPerAddress: 50 };

/** Counts a request. Answers the seconds to wait when it is one too many, else undefined. */
export type CountRequest = (request: FastifyRequest) => Promise<number | undefined>;

export interface Callers {
  readonly admitted: CountRequest;
  readonly refused: CountRequest;
}

const WINDOW_MS = 1_000;
/** Callers remembered at a time; the one longest unseen is forgotten. */
const MAX_CALLERS = 20_000;

/** Counts requests by who sent them. Each gateway counts for itself. */
export async function countCallers(app: FastifyInstance, limits: CallerLimits): Promise<Callers> {
  await app.register(rateLimit, { global: false, cache: MAX_CALLERS, timeWindow: WINDOW_MS });
  const counter = (max: number, keyGenerator: (request: FastifyRequest) => string): CountRequest => {
    const count = app.createRateLimit({ max, timeWindow: WINDOW_MS, keyGenerator });
    return async (request) => {
      const counted = await count(request);
      return counted.isAllowed || !counted.isExceeded ? undefined : Math.max(1, counted.ttlInSeconds);
    };
  };
  return {
    admitted: counter(limits.perCaller, callerOf),
    refused: counter(limits.refusedPerAddress, ({ ip }) => normalizeIP(ip)),
  };
}

function callerOf({ principal, ip }: FastifyRequest): string {
  // A network of IPv6 counts as one: whoever has it has all its addresses.
  return principal ? `${principal.kind} ${principal.id}` : `address ${normalizeIP(ip)}`;
}
