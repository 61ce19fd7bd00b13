import type { DecisionMade, EventInput, EventOf, LogEvent } from '@holdfast/events';
import { type GroundTruth, reasonAt, refusalAt } from './ground-truth.ts';
import { createRandom } from './random.ts';

/** Something that happens at the desk, so long after the contact reached it. */
export interface DeskEvent {
  readonly what: AnswerType;
  readonly afterMs: number;
  /** It, as having happened then, ms since the epoch. */
  eventAt(occurredAt: number): EventInput;
}

type AnswerType = 'OfferPresented' | 'OfferAccepted' | 'OfferRejected' | 'OfferDeferred' | 'OfferFulfilled';

export interface DeskOptions {
  readonly truth: GroundTruth;
  /** Equal seeds give equal answers to equal contacts. */
  readonly seed: number;
  /** `source` of its events. */
  readonly feed: string;
  /** Contacts of others are for another desk. */
  readonly isOurs: (customerId: string) => boolean;
}

/** How contacts came out, by `offer|segment`. */
export type DeskTally = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** People who speak to customers: every contact that reached the desk is presented, once, and answered as the truth has it. */
export interface Desk {
  /** Takes decisions and delivery reports in any order, and however often; the rest of a log is passed over. */
  take(event: LogEvent): readonly DeskEvent[];
  tally(): DeskTally;
}

export function createDesk(options: DeskOptions): Desk {
  const decided = new Map<string, DecisionMade>();
  const reported = new Set<string>();
  const done = new Set<string>();
  const tally: Record<string, Record<string, number>> = {};

  const present = (contactId: string): readonly DeskEvent[] => {
    const decision = decided.get(contactId);
    if (!decision || !reported.has(contactId) || done.has(contactId)) return [];
    done.add(contactId);
    decided.delete(contactId);
    reported.delete(contactId);
    const events = answersTo(decision, options);
    const row = `${decision.offer}|${decision.segment}`;
    const counts = tally[row] ?? {};
    for (const { what } of events) counts[what] = (counts[what] ?? 0) + 1;
    tally[row] = counts;
    return events;
  };

  return {
    take(event) {
      if (event.type === 'DecisionMade') {
        if (event.outcome !== 'contact' || !options.isOurs(event.customerId) || done.has(event.contactId)) return [];
        decided.set(event.contactId, event);
        return present(event.contactId);
      }
      if (event.type !== 'DeliveryReported' || event.status !== 'DELIVERED' || !options.isOurs(event.customerId))
        return [];
      reported.add(event.contactId);
      return present(event.contactId);
    },
    tally: () => tally,
  };
}

/** From the ring to the conversation, and from there to the answer, at least and at most. */
const PRESENTED_MS = [300, 1_500] as const;
const ANSWERED_MS = [300, 1_500] as const;
const FULFILLED_MS = 500;

function answersTo(decision: DecisionMade, { truth, seed, feed }: DeskOptions): readonly DeskEvent[] {
  const random = createRandom(`${seed}/${decision.contactId}`);
  const presentedMs = between(PRESENTED_MS, random());
  const answeredMs = presentedMs + between(ANSWERED_MS, random());
  const about = aboutOf(decision, feed);
  const told = (what: AnswerType, afterMs: number, more: object = {}): DeskEvent => {
    const event = { ...about, ...more, type: what, eventId: `${what}-${decision.contactId}` };
    return { what, afterMs, eventAt: (occurredAt) => ({ ...event, occurredAt }) as EventInput };
  };
  const presented = told('OfferPresented', presentedMs);
  if (random() < truth.acceptance(decision.offer, decision.segment)) {
    const accepted = told('OfferAccepted', answeredMs);
    return [presented, accepted, told('OfferFulfilled', answeredMs + FULFILLED_MS)];
  }
  switch (refusalAt(random())) {
    case 'rejected':
      return [presented, told('OfferRejected', answeredMs, { reason: reasonAt(random()) })];
    case 'deferred':
      return [presented, told('OfferDeferred', answeredMs)];
    case 'unanswered':
      return [presented];
  }
}

type About = Pick<
  EventOf<'OfferPresented'>,
  'source' | 'customerId' | 'contactId' | 'offer' | 'campaign' | 'arm' | 'channel' | 'category' | 'sendAt'
>;

function aboutOf(decision: DecisionMade, source: string): About {
  const { customerId, contactId, offer, campaign, arm, channel, category, sendAt } = decision;
  return { source, customerId, contactId, offer, campaign, arm, channel, category, sendAt };
}

function between([least, most]: readonly [number, number], place: number): number {
  return Math.round(least + (most - least) * place);
}
