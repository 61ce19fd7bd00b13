import type { KpiIncrement } from '@holdfast/engine';
import type { CompiledPolicy } from '@holdfast/policy';
import type { OutcomeEvent } from './contact-life.ts';
import { ledgerHorizonMs } from './contacts.ts';
import { CAPS, type Contact, type Dealings } from './customer-state.ts';
import { kpiCode } from './kpi-cell.ts';
import { contactKpi, learningKpi } from './kpis.ts';

/** What becomes of a contact. Each is a bit of `Contact.counted`, by its place: the order never changes, new ones come last. */
const COUNTED = [
  'sent',
  'delivered',
  'seen',
  'failed',
  'expired',
  'refused',
  'unknown',
  'cancelled',
  'presented',
  'accepted',
  'rejected',
  'deferred',
  'fulfilled',
  /** Its cost is among the figures. */
  'cost',
  /** It may have been counted before it was forgotten, so nothing of it is counted. */
  'passed-over',
  'converted:plan_changed',
  'converted:activated',
  'converted:topped_up',
  /** It is among what is learnt from. */
  'learnt-of',
  /** Tried, and not spoken with. */
  'no_answer',
  'wrong_person',
  'work:opened',
  'work:claimed',
  'work:finished',
  'work:in_time',
  'work:late',
  'work:escalated',
  'work:reopened',
  'work:expired',
  'work:withdrawn',
] as const;

type Counted = (typeof COUNTED)[number];
export type ContactOutcome = Exclude<Counted, 'cost' | 'passed-over' | 'learnt-of'>;

/** Something that became of a contact, and when, ms since the epoch. */
export interface ContactNews {
  readonly what: ContactOutcome;
  readonly atMs: number;
  /** Of a rejection, as it was told. */
  readonly reason?: string;
}

/**
 * Counts what became of a contact: each thing once, whatever is told how often and in which order, on the day on which it
 * happened as it was told first. The cost is counted while the contact counts as sent: a contact that was released
 * after a provider had it costs nothing. `contact` is the one in the ledger, after the news.
 */
export function countOutcome(dealings: Dealings, contact: Contact, news: ContactNews): readonly KpiIncrement[] {
  if (isCounted(contact, 'passed-over')) {
    // What was told is still needed, for the order of reports does not matter.
    replaceContact(dealings, { ...contact, counted: contact.counted | bitOf(news.what) });
    return [];
  }
  const isNew = !isCounted(contact, news.what);
  const told = { ...contact, counted: contact.counted | bitOf(news.what) };
  const cost = costKpi(told);
  const treated = treatedKpi(told);
  if (!isNew && !cost && !treated) return [];
  const turned = (cost ? bitOf('cost') : 0) | (treated ? bitOf('learnt-of') : 0);
  replaceContact(dealings, { ...told, counted: told.counted ^ turned });
  return [...(isNew ? newsKpis(contact, news) : []), ...(cost ? [cost] : []), ...(treated ? [treated] : [])];
}

/** What an event says became of a contact; undefined when it is only tried again, and for words of a later release. */
export function newsOf(event: OutcomeEvent): ContactNews | undefined {
  const atMs = event.occurredAt;
  if (event.type === 'DeliveryReported')
    return event.status === 'ATTEMPTED' ? undefined : { what: REPORTED[event.status], atMs };
  if (event.type === 'ContactAttempted')
    return event.result === 'OTHER' ? undefined : { what: ATTEMPTED[event.result], atMs };
  if (event.type === 'OfferRejected') return { what: 'rejected', atMs, reason: event.reason };
  return { what: ANSWERED[event.type], atMs };
}

/**
 * A contact that an event brought back. It is counted when it can only be new to the figures: its campaign is known, and it
 * is not so old that it was counted and forgotten.
 */
export function asRebuilt(contact: Contact, dealings: Dealings, policy: CompiledPolicy, nowMs: number): Contact {
  const isKnown = policy.campaigns.has(contact.campaign) && policy.offers.has(contact.offer);
  const isCrowded = dealings.contacts.length > CAPS.contacts;
  const isOld = contact.sendBy < nowMs - ledgerHorizonMs(policy.contactPolicy);
  if (isKnown && !isCrowded && !isOld) return contact;
  const passedOver = { ...contact, counted: bitOf('passed-over') };
  replaceContact(dealings, passedOver);
  return passedOver;
}

/** Whether the customer himself put the offer off; that of who did not answer is only waited with. */
export function isPutOff(contact: Contact): boolean {
  return contact.deferredUntil > 0 && (isCounted(contact, 'deferred') || !isCounted(contact, 'no_answer'));
}

export function isCounted(contact: Contact, what: Counted): boolean {
  return (contact.counted & bitOf(what)) !== 0;
}

function newsKpis(contact: Contact, { what, atMs, reason = '' }: ContactNews): readonly KpiIncrement[] {
  const counted = contactKpi(contact, what, atMs);
  if (what === 'accepted' && isLearntOf(contact)) return [counted, learningKpi(contact, 'accepted', 1)];
  if (reason === '') return [counted];
  return [counted, contactKpi(contact, `${what}:${kpiCode(reason) || 'other'}`, atMs)];
}

/** Undefined while what is counted is right. On the day for which the contact was planned, so that it is taken back on the same. */
function costKpi(contact: Contact): KpiIncrement | undefined {
  const isSpent = contact.status === 'confirmed' || isWithProvider(contact);
  if (contact.costMinor === 0 || isSpent === isCounted(contact, 'cost')) return undefined;
  const kpi = contactKpi(contact, 'cost', contact.sendAt);
  return { ...kpi, by: isSpent ? contact.costMinor : -contact.costMinor };
}

/**
 * Undefined while it is counted rightly among what is learnt from. A contact of which nobody knows counts, as it does in the
 * contact policy: left out, a channel that reports nothing but acceptances would seem to have no others.
 */
function treatedKpi(contact: Contact): KpiIncrement | undefined {
  const isTreated = contact.status === 'confirmed' || contact.status === 'unknown' || isWithProvider(contact);
  if (!isLearntOf(contact) || isTreated === isCounted(contact, 'learnt-of')) return undefined;
  return learningKpi(contact, 'treated', isTreated ? 1 : -1);
}

/**
 * Without a segment it is not known who it was made to: by a release that knew none, or not decided here and not recommended
 * to an agent either. What was recommended is known from its answers alone, so none is a trial that was never presented.
 */
function isLearntOf({ arm, segment }: Contact): boolean {
  return arm === 'treated' && segment !== '';
}

/**
 * A provider had it, and did not fail. Not by the status: a try that was too many is refused, and released the contact where
 * that is told before the provider's word.
 */
function isWithProvider(contact: Contact): boolean {
  const { sentAt, status } = contact;
  const isGivenBack = status === 'cancelled' || status === 'ghost';
  return sentAt > 0 && !isGivenBack && !isCounted(contact, 'failed') && !isCounted(contact, 'expired');
}

function replaceContact(dealings: Dealings, contact: Contact): void {
  dealings.contacts = dealings.contacts.map((known) => (known.contactId === contact.contactId ? contact : known));
}

function bitOf(what: Counted): number {
  return 1 << COUNTED.indexOf(what);
}

type DeliveryStatus = Extract<OutcomeEvent, { type: 'DeliveryReported' }>['status'];

const REPORTED = {
  DELIVERED: 'delivered',
  FAILED: 'failed',
  EXPIRED: 'expired',
  REFUSED: 'refused',
  SENT: 'sent',
  SEEN: 'seen',
  CANCELLED: 'cancelled',
  UNKNOWN: 'unknown',
} as const satisfies Record<Exclude<DeliveryStatus, 'ATTEMPTED'>, ContactOutcome>;

const ANSWERED = {
  OfferPresented: 'presented',
  OfferAccepted: 'accepted',
  OfferRejected: 'rejected',
  OfferDeferred: 'deferred',
  OfferFulfilled: 'fulfilled',
} as const satisfies Record<Exclude<OutcomeEvent['type'], 'DeliveryReported' | 'ContactAttempted'>, ContactOutcome>;

const ATTEMPTED = { NO_ANSWER: 'no_answer', WRONG_PERSON: 'wrong_person' } as const satisfies Record<
  Exclude<Extract<OutcomeEvent, { type: 'ContactAttempted' }>['result'], 'OTHER'>,
  ContactOutcome
>;
