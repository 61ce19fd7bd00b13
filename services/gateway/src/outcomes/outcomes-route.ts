import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Face, HttpApp } from '../http/face.ts';
import { oneOrListCompiler } from '../http/one-or-list.ts';
import { type Problem, sendProblem } from '../http/problem.ts';
import { actingAgent } from '../security/acting-agent.ts';
import type { Audit } from '../security/audit.ts';
import type { SightOf } from '../security/sight.ts';
import type { Outcome, OutcomeAnswer, OutcomeCaller, RecordOutcomes } from './outcome.ts';
import { refusalOf } from './outcome-problem.ts';
import { OUTCOME, OUTCOME_ANSWERS, OUTCOME_HEADERS, OUTCOME_LIST, type OutcomeBody } from './outcome-schema.ts';

export interface OutcomesDeps {
  readonly record: RecordOutcomes;
  readonly sightOf: SightOf;
  readonly audit: Audit;
}

const RETRY_AFTER_SECONDS = 2;
/** A hundred outcomes, each with all that it may say. */
const BODY_LIMIT_BYTES = 128 * 1024;

/** `POST /v1/outcomes`: what became of contacts, one or a list. */
export function outcomesFace(deps: OutcomesDeps): Face {
  return { name: 'outcomes', routes: (app) => outcomesRoute(app, deps) };
}

function outcomesRoute(app: HttpApp, deps: OutcomesDeps): void {
  app.post(
    '/v1/outcomes',
    {
      schema: {
        tags: ['Outcomes'],
        summary: 'Say what became of a contact',
        description:
          'What an agent made of an alert, an item of the work list or a recommendation; one outcome, or a list of at most 100. ' +
          'An outcome given again under the same name counts once.',
        headers: OUTCOME_HEADERS,
        body: z.union([OUTCOME, OUTCOME_LIST]),
        response: OUTCOME_ANSWERS,
      },
      bodyLimit: BODY_LIMIT_BYTES,
      validatorCompiler: oneOrListCompiler(OUTCOME, OUTCOME_LIST),
    },
    async (request, reply) => {
      const { body } = request;
      const outcomes = [body].flat().map(outcomeOf);
      const answers = await deps.record(callerOf(request, request.headers['idempotency-key'], deps), outcomes);
      return Array.isArray(body) ? answerList(reply, outcomes, answers) : answerOne(reply, outcomes[0], answers[0]);
    },
  );
}

/** Who hands outcomes over by a request, whichever route it came to. */
export function callerOf(
  request: FastifyRequest,
  requestKey: string | undefined,
  { sightOf, audit }: Pick<OutcomesDeps, 'sightOf' | 'audit'>,
): OutcomeCaller {
  const { principal } = request;
  if (principal === null) throw new Error('outcomes are not taken on a public route');
  return {
    agent: actingAgent(request),
    requestKey,
    sees: (place) => sightOf(principal).customer(place),
    noteAccess: (customerId) => audit(request, { action: 'outcome.create', customerId }),
  };
}

function outcomeOf(body: OutcomeBody): Outcome {
  const { occurredAt, ...rest } = body;
  const until = 'until' in body && body.until !== undefined ? Date.parse(body.until) : undefined;
  return { ...rest, occurredAt: occurredAt === undefined ? undefined : Date.parse(occurredAt), until };
}

function answerOne(reply: FastifyReply, outcome: Outcome | undefined, answer: OutcomeAnswer | undefined): FastifyReply {
  if (outcome === undefined || answer === undefined) throw new Error('an outcome was taken without an answer');
  if (answer.kind === 'recorded') return reply.code(202).send(resultOf(outcome, answer));
  const { problem, isTransient } = refusalOf(answer);
  return sendProblem(reply, problem, isTransient ? RETRY_AFTER_SECONDS : undefined);
}

function answerList(
  reply: FastifyReply,
  outcomes: readonly Outcome[],
  answers: readonly OutcomeAnswer[],
): FastifyReply {
  const isAway = answers.some(({ kind }) => kind === 'unavailable');
  if (isAway) reply.header('retry-after', String(RETRY_AFTER_SECONDS));
  const results = outcomes.map((outcome, index) => resultOf(outcome, answers[index] ?? LOST));
  return reply.code(200).send(results);
}

const LOST: OutcomeAnswer = { kind: 'unavailable', message: 'there is no answer for it' };

function resultOf({ customerId, contactId, outcome }: Outcome, answer: OutcomeAnswer) {
  const echo = { customerId, ...(contactId === undefined ? {} : { contactId }), outcome };
  if (answer.kind === 'recorded') {
    const { occurredAt, events } = answer;
    return { ...echo, status: 'recorded', occurredAt: new Date(occurredAt).toISOString(), events };
  }
  const { problem, isTransient } = refusalOf(answer);
  return { ...echo, status: isTransient ? 'unavailable' : 'rejected', error: errorOf(problem) };
}

function errorOf({ code, title, detail }: Problem) {
  return { code, message: `${title}. ${detail}` };
}
