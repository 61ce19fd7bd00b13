import { createHash, randomUUID } from 'node:crypto';
import { CHANNELS } from '@holdfast/telecom';
import { z } from 'zod';
import type { AppendOutcome } from '../events/event-intake.ts';
import type { HttpApp } from '../http/face.ts';
import { PROBLEM, sendProblem } from '../http/problem.ts';
import { CUSTOMER_PARAMS, type LookUp, sendRefusal } from './customer-lookup.ts';
import { COMMON_ANSWERS, CUSTOMER_PROBLEMS, RETRY_AFTER_SECONDS } from './customer-problems.ts';
import type { ConsentEvent } from './tell-consent.ts';

export interface ConsentRouteDeps {
  readonly lookUp: LookUp;
  /** Holds contacts back, or no longer, and appends it; answers when all replicas have it. Never rejects. */
  tellConsent(event: ConsentEvent): Promise<AppendOutcome>;
  nowMs(): number;
}

/** Named by events that come from a desk. */
const SOURCE = 'gateway';

const CONSENT = z.strictObject({
  channel: z.enum(['*', ...CHANNELS]).describe('`*`: every channel'),
  purpose: z.enum(['MARKETING', 'SERVICE', 'PROFILING']).default('MARKETING'),
  granted: z.boolean(),
});

const ANSWER = z.object({
  eventId: z.string(),
  status: z.literal('accepted').describe('It holds from the next decision on; the profile shows it at once'),
});

const SCHEMA = {
  tags: ['Customers'],
  summary: 'What a customer allows, or no longer',
  description:
    'Contacts are held back from the moment of the call, also those on their way. The same `Idempotency-Key` makes the same event.',
  params: CUSTOMER_PARAMS,
  headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
  body: CONSENT,
  response: {
    ...COMMON_ANSWERS,
    202: ANSWER,
    503: PROBLEM.describe('The customer cannot be looked up, the look not be noted, or the log did not take it'),
  },
} as const;

export function consentRoute(app: HttpApp, deps: ConsentRouteDeps): void {
  app.post('/v1/customers/:customerId/consents', { schema: SCHEMA }, async (request, reply) => {
    const { customerId } = request.params;
    const looked = await deps.lookUp(request, { customerId, action: 'customer.consent' });
    if (looked.kind === 'refused') return sendRefusal(reply, looked);
    const eventId = eventIdOf(customerId, request.headers['idempotency-key']);
    const told = { type: 'ConsentChanged', eventId, source: SOURCE, occurredAt: deps.nowMs(), customerId } as const;
    const outcome = await deps.tellConsent({ ...told, ...request.body });
    if (outcome.kind === 'accepted') return reply.code(202).send({ eventId, status: 'accepted' });
    return sendProblem(reply, CUSTOMER_PROBLEMS.notAppended, RETRY_AFTER_SECONDS);
  });
}

function eventIdOf(customerId: string, key: string | undefined): string {
  if (key === undefined) return `consent-${randomUUID()}`;
  return `consent-${createHash('sha256')
    .update(JSON.stringify([customerId, key]))
    .digest('hex')
    .slice(0, 32)}`;
}
