import { LIVE_STATES, WORK_STATES, type WorkQuery, type WorkState } from '@holdfast/redis';
import type { FastifyRequest } from 'fastify';
import type { HttpApp } from '../http/face.ts';
import { PROBLEM, PROBLEMS, type Problem, sendProblem } from '../http/problem.ts';
import type { Audit } from '../security/audit.ts';
import type { SightOf } from '../security/sight.ts';
import { callerOf, type WorkCaller } from './work-caller.ts';
import { WORK_PROBLEMS } from './work-problems.ts';
import {
  AGENT_HEADER,
  ITEM_PAGE,
  ITEM_PARAMS,
  LIST_QUERY,
  type ListQuery,
  READ_ANSWERS,
  WHOLE_ITEM,
} from './work-schemas.ts';
import { ask, type WorkStore } from './work-store.ts';
import { itemView, wholeView } from './work-view.ts';

export interface WorkReadDeps {
  readonly work: WorkStore;
  readonly sightOf: SightOf;
  readonly audit: Audit;
}

const TAGS = ['Work list'];

/** `GET /v1/work-items` and `GET /v1/work-items/{id}`. */
export function workReadRoutes(app: HttpApp, deps: WorkReadDeps): void {
  listRoute(app, deps);
  itemRoute(app, deps);
}

function listRoute(app: HttpApp, { work, sightOf, audit }: WorkReadDeps): void {
  const schema = {
    tags: TAGS,
    summary: 'Look through the work list',
    description:
      'Items of the desks whose work you see, page by page in the order asked for. What an agent is to say is with the item itself.',
    querystring: LIST_QUERY,
    headers: AGENT_HEADER,
    response: { 200: ITEM_PAGE, ...READ_ANSWERS },
  };
  app.get('/v1/work-items', { schema }, async (request, reply) => {
    const caller = callerOf(request, sightOf);
    const read = queryOf(request.query, caller);
    if ('problem' in read) return sendProblem(reply, read.problem);
    const { customerId } = request.query;
    if (customerId !== undefined) await audit(request, { action: 'work-item.list', customerId });
    const { items, next } = await ask(work.search(read.query));
    if (customerId === undefined && items.length > 0) {
      await audit(request, { action: 'work-item.list', customerId: items.map((item) => item.customerId) });
    }
    return reply.send({
      items: items.map((item) => itemView(item, caller)),
      ...(next !== undefined && { next: Buffer.from(next).toString('base64url') }),
    });
  });
}

function itemRoute(app: HttpApp, { work, sightOf, audit }: WorkReadDeps): void {
  const schema = {
    tags: TAGS,
    summary: 'Read an item with what is to be said',
    params: ITEM_PARAMS,
    headers: AGENT_HEADER,
    response: { 200: WHOLE_ITEM, ...READ_ANSWERS, 404: PROBLEM.describe('No such item, or none that you see.') },
  };
  app.get('/v1/work-items/:id', { schema }, async (request, reply) => {
    const caller = callerOf(request as FastifyRequest, sightOf);
    const item = await ask(work.read(request.params.id));
    if (item === undefined || !caller.seesItem(item)) return sendProblem(reply, WORK_PROBLEMS.unknownItem);
    await audit(request as FastifyRequest, { action: 'work-item.read', customerId: item.customerId });
    return reply.header('etag', `"${item.version}"`).send(wholeView(item, caller));
  });
}

type ReadQuery = { readonly query: WorkQuery } | { readonly problem: Problem };

/** Members of the indexes, which a cursor is one of: a sort key of fixed length and an id. */
const CURSOR = /^\d{13,14}:\P{Cc}{1,128}$/u;

function queryOf(asked: ListQuery, caller: WorkCaller): ReadQuery {
  const states = (asked.state?.split(',') ?? LIVE_STATES).filter((state, index, all) => all.indexOf(state) === index);
  const known = WORK_STATES.filter((state) => states.includes(state));
  if (known.length !== states.length) return { problem: WORK_PROBLEMS.badState };
  const isLive = isAllLive(known);
  if (isLive === undefined) return { problem: WORK_PROBLEMS.badState };
  const owner = asked.owner === 'me' ? caller.agent : asked.owner;
  if (owner !== undefined && owner !== caller.agent && !caller.isSupervisor) {
    return { problem: WORK_PROBLEMS.othersWork };
  }
  if (!isLive && (owner !== undefined || asked.late !== undefined)) {
    return { problem: { ...PROBLEMS.badRequest, detail: 'owner and late are of items that have not ended.' } };
  }
  const after = asked.cursor && Buffer.from(asked.cursor, 'base64url').toString();
  if (after !== undefined && !CURSOR.test(after)) return { problem: WORK_PROBLEMS.badCursor };
  // What belongs to him for now he sees, whichever desk it came from.
  const isOwn = owner !== undefined && owner === caller.agent;
  return {
    query: {
      states: known,
      desks: asked.desk,
      teams: asked.team,
      accountManagers: asked.accountManager,
      plays: asked.play,
      tiers: asked.tier,
      kind: asked.kind,
      owner,
      isEscalated: asked.late === undefined ? undefined : true,
      customerId: asked.customerId,
      dueBeforeMs: asked.dueBefore === undefined ? undefined : Date.parse(asked.dueBefore),
      sort: asked.sort,
      after,
      limit: asked.limit,
      sees: isOwn ? () => true : caller.sees,
    },
  };
}

/** Undefined for a mixture, which no index holds. */
function isAllLive(states: readonly WorkState[]): boolean | undefined {
  const live = states.filter((state) => LIVE_STATES.includes(state)).length;
  if (live === states.length) return true;
  return live === 0 ? false : undefined;
}
