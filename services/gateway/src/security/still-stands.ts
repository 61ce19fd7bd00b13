import { isDeepStrictEqual } from 'node:util';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from './principal.ts';

/**
 * Whether a request that is answered for long would be let in now, as the same caller with the same rights: keys are taken
 * back, tokens expire, desks change. It is taken to be while that cannot be checked.
 */
export async function stillStands(
  { headers, principal }: Pick<FastifyRequest, 'headers' | 'principal'>,
  authenticate: Authenticate,
): Promise<boolean> {
  const found = await authenticate(headers);
  if (found.kind === 'unavailable') return true;
  return found.kind === 'known' && isDeepStrictEqual(found.principal, principal);
}
