import type { WorkItem, WorkRefusal } from '@holdfast/redis';
import type { FastifyReply } from 'fastify';
import { isoOf } from '../http/instant-text.ts';
import { PROBLEM_TYPE, type Problem, problemBody, sendProblem } from '../http/problem.ts';
import type { Viewer } from './work-view.ts';

export const WORK_PROBLEMS = {
  unknownItem: {
    status: 404,
    code: 'unknown-work-item',
    title: 'There is no such item',
    detail: 'Check its id, and whether it is of a desk whose work you see; ended items are kept for 30 days.',
  },
  away: {
    status: 503,
    code: 'work-list-away',
    title: 'The work list cannot be reached now',
    detail: 'Try again later; a change that was made is not made twice.',
  },
  full: {
    status: 503,
    code: 'work-list-full',
    title: 'The work list waits for the log',
    detail:
      'Try again after Retry-After: nothing was changed. Too many changes wait to be told; whoever runs this gateway sees why.',
  },
  badCursor: {
    status: 400,
    code: 'bad-cursor',
    title: 'The cursor is none of this list',
    detail: 'Send the `next` of the page before, with the same filters and sort, or leave it out.',
  },
  badState: {
    status: 400,
    code: 'bad-state',
    title: 'These states cannot be listed together',
    detail: 'Ask for some of open, claimed, snoozed, or for some of done, expired, withdrawn.',
  },
  othersWork: {
    status: 403,
    code: 'others-work',
    title: 'Whose work another agent has is for supervisors',
    detail: 'Ask with owner=me.',
  },
  notForContacts: {
    status: 422,
    code: 'wrong-outcome',
    title: 'A contact does not end like this',
    detail: 'Send one of the outcomes of POST /v1/outcomes; done is for follow-ups.',
  },
  notNow: {
    status: 422,
    code: 'bad-time',
    title: 'It cannot sleep until then',
    detail: 'Send a time in the future, before the item ends.',
  },
} as const satisfies Record<string, Problem>;

const CONFLICTS: Readonly<Record<Exclude<WorkRefusal, 'changed' | 'too-late'>, Problem>> = {
  held: {
    status: 409,
    code: 'held',
    title: 'Somebody else holds it',
    detail: 'Take another item, or this one when it is laid down; `until` is when his lease ends.',
  },
  reserved: {
    status: 409,
    code: 'reserved',
    title: 'It is kept for somebody else',
    detail: 'Take another item; it comes to the pool by itself.',
  },
  'not-held': {
    status: 409,
    code: 'not-held',
    title: 'You do not hold it',
    detail: 'Claim it first; a lease that is not renewed ends.',
  },
  ended: {
    status: 409,
    code: 'ended',
    title: 'It has ended',
    detail: 'Read the item for its outcome; a supervisor can open it again unless it was withdrawn.',
  },
  live: {
    status: 409,
    code: 'not-ended',
    title: 'It has not ended',
    detail: 'Only an item that is done or has expired can be opened again.',
  },
  withdrawn: {
    status: 409,
    code: 'withdrawn',
    title: 'The customer wants to be left alone',
    detail:
      'No offer is made to him, so the item stays ended. If he is to be called about something else, open a follow-up; once he may be contacted again, what is decided then opens an item of its own.',
  },
};

const CHANGED: Problem = {
  status: 412,
  code: 'changed',
  title: 'It has changed since the version you sent',
  detail: 'Read the item again and decide anew.',
};

/** Why a change was not made. Who holds an item is told to supervisors alone, until when to everybody. */
export function sendRefusal(
  reply: FastifyReply,
  { kind, item }: { readonly kind: WorkRefusal; readonly item: WorkItem },
  viewer: Viewer,
): FastifyReply {
  if (kind === 'changed') return sendProblem(reply, CHANGED);
  if (kind === 'too-late') return sendProblem(reply, WORK_PROBLEMS.notNow);
  const problem = CONFLICTS[kind];
  if (kind !== 'held' && kind !== 'reserved') return sendProblem(reply, problem);
  const owner = item.agent === '' ? item.owner : item.agent;
  const more = {
    ...(viewer.isSupervisor && owner !== '' && { heldBy: owner }),
    ...(item.until !== null && { until: isoOf(item.until) }),
  };
  const body = JSON.stringify({ ...(JSON.parse(problemBody(problem, reply.request.id)) as object), ...more });
  return reply.code(problem.status).type(PROBLEM_TYPE).send(body);
}
