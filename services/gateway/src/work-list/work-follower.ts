import { createHash } from 'node:crypto';
import type { Event, EventOf } from '@holdfast/events';
import { LIVE_STATES, type NewWorkItem, type WorkAnswer, type WorkItem, type WorkList } from '@holdfast/redis';
import { DO_NOT_CONTACT } from '../events/exclusion-hold.ts';
import { LEFT_ALONE } from '../outcomes/outcome.ts';
import { WORK_SOURCE } from './work-events.ts';
import { FOLLOW_UP_LIFE_MS } from './work-follow-up-route.ts';

export interface WorkFollowerDeps {
  readonly work: Pick<WorkList, 'open' | 'read' | 'finish' | 'reopen' | 'withdraw'>;
  /** Whether the customer wants to be left alone. Rejects where he cannot be looked at. */
  isLeftAlone(customerId: string): Promise<boolean>;
  /** Wall clock, ms. */
  now(): number;
  /** Told what an event did to the work list. */
  did(what: WorkDone, times?: number): void;
}

export interface WorkFollowerOptions {
  /** A score of so much or less is that of an unsatisfied customer. */
  readonly unsatisfiedAtMost: number;
  /** By when an unsatisfied customer whose item is not known any more is to be called, ms. */
  readonly unsatisfiedDueMs: number;
}

export type WorkDone = 'reopened' | 'follow-up' | 'finished' | 'withdrawn';

/** What happened longer ago is history that is read again, and nothing to be done now. */
const FRESH_MS = 7 * 24 * 3_600_000;
/** So far may the clocks of the log and of the work list be apart. */
const APART_MS = 60_000;

/**
 * Takes events of the log into the work list: answers that came another way end the item they are about, follow-ups of
 * other systems are items too, who wants to be left alone is not called, and an unsatisfied customer's item opens again for
 * somebody else. Taken again they change nothing. Rejects when the store cannot be reached, and while it takes no change
 * because too many are untold.
 */
export function createWorkFollower(deps: WorkFollowerDeps, options: WorkFollowerOptions) {
  return async (event: Event, loggedAtMs: number): Promise<void> => {
    switch (event.type) {
      case 'OfferAccepted':
        return finishContact(event, 'accepted', deps);
      case 'OfferRejected':
        return finishContact(event, event.reason === LEFT_ALONE ? event.reason : 'rejected', deps);
      case 'OfferDeferred':
        return finishContact(event, 'deferred', deps);
      case 'FollowUpOpened':
        return openFollowUp(event, deps);
      case 'FollowUpClosed':
        return closeFollowUp(event, deps);
      case 'ExclusionSet':
        return withdraw(event, loggedAtMs, deps);
      case 'SatisfactionRated':
        return takeRating(event, deps, options);
      default:
        return undefined;
    }
  };
}

type Answered = EventOf<'OfferAccepted' | 'OfferRejected' | 'OfferDeferred'>;

async function finishContact(event: Answered, outcome: string, deps: WorkFollowerDeps): Promise<void> {
  await finish({ itemId: event.contactId, event, agent: event.agent, outcome }, deps);
}

async function closeFollowUp(event: EventOf<'FollowUpClosed'>, deps: WorkFollowerDeps): Promise<void> {
  if (event.source === WORK_SOURCE) return;
  await finish({ itemId: event.followUpId, event, agent: '', outcome: event.outcome || 'done' }, deps);
}

interface Ending {
  readonly itemId: string;
  readonly event: Event;
  readonly agent: string;
  readonly outcome: string;
}

async function finish({ itemId, event, agent, outcome }: Ending, { work, did }: WorkFollowerDeps): Promise<void> {
  const item = await itemOf(itemId, event, work);
  if (item === undefined || !LIVE_STATES.includes(item.state)) return;
  // What was said before it was opened again is what it was opened again for.
  if (item.reopened > 0 && event.occurredAt < item.since) return;
  const answer = await work.finish(itemId, { agent, isSupervisor: false }, outcome, true);
  if (isNews(answer)) did('finished');
}

async function openFollowUp(event: EventOf<'FollowUpOpened'>, deps: WorkFollowerDeps): Promise<void> {
  if (event.source === WORK_SOURCE || event.dueAt + FOLLOW_UP_LIFE_MS <= deps.now()) return;
  if (!isFresh(event, deps) && event.dueAt < deps.now()) return;
  const { followUpId, dueAt, topics, customerId } = event;
  await open({ ...followUp(followUpId, customerId, dueAt), topics }, deps);
}

/** What was opened after the log had it was opened by who knew of it: read again, it is not the last word. */
async function withdraw(event: EventOf<'ExclusionSet'>, loggedAtMs: number, { work, did }: WorkFollowerDeps) {
  if (event.exclusion !== DO_NOT_CONTACT || !event.active) return;
  const openedByMs = loggedAtMs + APART_MS;
  const withdrawn = await work.withdraw(event.customerId, { because: LEFT_ALONE, openedByMs });
  if (withdrawn > 0) did('withdrawn', withdrawn);
}

async function takeRating(
  event: EventOf<'SatisfactionRated'>,
  deps: WorkFollowerDeps,
  { unsatisfiedAtMost, unsatisfiedDueMs }: WorkFollowerOptions,
): Promise<void> {
  const { about, score, customerId } = event;
  if (about === '' || score > unsatisfiedAtMost || !isFresh(event, deps)) return;
  const because = hashOf(event);
  const item = await itemOf(about, event, deps.work);
  // Nobody calls with an offer who was asked not to; what he is unhappy with is a call of its own.
  if (item === undefined || (item.kind === 'contact' && (await isNotCalled(item, deps)))) {
    const again = followUp(`f-${because}`, customerId, event.occurredAt + unsatisfiedDueMs);
    return open({ ...again, ...deskOf(item), priority: 1, topics: ['unsatisfied'], isAnnounced: true }, deps);
  }
  const answer = await deps.work.reopen(about, { agent: '' }, because);
  if (isNews(answer)) deps.did('reopened');
}

/** Whose work the item was: they know the customer, and who is bound to desks sees nothing that names none. */
function deskOf(item: WorkItem | undefined): Partial<NewWorkItem> {
  if (item === undefined) return {};
  const { desk, team, tier, accountManager } = item;
  return { desk, team, tier, accountManager };
}

async function isNotCalled({ state, outcome, customerId }: WorkItem, { isLeftAlone }: WorkFollowerDeps) {
  return state === 'withdrawn' || outcome === LEFT_ALONE || (await isLeftAlone(customerId));
}

function followUp(id: string, customerId: string, dueAt: number): NewWorkItem {
  const endsAt = dueAt + FOLLOW_UP_LIFE_MS;
  return { itemId: id, kind: 'follow-up', followUpId: id, customerId, dueAt, endsAt, priority: 2 };
}

async function open(item: NewWorkItem, { work, did }: WorkFollowerDeps): Promise<void> {
  const answer = await work.open(item);
  if (isNews(answer)) did('follow-up');
}

/** Throws while too many changes wait for the log: the event is taken again. */
function isNews({ kind }: WorkAnswer): boolean {
  if (kind === 'full') throw new Error('too many changes of work items wait to be told');
  return kind === 'done';
}

/** The item, where it is this customer's: an event about somebody else's is not believed. */
async function itemOf(itemId: string, { customerId }: Event, work: WorkFollowerDeps['work']) {
  if (itemId === '') return undefined;
  const item = await work.read(itemId);
  return item?.customerId === customerId ? item : undefined;
}

function isFresh({ occurredAt }: Event, { now }: WorkFollowerDeps): boolean {
  return occurredAt > now() - FRESH_MS;
}

function hashOf({ source, eventId }: Event): string {
  return createHash('sha256')
    .update(JSON.stringify([source, eventId]))
    .digest('base64url')
    .slice(0, 32);
}
