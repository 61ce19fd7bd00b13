import { createHash } from 'node:crypto';
import type { DecisionMade, Event } from '@holdfast/events';
import { type Contact, type CustomerRecords, customerView, inLanguage, newestFirst } from '@holdfast/telecom';
import { isoOf } from '../http/instant-text.ts';
import type { KnownCustomer } from './customer-reader.ts';
import { isoOrNull, type Viewing } from './profile.ts';
import type { TimelineItem, TimelinePage } from './timeline-schema.ts';

/** What happened to a customer, what was decided for him and what went out to him, in one order, newest first. */
export interface Timeline {
  readonly entries: readonly TimelineEntry[];
  readonly unreadable: number;
}

export interface TimelineEntry {
  /** ms since the epoch; of entries of one time the greater id comes first. */
  readonly atMs: number;
  readonly id: string;
  readonly item: TimelineItem;
}

export function timelineOf(customer: KnownCustomer, records: CustomerRecords, viewing: Viewing): Timeline {
  const { customerId, state, policy, unfolded } = customer;
  const { contacts } = customerView(customerId, state, policy, viewing.nowMs);
  const folded = new Set(records.events.map(identityOf));
  const entries = [
    ...newestFirst([...unfolded, ...records.events]).map((event) =>
      eventEntry(event, folded.has(identityOf(event)), viewing),
    ),
    ...records.decisions.filter((decision) => isShown(decision, viewing)).map(decisionEntry),
    ...contacts.filter(({ status }) => !viewing.isBlind || status !== 'ghost').map(contactEntry),
  ];
  return { entries: entries.sort(byNewest), unreadable: records.unreadable.length };
}

export function pageOf({ entries, unreadable }: Timeline, limit: number, cursor: string | undefined): TimelinePage {
  const after = cursor === undefined ? undefined : placeIn(cursor);
  const rest = after === undefined ? entries : entries.filter((entry) => byNewest(entry, after) > 0);
  const shown = rest.slice(0, limit);
  const last = shown.at(-1);
  const next = last !== undefined && rest.length > limit ? `${last.atMs}-${last.id}` : null;
  return { items: shown.map(({ item }) => item), next, unreadable };
}

type Place = Pick<TimelineEntry, 'atMs' | 'id'>;

function placeIn(cursor: string): Place {
  const at = cursor.lastIndexOf('-');
  return { atMs: Number(cursor.slice(0, at)), id: cursor.slice(at + 1) };
}

function byNewest(a: Place, b: Place): number {
  if (a.atMs !== b.atMs) return b.atMs - a.atMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}

/** A shadow and a control group are not told to who deals with customers. */
export function isShown(
  { outcome, stage, suppressedBy }: DecisionMade,
  { isBlind }: Pick<Viewing, 'isBlind'>,
): boolean {
  if (!isBlind) return true;
  return outcome !== 'control' && stage !== 'shadow' && suppressedBy !== 'control' && suppressedBy !== 'holdout';
}

function identityOf({ source, eventId }: Event): string {
  return JSON.stringify([source, eventId]);
}

function eventEntry(event: Event, isFolded: boolean, { isBlind }: Viewing): TimelineEntry {
  const { type, eventId: _id, source, occurredAt, customerId: _customer, ...data } = event;
  const { arm: _arm, ...unarmed } = data as Readonly<Record<string, unknown>>;
  const shown = isBlind ? unarmed : data;
  const id = idOf('event', identityOf(event));
  return entry(occurredAt, id, { kind: 'event', id, at: isoOf(occurredAt), type, source, isFolded, data: shown });
}

function decisionEntry(decision: DecisionMade): TimelineEntry {
  const { contactId, decidedAt, trigger, campaign, offer, channel, outcome, suppressedBy, stage } = decision;
  const id = idOf('decision', JSON.stringify([contactId, decidedAt, stage, campaign]));
  return entry(decidedAt, id, {
    ...{ kind: 'decision', id, at: isoOf(decidedAt), contactId, trigger, campaign, offer, channel, outcome },
    ...{ suppressedBy, stage },
    reason: inLanguage(decision.reason, decision.language)?.text ?? '',
    because: decision.evidence.map(({ condition, truth, values }) => ({ condition, truth, values: { ...values } })),
  });
}

function contactEntry(contact: Contact): TimelineEntry {
  const { contactId, trigger, campaign, offer, channel, status, sendAt, sendBy, sentAt } = contact;
  const atMs = sentAt || sendAt;
  const id = idOf('contact', contactId);
  return entry(atMs, id, {
    ...{ kind: 'contact', id, at: isoOf(atMs), contactId, trigger, campaign, offer, channel, status },
    sendAt: isoOf(sendAt),
    sendBy: isoOf(sendBy),
    validUntil: isoOrNull(contact.validUntil),
    sentAt: isoOrNull(sentAt),
    seenAt: isoOrNull(contact.seenAt),
    presentedAt: isoOrNull(contact.presentedAt),
    acceptedAt: isoOrNull(contact.acceptedAt),
    rejectedAt: isoOrNull(contact.rejectedAt),
    deferredUntil: isoOrNull(contact.deferredUntil),
  });
}

function entry(atMs: number, id: string, item: TimelineItem): TimelineEntry {
  return { atMs, id, item };
}

function idOf(kind: TimelineItem['kind'], identity: string): string {
  return createHash('sha256').update(`${kind} ${identity}`).digest('hex').slice(0, 16);
}
