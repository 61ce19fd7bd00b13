import { LIVE_STATES, type WorkAnswer, type WorkItem } from '@holdfast/redis';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/face.ts';
import { sendProblem } from '../http/problem.ts';
import type { Outcome, OutcomeAnswer, RecordOutcomes } from '../outcomes/outcome.ts';
import { refusalOf } from '../outcomes/outcome-problem.ts';
import type { WorkCaller } from './work-caller.ts';
import { itemFor, sendAnswer } from './work-change-routes.ts';
import { WORK_PROBLEMS } from './work-problems.ts';
import type { WorkReadDeps } from './work-read-routes.ts';
import { ACTOR_HEADERS, CHANGE_ANSWERS, FINISH_BODY, type FinishBody, ITEM_PARAMS } from './work-schemas.ts';
import { ask } from './work-store.ts';

export interface WorkFinishDeps extends WorkReadDeps {
  /** Takes in what became of the contact, as POST /v1/outcomes does. */
  readonly record: RecordOutcomes;
}

const RETRY_AFTER_SECONDS = 2;

/**
 * `POST /v1/work-items/{id}/finish`. The outcome is recorded first, under a name that follows from the item: when the item
 * cannot be ended then, what the customer said is not lost, and finishing again records nothing twice.
 */
export function workFinishRoute(app: HttpApp, deps: WorkFinishDeps): void {
  const schema = {
    tags: ['Work list'],
    summary: 'End an item with its outcome',
    description:
      'For a contact the outcome is recorded as by POST /v1/outcomes; it need not be sent there as well. Sent again it counts once.',
    params: ITEM_PARAMS,
    headers: ACTOR_HEADERS,
    body: FINISH_BODY,
    response: { ...CHANGE_ANSWERS, 422: CHANGE_ANSWERS[400].describe('An outcome that cannot be recorded.') },
  };
  app.post('/v1/work-items/:id/finish', { schema }, async (request, reply) => {
    const found = await itemFor(request, deps);
    if (found === undefined) return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    const { caller, item } = found;
    const { body } = request;
    if (item.kind === 'contact' && body.outcome === 'done') return sendProblem(reply, WORK_PROBLEMS.notForContacts);
    const refused = refusalBefore(item, caller, body);
    // What has ended so before is shown once more: a look of its own, where nothing is recorded.
    if (refused?.kind === 'already') await noteFinish(request as FastifyRequest, item, deps);
    if (refused) return sendAnswer(reply, refused, caller);
    const recorded = await recordedOf(request as FastifyRequest, { item, caller, body }, deps);
    if (recorded !== undefined && recorded.kind !== 'recorded') return sendUnrecorded(reply, recorded);
    return finish(reply, { item, caller, body }, deps);
  });
}

interface Finishing {
  readonly item: WorkItem;
  readonly caller: WorkCaller;
  readonly body: FinishBody;
}

/** What the store would say as well, asked before anything is recorded. */
function refusalBefore(item: WorkItem, { actor, agent, isSupervisor }: WorkCaller, body: FinishBody) {
  // What was withdrawn because the customer wants to be left alone is ended by whoever he said it to.
  const isSaid = item.state === 'withdrawn' && item.outcome === body.outcome;
  const isEnded = !LIVE_STATES.includes(item.state) && !isSaid;
  const isSame = item.state === 'done' && item.outcome === body.outcome && item.agent === agent;
  const isHeld = (item.state === 'claimed' || isSaid) && item.agent === agent;
  const kind = isSame
    ? 'already'
    : isEnded
      ? 'ended'
      : !isHeld && !isSupervisor
        ? 'not-held'
        : actor.version !== undefined && actor.version !== item.version
          ? 'changed'
          : undefined;
  return kind && ({ kind, item } satisfies WorkAnswer);
}

/** Undefined where there is nothing to record: a follow-up is no contact. */
async function recordedOf(
  request: FastifyRequest,
  { item, caller, body }: Finishing,
  { record, ...deps }: WorkFinishDeps,
): Promise<OutcomeAnswer | undefined> {
  const outcome = outcomeOf(item, body);
  if (outcome === undefined) {
    await noteFinish(request, item, deps);
    return undefined;
  }
  const [answer] = await record(
    {
      agent: caller.agent,
      requestKey: `work:${item.itemId}:${item.reopened}`.slice(0, 128),
      sees: (place) => caller.sight.customer(place),
      noteAccess: (customerId) => noteFinish(request, { customerId }, deps),
    },
    [outcome],
  );
  return answer ?? { kind: 'unavailable', message: 'there is no answer for it' };
}

function noteFinish(
  request: FastifyRequest,
  { customerId }: Pick<WorkItem, 'customerId'>,
  { audit }: Pick<WorkFinishDeps, 'audit'>,
): Promise<void> {
  return audit(request, { action: 'work-item.finish', customerId });
}

function outcomeOf({ kind, customerId, contactId }: WorkItem, body: FinishBody): Outcome | undefined {
  const { outcome, reason, until } = body;
  if (outcome === 'done') return undefined;
  if (kind === 'follow-up') return outcome === 'do_not_contact' ? { customerId, outcome } : undefined;
  return { customerId, contactId, outcome, reason, until: until === undefined ? undefined : Date.parse(until) };
}

function sendUnrecorded(reply: FastifyReply, answer: Exclude<OutcomeAnswer, { kind: 'recorded' }>): FastifyReply {
  const { problem, isTransient } = refusalOf(answer);
  return sendProblem(reply, problem, isTransient ? RETRY_AFTER_SECONDS : undefined);
}

async function finish(reply: FastifyReply, { item, caller, body }: Finishing, deps: WorkFinishDeps) {
  const { version: _, ...actor } = caller.actor;
  const answer = await ask(deps.work.finish(item.itemId, actor, body.outcome));
  // The log may have told of the outcome, and a follower ended the item by it, before this came by.
  const isEndedSo = answer.kind === 'ended' && answer.item.outcome === body.outcome;
  return sendAnswer(reply, isEndedSo ? { kind: 'already', item: answer.item } : answer, caller);
}
