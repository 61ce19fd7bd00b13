import { randomUUID } from 'node:crypto';
import type { NewWorkItem, WorkPlaceFacts } from '@holdfast/redis';
import type { FastifyRequest } from 'fastify';
import { type LookUp, sendRefusal } from '../customers/customer-lookup.ts';
import type { HttpApp } from '../http/face.ts';
import { PROBLEM, sendProblem } from '../http/problem.ts';
import { isBoundToDesks } from '../security/principal.ts';
import { callerOf } from './work-caller.ts';
import { WORK_PROBLEMS } from './work-problems.ts';
import type { WorkReadDeps } from './work-read-routes.ts';
import { AGENT_HEADER, FOLLOW_UP_BODY, type FollowUpBody, READ_ANSWERS, WHOLE_ITEM } from './work-schemas.ts';
import { ask } from './work-store.ts';
import { wholeView } from './work-view.ts';

export interface WorkFollowUpDeps extends WorkReadDeps {
  /** Finds a customer for who may see him, and notes the look. */
  readonly lookUp: LookUp;
}

/** Beyond its deadline a follow-up is of interest for so long. */
export const FOLLOW_UP_LIFE_MS = 30 * 24 * 3_600_000;
/** How long a follow-up is kept for the agent it is for, before the pool has it. */
const AGENT_FIRST_MS = 3_600_000;

/**
 * `POST /v1/work-items`: somebody is to call a customer again. Who is bound to desks opens one for customers he sees; who sees
 * everybody may open one for somebody that no event has told of yet.
 */
export function workFollowUpRoute(app: HttpApp, deps: WorkFollowUpDeps): void {
  const schema = {
    tags: ['Work list'],
    summary: 'Open a follow-up',
    description: 'Somebody is to call the customer again. Opened again under the same id it is answered as it is.',
    headers: AGENT_HEADER,
    body: FOLLOW_UP_BODY,
    response: {
      ...READ_ANSWERS,
      200: WHOLE_ITEM.describe('It was opened before.'),
      201: WHOLE_ITEM,
      404: PROBLEM.describe('Nobody you see has this id, or the follow-up of this id is another customer’s.'),
      415: PROBLEM,
    },
  };
  app.post('/v1/work-items', { schema }, async (request, reply) => {
    const caller = callerOf(request as FastifyRequest, deps.sightOf);
    const { body } = request;
    const place = { desk: body.desk ?? caller.desks?.[0] ?? '', team: body.team ?? '', accountManager: '' };
    if (!caller.sees(place)) return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    const look = { action: 'work-item.create', customerId: body.customerId };
    if (isBoundToDesks(request.principal)) {
      const looked = await deps.lookUp(request as FastifyRequest, look);
      if (looked.kind === 'refused') return sendRefusal(reply, looked);
    } else await deps.audit(request as FastifyRequest, look);
    const answer = await ask(deps.work.open(followUpOf(body, place), caller.agent));
    if (answer.kind === 'absent') throw new Error('an item that was opened is not there');
    const isOthers = answer.kind === 'already' && !isSame(answer.item.customerId, body, caller.seesItem(answer.item));
    if (isOthers) return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    return reply
      .code(answer.kind === 'done' ? 201 : 200)
      .header('etag', `"${answer.item.version}"`)
      .send(wholeView(answer.item, caller));
  });
}

function isSame(customerId: string, body: FollowUpBody, isSeen: boolean): boolean {
  return isSeen && customerId === body.customerId;
}

function followUpOf(body: FollowUpBody, place: Pick<WorkPlaceFacts, 'desk' | 'team'>): NewWorkItem {
  const id = body.followUpId ?? `f-${randomUUID()}`;
  const dueAt = Date.parse(body.dueAt);
  return {
    itemId: id,
    kind: 'follow-up',
    followUpId: id,
    customerId: body.customerId,
    dueAt,
    endsAt: Math.max(dueAt, Date.now()) + FOLLOW_UP_LIFE_MS,
    priority: body.priority,
    desk: place.desk,
    team: place.team,
    topics: body.topics,
    note: body.note,
    isAnnounced: true,
    ...(body.agent !== undefined && { owner: body.agent, ownForMs: AGENT_FIRST_MS }),
  };
}
