import { customerPlace } from '@holdfast/telecom';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PROBLEMS, type Problem, sendProblem } from '../http/problem.ts';
import type { Audit } from '../security/audit.ts';
import type { Principal } from '../security/principal.ts';
import type { SightOf } from '../security/sight.ts';
import { CUSTOMER_PROBLEMS, RETRY_AFTER_SECONDS } from './customer-problems.ts';
import type { CustomerReader, KnownCustomer } from './customer-reader.ts';

export interface CustomerLookupDeps {
  readonly reader: Pick<CustomerReader, 'read'>;
  readonly sightOf: SightOf;
  readonly audit: Audit;
  /** What nobody outside is told: why somebody could not be looked up, or a look not be noted. */
  failed(what: 'lookup' | 'audit', error: unknown): void;
  nowMs(): number;
}

export interface Look {
  readonly customerId: string;
  /** As the audit names it. */
  readonly action: string;
}

export type Looked =
  | { readonly kind: 'seen'; readonly customer: KnownCustomer; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly problem: Problem; readonly retryAfterSeconds?: number };

export type LookUp = (request: FastifyRequest, look: Look) => Promise<Looked>;

/** Events have no longer ids. */
export const MAX_CUSTOMER_ID = 128;
export const CUSTOMER_PARAMS = z.object({
  customerId: z.string().min(1).max(MAX_CUSTOMER_ID).describe('The id under which events name the customer'),
});

/**
 * Finds a customer for who may see him, and notes the look before anything of him is shown. Who may not see him is told the
 * same as of somebody who does not exist.
 */
export function createCustomerLookup(deps: CustomerLookupDeps): LookUp {
  return async (request, { customerId, action }) => {
    const { principal } = request;
    if (principal === null) throw new Error('a customer was asked for without a principal');
    const answer = await deps.reader.read(customerId);
    if (answer.kind === 'absent') return { kind: 'refused', problem: CUSTOMER_PROBLEMS.unknown };
    if (answer.kind === 'away') {
      deps.failed('lookup', new Error(answer.why));
      return later(CUSTOMER_PROBLEMS.away);
    }
    const { customer } = answer;
    const place = customerPlace(customerId, customer.state, customer.policy, deps.nowMs());
    if (!deps.sightOf(principal).customer(place)) return { kind: 'refused', problem: CUSTOMER_PROBLEMS.unknown };
    const isNoted = await noted(request, { customerId, action }, deps);
    return isNoted ? { kind: 'seen', customer, principal } : later(PROBLEMS.auditAway);
  };
}

/** Whether the audit has it. */
export async function noted(
  request: FastifyRequest,
  look: Look,
  { audit, failed }: Pick<CustomerLookupDeps, 'audit' | 'failed'>,
): Promise<boolean> {
  try {
    await audit(request, look);
    return true;
  } catch (error) {
    failed('audit', error);
    return false;
  }
}

export function later(problem: Problem): Extract<Looked, { kind: 'refused' }> {
  return { kind: 'refused', problem, retryAfterSeconds: RETRY_AFTER_SECONDS };
}

export function sendRefusal(reply: FastifyReply, refused: Extract<Looked, { kind: 'refused' }>): FastifyReply {
  return sendProblem(reply, refused.problem, refused.retryAfterSeconds);
}
