import { createHash } from 'node:crypto';
import type { Event, EventOf } from '@holdfast/events';
import { DO_NOT_CONTACT } from '../events/exclusion-hold.ts';
import type { ToldContact } from './contact-source.ts';
import type { Outcome, OutcomeKind } from './outcome.ts';

/** Source of what people at desks say. */
export const DESK_SOURCE = 'holdfast:desk';

/** An answer with all that its events say. */
export interface ToldOutcome {
  readonly outcome: Outcome;
  /** Undefined only where the outcome names no contact. */
  readonly contact: ToldContact | undefined;
  readonly agent: string;
  readonly occurredAt: number;
  /** What makes it this answer and no other one about the contact. */
  readonly name: string;
}

/** The events that say it, with all fields. Their ids follow from contact, outcome and name. */
export function outcomeEvents(told: ToldOutcome): readonly Event[] {
  const { outcome, contact } = told;
  if (outcome.outcome === 'do_not_contact') {
    const excluded = exclusionOf(told);
    // Asked about an offer, it is also the answer to it.
    return contact
      ? [excluded, { ...answerOf(told, contact), type: 'OfferRejected', reason: outcome.outcome }]
      : [excluded];
  }
  return contact ? [eventOf(outcome.outcome, told, contact)] : [];
}

function eventOf(kind: Exclude<OutcomeKind, 'do_not_contact'>, told: ToldOutcome, contact: ToldContact): Event {
  const { reason, until } = told.outcome;
  const answer = answerOf(told, contact);
  switch (kind) {
    case 'presented':
      return { ...answer, type: 'OfferPresented' };
    case 'accepted':
      return { ...answer, type: 'OfferAccepted' };
    case 'rejected':
      return { ...answer, type: 'OfferRejected', reason: reason ?? '' };
    case 'deferred':
      return { ...answer, type: 'OfferDeferred', until: until ?? null };
    case 'no_answer':
      return { ...aboutOf(told, contact), type: 'ContactAttempted', result: 'NO_ANSWER' };
    case 'wrong_person':
      return { ...aboutOf(told, contact), type: 'ContactAttempted', result: 'WRONG_PERSON' };
  }
}

type Answer = Omit<EventOf<'OfferPresented'>, 'type'>;
type About = Omit<Answer, 'segment' | 'probability'>;

/** He was spoken with: what he says to it is learnt from. */
function answerOf(told: ToldOutcome, contact: ToldContact): Answer {
  const { segment, probability } = contact;
  return { ...aboutOf(told, contact), segment, probability };
}

function aboutOf(told: ToldOutcome, contact: ToldContact): About {
  const { outcome, agent, occurredAt } = told;
  const { campaign, offer, arm, channel, category, sendAt } = contact;
  return {
    eventId: eventId(told, outcome.outcome),
    source: DESK_SOURCE,
    occurredAt,
    customerId: outcome.customerId,
    contactId: outcome.contactId ?? '',
    ...{ campaign, offer, arm, channel, category, sendAt },
    agent,
  };
}

function exclusionOf(told: ToldOutcome): EventOf<'ExclusionSet'> {
  return {
    type: 'ExclusionSet',
    eventId: eventId(told, 'exclusion'),
    source: DESK_SOURCE,
    occurredAt: told.occurredAt,
    customerId: told.outcome.customerId,
    exclusion: DO_NOT_CONTACT,
    active: true,
  };
}

function eventId({ outcome, name }: ToldOutcome, part: string): string {
  const parts = JSON.stringify([outcome.customerId, outcome.contactId ?? '', part, name]);
  return `desk:${createHash('sha256').update(parts).digest('base64url').slice(0, 32)}`;
}
