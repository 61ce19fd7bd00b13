import type { FastifyRequest } from 'fastify';
import { actingAgent } from '../security/acting-agent.ts';
import type { Audit } from '../security/audit.ts';
import type { Principal } from '../security/principal.ts';
import type { SightOf } from '../security/sight.ts';
import type { Asker } from './recommending.ts';

export interface AskerDeps {
  readonly sightOf: SightOf;
  readonly audit: Audit;
}

export function askerOf(request: FastifyRequest, { sightOf, audit }: AskerDeps): Asker {
  return {
    agent: actingAgent(request),
    sight: sightOf(principalOf(request)),
    audit: (action, customerId) => audit(request, { action, customerId }),
  };
}

/** Supervisors see what others asked for, as far as they see the customer. */
export function seesAll(request: FastifyRequest): boolean {
  return principalOf(request).roles.includes('supervisor');
}

function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new Error('a recommendation was reached without a principal');
  return principal;
}
