import { shareOf } from '@holdfast/decisions';
import type { DecisionMade, Event } from '@holdfast/events';
import { HOUR_MS } from './customer-world.ts';
import type { Seen } from './market-life.ts';
import type { MarketLife, Resident } from './market-turns.ts';
import { HOLDOUT_SALT, type Market, ZONES } from './random-market.ts';

/** What is known of a contact, or of the ghost of one, from outside. */
interface Known {
  readonly decision: DecisionMade;
  readonly told: Set<string>;
  rejectedAt: number;
  acceptedAt: number;
}

interface Customer {
  readonly resident: Resident;
  /** Word by channel and purpose, the last one last. */
  readonly consents: { readonly channel: string; readonly purpose: string; readonly granted: boolean }[];
  readonly exclusions: Set<string>;
  readonly contacts: Known[];
  hasComplaint: boolean;
}

/** A contact as it was decided, with all that was so before. */
interface Moment {
  readonly decision: DecisionMade;
  readonly customer: Customer;
  readonly market: Market;
}

/**
 * Promises that what was seen of a market's life breaks, by name. It knows what customers did and were sent, and the policy
 * as its author wrote it; each promise is looked up afresh in all of that, the slow and plain way.
 */
export function brokenPromises({ market, residents }: MarketLife, seen: readonly Seen[]): ReadonlySet<string> {
  const broken = new Set<string>();
  const customers = new Map(residents.map((resident) => [resident.customerId, strangerOf(resident)]));
  const books = createBooks(market);
  for (const one of seen) {
    if (one.kind === 'told') {
      const customer = customers.get(one.event.customerId);
      if (customer) take(customer, one.event, books);
    } else if (one.kind === 'decided') {
      const customer = customers.get(one.decision.customerId);
      if (customer) for (const name of brokenBy({ decision: one.decision, customer, market }, books)) broken.add(name);
    } else if (one.standing.kind === 'open') {
      const customer = [...customers.values()].find(({ contacts }) => contacts.some(isCalled(one.contactId)));
      const known = customer?.contacts.find(isCalled(one.contactId));
      if (!customer || !known || !maySend(customer, known, one.atMs)) broken.add('open');
    }
  }
  return broken;
}

const strangerOf = (resident: Resident): Customer => {
  return { resident, consents: [], exclusions: new Set(), contacts: [], hasComplaint: false };
};
const isCalled = (contactId: string) => (known: Known) => known.decision.contactId === contactId;

function brokenBy(moment: Moment, books: Books): readonly string[] {
  const { decision, customer } = moment;
  if (decision.outcome !== 'contact' && decision.outcome !== 'control') return [];
  const broken = Object.entries(PROMISES).flatMap(([name, isKept]) => (isKept(moment) ? [] : [name]));
  customer.contacts.push({ decision, told: new Set(), rejectedAt: 0, acceptedAt: 0 });
  if (decision.outcome === 'contact') broken.push(...books.pay(decision));
  return broken;
}

function take(customer: Customer, event: Event, books: Books): void {
  if (event.type === 'ConsentChanged') customer.consents.push(event);
  if (event.type === 'ComplaintFiled') customer.hasComplaint = true;
  if (event.type === 'ComplaintResolved') customer.hasComplaint = false;
  if (event.type === 'ExclusionSet') {
    if (event.active) customer.exclusions.add(event.exclusion);
    else customer.exclusions.delete(event.exclusion);
  }
  if (!('contactId' in event)) return;
  const known = customer.contacts.find(isCalled(event.contactId));
  if (!known) return;
  const wasReleased = isReleased(known);
  known.told.add(event.type === 'DeliveryReported' ? event.status : event.type);
  if (event.type === 'OfferAccepted') known.acceptedAt ||= event.occurredAt;
  if (event.type === 'OfferRejected') known.rejectedAt = event.occurredAt;
  if (wasReleased !== isReleased(known)) books.correct(known.decision, wasReleased);
}

/** It arrived nowhere, by all that was told in whichever order. */
function isReleased({ told }: Known): boolean {
  const hasSome = (...names: readonly string[]) => names.some((name) => told.has(name));
  if (hasSome('DELIVERED', 'SEEN', 'OfferAccepted', 'OfferRejected', 'OfferDeferred')) return false;
  return hasSome('FAILED', 'EXPIRED') || (hasSome('REFUSED', 'CANCELLED') && !told.has('SENT'));
}

const isMarketing = ({ kind }: DecisionMade): boolean => kind === 'marketing';
const sendAtOf = ({ decision }: Pick<Known, 'decision'>): number => decision.sendAt ?? 0;

/** Those that limits of marketing count. */
const counted = ({ customer: { contacts } }: Moment) => contacts.filter((known) => !isReleased(known));

/** Each is asked before the contact is among those of the customer. */
const PROMISES: Readonly<Record<string, (moment: Moment) => boolean>> = {
  'one decision': ({ decision, customer }) =>
    !customer.contacts.some(
      ({ decision: { contactId, trigger, occasion, step } }) =>
        contactId === decision.contactId ||
        (trigger === decision.trigger && occasion === decision.occasion && step === decision.step),
    ),
  'in time': ({ decision: { decidedAt, sendAt, sendBy, offer }, market }) =>
    decidedAt <= (sendAt ?? 0) &&
    (sendAt ?? 0) <= (sendBy ?? 0) &&
    (sendBy ?? 0) <= decidedAt + (market.offers[offer]?.validForHours ?? 0) * HOUR_MS,
  consent: ({ decision, customer }) => hasConsent(customer, decision),
  excluded: ({ customer }) => customer.exclusions.size === 0,
  complaint: ({ decision, customer }) => !isMarketing(decision) || !customer.hasComplaint,
  vulnerable: ({ decision, customer, market }) =>
    customer.resident.birthYear > 1945 || market.spokenTo.includes(decision.channel),
  quiet: ({ decision: { channel, sendAt, sendBy }, customer, market }) =>
    [sendAt ?? 0, sendBy ?? 0].every((atMs) => !isQuiet(market, channel, customer.resident, atMs)),
  holdout: ({ decision, market }) =>
    decision.outcome === 'control' ||
    !isMarketing(decision) ||
    shareOf(HOLDOUT_SALT, decision.customerId) >= market.holdout,
  'control group': ({ decision, market }) =>
    decision.outcome === 'control' ||
    shareOf(`campaign:${decision.campaign}`, decision.customerId) >=
      (market.campaigns[decision.campaign]?.holdout ?? 1),
  'frozen arm': ({ decision, customer }) =>
    customer.contacts.every(
      ({ decision: { campaign, arm } }) => campaign !== decision.campaign || arm === decision.arm,
    ),
  gap: (moment) =>
    !isMarketing(moment.decision) ||
    counted(moment).every((known) => Math.abs(sendAtOf(known) - sendAtOf(moment)) >= moment.market.gapHours * HOUR_MS),
  cap: (moment) => !isMarketing(moment.decision) || moment.market.caps.every((cap) => isCapKept(cap, moment)),
  'cool-down': ({ decision, customer, market }) =>
    !isMarketing(decision) ||
    customer.contacts.every(
      (known) =>
        known.rejectedAt === 0 ||
        known.decision.offer !== decision.offer ||
        (decision.sendAt ?? 0) >= known.rejectedAt + market.cooldownHours * HOUR_MS,
    ),
  acceptance: ({ decision, customer, market }) =>
    !isMarketing(decision) ||
    customer.contacts.every(
      (known) =>
        known.acceptedAt === 0 ||
        known.decision.category !== decision.category ||
        (decision.sendAt ?? 0) >= known.acceptedAt + market.acceptanceHours * HOUR_MS,
    ),
  rejections: ({ decision, customer, market: { rejections: rule } }) => {
    if (!rule || !isMarketing(decision)) return true;
    const times = customer.contacts.map(({ rejectedAt }) => rejectedAt).filter((at) => at > 0);
    const before = (last: number) => times.filter((at) => at <= last && last - at < rule.withinHours * HOUR_MS);
    const silencing = times.filter((last) => before(last).length >= rule.max);
    return silencing.every((last) => (decision.sendAt ?? 0) >= last + rule.silentForHours * HOUR_MS);
  },
};

function isCapKept(cap: Market['caps'][number], moment: Moment): boolean {
  const isOfCap = ({ channel, category }: DecisionMade) =>
    (cap.channel ?? channel) === channel && (cap.category ?? category) === category;
  if (!isOfCap(moment.decision)) return true;
  const perMs = cap.perDays * 24 * HOUR_MS;
  const at = sendAtOf(moment);
  const times = [
    ...counted(moment)
      .filter(({ decision }) => isOfCap(decision))
      .map(sendAtOf),
    at,
  ];
  const windows = times.filter((from) => from <= at && at < from + perMs);
  return windows.every((from) => times.filter((time) => time >= from && time < from + perMs).length <= cap.max);
}

function hasConsent({ consents }: Customer, { kind, channel }: DecisionMade): boolean {
  const purposes = kind === 'service' ? ['SERVICE'] : ['MARKETING', 'PROFILING'];
  return purposes.every((purpose) => {
    const words = consents.filter((word) => word.purpose === purpose && [channel, '*'].includes(word.channel));
    return words.at(-1)?.granted !== false;
  });
}

function isQuiet({ quiet }: Market, channel: string, { timeZone }: Resident, atMs: number): boolean {
  const minute = (Math.floor(atMs / 60_000) + ZONES[timeZone]) % 1_440;
  return quiet.some(({ channels, from, to }) => {
    if (!channels.includes(channel)) return false;
    const [start, end] = [from * 60, to * 60];
    return start < end ? minute >= start && minute < end : minute >= start || minute < end;
  });
}

/** Whether somebody who knows all of this would still send it. */
function maySend(customer: Customer, { decision, told }: Known, atMs: number): boolean {
  const isTaken = ({ acceptedAt, decision: { offer } }: Known) =>
    offer === decision.offer && acceptedAt > 0 && acceptedAt >= decision.decidedAt;
  if (decision.outcome !== 'contact' || told.size > 0 || atMs > (decision.sendBy ?? 0)) return false;
  if (customer.exclusions.size > 0 || customer.contacts.some(isTaken)) return false;
  return hasConsent(customer, decision) && (!isMarketing(decision) || !customer.hasComplaint);
}

interface Books {
  /** Answers what this contact breaks. */
  pay(decision: DecisionMade): readonly string[];
  correct(decision: DecisionMade, wasReleased: boolean): void;
}

/** What all customers share. What went out after all is paid for though its money may be spent again: it raises the bound. */
function createBooks({ campaigns, channels, offers }: Market): Books {
  const sums = new Map<string, number>();
  const raised = new Map<string, number>();
  const add = (to: Map<string, number>, name: string, by: number) => to.set(name, (to.get(name) ?? 0) + by);
  const entriesOf = ({ campaign, channel, offer, sendAt }: DecisionMade) => {
    const { budget } = campaigns[campaign] ?? {};
    const { cost = 0, capacity } = channels[channel] ?? {};
    const slot = capacity && Math.floor((sendAt ?? 0) / (capacity.perHours * HOUR_MS));
    return [
      { name: `money ${campaign}`, by: cost + (offers[offer]?.cost ?? 0), most: budget?.amount, promise: 'budget' },
      { name: `pieces ${campaign}`, by: 1, most: budget?.pieces, promise: 'budget' },
      { name: `slot ${channel} ${slot}`, by: 1, most: capacity?.max, promise: 'capacity' },
    ];
  };
  return {
    pay: (decision) =>
      entriesOf(decision).flatMap(({ name, by, most = Infinity, promise }) => {
        add(sums, name, by);
        return (sums.get(name) ?? 0) > most + (raised.get(name) ?? 0) ? [promise] : [];
      }),
    correct(decision, wasReleased) {
      if (decision.outcome !== 'contact') return;
      for (const { name, by } of entriesOf(decision)) {
        add(sums, name, wasReleased ? by : -by);
        if (wasReleased) add(raised, name, by);
      }
    },
  };
}
