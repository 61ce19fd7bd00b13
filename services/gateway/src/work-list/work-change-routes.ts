import { LIVE_STATES, type WorkAnswer, type WorkItem } from '@holdfast/redis';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { HttpApp } from '../http/face.ts';
import { sendProblem } from '../http/problem.ts';
import { callerOf, type WorkCaller } from './work-caller.ts';
import { sendRefusal, WORK_PROBLEMS } from './work-problems.ts';
import type { WorkReadDeps } from './work-read-routes.ts';
import {
  ACTOR_HEADERS,
  AGENT_HEADER,
  CHANGE_ANSWERS,
  CLAIM_BODY,
  CLAIM_NEXT_BODY,
  HAND_OVER_BODY,
  ITEM_PARAMS,
  type ItemParams,
  NO_BODY,
  NOTHING_FREE,
  READ_ANSWERS,
  SNOOZE_BODY,
  WHOLE_ITEM,
} from './work-schemas.ts';
import { ask, type StoreAnswer, type WorkStore } from './work-store.ts';
import { wholeView } from './work-view.ts';

export interface WorkChangeDeps extends WorkReadDeps {
  /** Whether the customer wants to be left alone. Rejects with a problem where he cannot be looked at. */
  isLeftAlone(customerId: string): Promise<boolean>;
}

/** One change of one item, as a route. */
interface Change<B extends z.ZodType> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly body: B;
  /** Asked before anything is changed: undefined where nothing is against it. */
  refusal?(item: WorkItem): Promise<WorkAnswer | undefined>;
  make(work: WorkStore, itemId: string, caller: WorkCaller, body: z.output<B>): Promise<WorkAnswer>;
}

/** Everything that is done with an item but finishing it. */
export function workChangeRoutes(app: HttpApp, deps: WorkChangeDeps): void {
  claimNextRoute(app, deps);
  addChange(app, deps, {
    name: 'claim',
    summary: 'Take an item',
    description:
      'To you alone until the lease ends. Taken again by whoever holds it, it is answered as it is. 409 says until when another has it.',
    body: CLAIM_BODY,
    make: (work, id, { actor }, body) => work.claim([id], actor, leaseMs(body)),
  });
  addChange(app, deps, {
    name: 'renew',
    summary: 'Hold an item longer',
    description: 'From now on for another lease; it never ends sooner than it did.',
    body: CLAIM_BODY,
    make: (work, id, { actor }, body) => work.renew(id, actor, leaseMs(body)),
  });
  addChange(app, deps, {
    name: 'release',
    summary: 'Lay an item down',
    description: 'Back to the pool.',
    body: NO_BODY,
    make: (work, id, { actor }) => work.release(id, actor),
  });
  addChange(app, deps, {
    name: 'snooze',
    summary: 'Put an item to sleep',
    description: 'It comes back at the time given, to you first and then to the pool.',
    body: SNOOZE_BODY,
    make: (work, id, { actor }, { until }) => work.snooze(id, actor, Date.parse(until)),
  });
  addChange(app, deps, {
    name: 'hand-over',
    summary: 'Give an item to another agent or team',
    description: 'With a note. A supervisor may do so with any item that has not ended.',
    body: HAND_OVER_BODY,
    make: (work, id, { actor }, body) => work.handOver(id, actor, body),
  });
  addChange(app, deps, {
    name: 'reopen',
    summary: 'Open an item again',
    description:
      'For somebody else than who ended it, with as long a deadline as it had. 409 `withdrawn`: the customer wants to be left alone.',
    body: NO_BODY,
    // An item that ended before he said so was not withdrawn, and is as little to be made to him again.
    async refusal(item) {
      if (item.kind !== 'contact' || LIVE_STATES.includes(item.state)) return undefined;
      return (await deps.isLeftAlone(item.customerId)) ? { kind: 'withdrawn', item } : undefined;
    },
    make: (work, id, { actor }) => work.reopen(id, actor),
  });
}

function addChange<B extends z.ZodType>(
  app: HttpApp,
  deps: WorkReadDeps,
  { name, summary, description, body, refusal, make }: Change<B>,
) {
  const schema = {
    tags: ['Work list'],
    summary,
    description,
    params: ITEM_PARAMS,
    headers: ACTOR_HEADERS,
    body,
    response: name === 'snooze' ? { ...CHANGE_ANSWERS, 422: CHANGE_ANSWERS[400] } : CHANGE_ANSWERS,
  };
  app.post(`/v1/work-items/:id/${name}`, { schema }, async (request, reply) => {
    const asked = request as FastifyRequest<{ Params: ItemParams }>;
    const found = await itemFor(asked, deps);
    if (found === undefined) return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    const { caller, item } = found;
    await deps.audit(asked, { action: `work-item.${name}`, customerId: item.customerId });
    const refused = (await refusal?.(item)) as StoreAnswer | undefined;
    const answer = refused ?? (await ask(make(deps.work, item.itemId, caller, request.body as z.output<B>)));
    return sendAnswer(reply, answer, caller);
  });
}

function claimNextRoute(app: HttpApp, deps: WorkReadDeps): void {
  const schema = {
    tags: ['Work list'],
    summary: 'Take the most urgent item',
    description:
      'What is kept for you and what is free on the desks whose work you see: by priority, late ones first, then by deadline.',
    headers: AGENT_HEADER,
    body: CLAIM_NEXT_BODY,
    response: { ...READ_ANSWERS, 200: WHOLE_ITEM, 204: NOTHING_FREE },
  };
  app.post('/v1/work-items/claim-next', { schema }, async (request, reply) => {
    const caller = callerOf(request as FastifyRequest, deps.sightOf);
    const { desks, teams, plays, tiers, kind } = request.body;
    const wanted = { desks: desks ?? caller.desks, teams, plays, tiers, kind };
    const query = { ...wanted, agent: caller.agent, ownTeams: caller.teams, sees: caller.sees };
    const answer = await ask(deps.work.claimNext(query, caller.actor, leaseMs(request.body)));
    if (answer.kind === 'absent') return reply.code(204).send(null);
    await deps.audit(request as FastifyRequest, { action: 'work-item.claim', customerId: answer.item.customerId });
    return sendAnswer(reply, answer, caller);
  });
}

/** The item a request is about, where its caller sees it. */
export async function itemFor(
  request: FastifyRequest<{ Params: ItemParams }>,
  { work, sightOf }: Pick<WorkReadDeps, 'work' | 'sightOf'>,
): Promise<{ readonly caller: WorkCaller; readonly item: WorkItem } | undefined> {
  const caller = callerOf(request as FastifyRequest, sightOf);
  const item = await ask(work.read(request.params.id));
  return item !== undefined && caller.seesItem(item) ? { caller, item } : undefined;
}

export function sendAnswer(reply: FastifyReply, answer: StoreAnswer, caller: WorkCaller): FastifyReply {
  switch (answer.kind) {
    case 'done':
    case 'already':
      return reply.header('etag', `"${answer.item.version}"`).send(wholeView(answer.item, caller));
    case 'absent':
      return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    default:
      return sendRefusal(reply, answer, caller);
  }
}

function leaseMs({ leaseSeconds }: { readonly leaseSeconds: number }): number {
  return leaseSeconds * 1_000;
}
