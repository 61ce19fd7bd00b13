import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CUSTOMER_PROBLEMS } from '../customers/customer-problems.ts';
import type { HttpApp } from '../http/face.ts';
import { PROBLEM, sendProblem } from '../http/problem.ts';
import { type AskerDeps, askerOf } from './asker.ts';
import { AWAY, RETRY_AFTER_SECONDS } from './recommendation-problems.ts';
import { QUESTION, RECOMMENDATION } from './recommendation-schema.ts';
import type { RecommendationAnswer, Recommending } from './recommending.ts';

export interface RecommendationRouteDeps extends AskerDeps {
  readonly recommending: Pick<Recommending, 'recommend'>;
  /** Told what came of each request. */
  answered(answer: RecommendationAnswer): void;
}

/** Requests are small; what is larger is none. */
export const BODY_LIMIT_BYTES = 65_536;

const SCHEMA = {
  tags: ['Recommendations'],
  summary: 'Ask what to offer a customer who is there',
  description:
    'The decision is the one that triggers lead to, on the state that his shard committed last and what was told here since. Nothing ' +
    'is reserved: hand back what came of it as outcomes under the contact id. An open complaint, or a reason that says complaint or ' +
    'fault, is answered with care instead of offers.',
  body: QUESTION,
  response: {
    200: RECOMMENDATION,
    400: PROBLEM.describe('The request breaks its contract'),
    404: PROBLEM.describe('There is no such customer, or he is not yours to see'),
    503: PROBLEM.describe('Customers cannot be looked at now'),
  },
} as const;

/** `POST /v1/recommendations`, for tools that do not speak TM Forum. */
export function recommendationRoute(app: HttpApp, deps: RecommendationRouteDeps): void {
  const serve = async (request: FastifyRequest<{ Body: z.output<typeof QUESTION> }>, reply: FastifyReply) => {
    const { maximum, includeLost, reason = '', ...asked } = request.body;
    const question = { ...asked, reason, most: maximum, isWithLost: includeLost };
    const answer = await deps.recommending.recommend(randomUUID(), question, askerOf(request, deps));
    deps.answered(answer);
    switch (answer.kind) {
      case 'absent':
        return sendProblem(reply, CUSTOMER_PROBLEMS.unknown);
      case 'away':
        return sendProblem(reply, AWAY, RETRY_AFTER_SECONDS);
      case 'recommended':
        return reply.send({ id: answer.given.id, ...answer.given.recommendation });
    }
  };
  app.post('/v1/recommendations', { schema: SCHEMA, bodyLimit: BODY_LIMIT_BYTES }, serve);
}
