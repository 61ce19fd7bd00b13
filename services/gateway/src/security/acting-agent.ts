import type { FastifyRequest } from 'fastify';

const AGENT_HEADER = 'x-holdfast-agent';
const AGENT = /^[A-Za-z0-9._@-]{1,128}$/;

/**
 * Which agent acts: a person himself. A tool's key may say for whom it acts, in `x-holdfast-agent`; what is no name of an
 * agent is not taken for one. Only on routes that are not public.
 */
export function actingAgent(request: FastifyRequest): string {
  const { principal } = request;
  if (principal === null) throw new Error('nobody acts on a public route');
  const named = request.headers[AGENT_HEADER];
  if (principal.kind === 'person' || typeof named !== 'string' || !AGENT.test(named)) return principal.id;
  return named;
}
