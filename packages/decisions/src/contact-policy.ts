import type { ContactCap, ContactPolicy } from '@holdfast/policy';
import { silencedUntil } from './answer-silence.ts';
import { type ContactKind, countsFor, type Ledger, type LedgerEntry } from './ledger.ts';

/** A contact to be placed. */
export interface PlannedContact {
  readonly offer: string;
  readonly category: string;
  readonly channel: string;
  readonly kind: ContactKind;
  /** Ms since the epoch. */
  readonly sendAt: number;
}

export type ContactLimit = 'cool-down' | 'recently-accepted' | 'too-many-rejections' | 'minimum-gap' | 'cap';

/** The limits of a policy as they stand with a ledger. What was found of a time is kept: many candidates ask the same. */
export interface ContactLimits {
  /** The first limit the contact would break at its `sendAt`; undefined when none. */
  broken(contact: PlannedContact): ContactLimit | undefined;
  /** The same without the gap, which does not hold back who comes himself. */
  brokenBesideGap(contact: PlannedContact): Exclude<ContactLimit, 'minimum-gap'> | undefined;
  /** From when on the gap around a contact at `atMs` is kept; `atMs` itself where it is. */
  gapOpenAt(kind: ContactKind, atMs: number): number;
}

const UNTOUCHED: ContactLimits = {
  broken: () => undefined,
  brokenBesideGap: () => undefined,
  gapOpenAt: (_, atMs) => atMs,
};

export function contactLimits(ledger: Ledger, policy: ContactPolicy): ContactLimits {
  if (ledger.length === 0) return UNTOUCHED;
  // A handful: channels open at few different times.
  const moments: Moment[] = [];
  const silenced = silencedUntil(ledger, policy);

  function momentOf(kind: ContactKind, atMs: number): Moment {
    for (const moment of moments) if (moment.atMs === atMs && moment.kind === kind) return moment;
    const moment: Moment = { atMs, kind, counted: undefined, gapOpenAt: undefined, isFull: [] };
    moments.push(moment);
    return moment;
  }

  const countedAt = (moment: Moment): Ledger => {
    moment.counted ??= ledger.filter((entry) => countsFor(entry, moment.kind));
    return moment.counted;
  };

  function gapOpenAt(kind: ContactKind, atMs: number): number {
    if (isExempt(kind, policy)) return atMs;
    const moment = momentOf(kind, atMs);
    moment.gapOpenAt ??= endOfGaps(atMs, countedAt(moment), policy.minimumGapMs);
    return moment.gapOpenAt;
  }

  function isSomeCapFull(contact: PlannedContact): boolean {
    const moment = momentOf(contact.kind, contact.sendAt);
    for (let place = 0; place < policy.caps.length; place += 1) {
      const cap = policy.caps[place];
      if (cap === undefined || !concerns(cap, contact)) continue;
      // Whoever a cap concerns, it counts the same contacts.
      moment.isFull[place] ??= isCapFull(cap, contact.sendAt, countedAt(moment));
      if (moment.isFull[place]) return true;
    }
    return false;
  }

  function silence(contact: PlannedContact) {
    if (contact.sendAt < silenced.ofOffer(contact.offer)) return 'cool-down';
    if (contact.kind !== 'marketing') return undefined;
    if (contact.sendAt < silenced.ofCategory(contact.category)) return 'recently-accepted';
    return contact.sendAt < silenced.ofMarketing ? 'too-many-rejections' : undefined;
  }

  const cap = (contact: PlannedContact) => (isSomeCapFull(contact) ? 'cap' : undefined);

  return {
    broken(contact) {
      if (isExempt(contact.kind, policy)) return undefined;
      const silent = silence(contact);
      if (silent !== undefined) return silent;
      if (gapOpenAt(contact.kind, contact.sendAt) > contact.sendAt) return 'minimum-gap';
      return cap(contact);
    },
    brokenBesideGap(contact) {
      return isExempt(contact.kind, policy) ? undefined : (silence(contact) ?? cap(contact));
    },
    gapOpenAt,
  };
}

interface Moment {
  readonly atMs: number;
  readonly kind: ContactKind;
  counted: Ledger | undefined;
  gapOpenAt: number | undefined;
  /** By the place of the cap in the policy. */
  readonly isFull: (boolean | undefined)[];
}

/** The same of one contact. */
export function brokenLimit(contact: PlannedContact, ledger: Ledger, policy: ContactPolicy): ContactLimit | undefined {
  return contactLimits(ledger, policy).broken(contact);
}

/**
 * Ids of the open contacts touched by a limit that the ledger exceeds. It happens only when released contacts come to
 * light after others were planned; which of them was first sent is not known, so all of them are named. What is exempt is
 * not named and does not count here: it may come at any time, and takes back nothing that was planned before it.
 */
export function overLimit(ledger: Ledger, policy: ContactPolicy): readonly string[] {
  return ledger
    .filter((entry) => entry.status === 'reserved' && !isExempt(entry.kind, policy))
    .filter((entry) => isOverLimit(entry, ledger, policy))
    .map((entry) => entry.contactId);
}

/** Longest time for which an entry matters to any limit, ms. */
export function limitHorizonMs(policy: ContactPolicy): number {
  const { minimumGapMs, cooldownMs, acceptanceCooldownMs, rejections, caps } = policy;
  const silenceMs = rejections === undefined ? 0 : rejections.withinMs + rejections.silentForMs;
  return Math.max(minimumGapMs, cooldownMs, acceptanceCooldownMs, silenceMs, ...caps.map((cap) => cap.perMs), 0);
}

function isExempt(kind: ContactKind, { exempt }: ContactPolicy): boolean {
  return kind === 'service' && exempt.includes('service');
}

function isOverLimit(entry: LedgerEntry, ledger: Ledger, policy: ContactPolicy): boolean {
  const others = ledger.filter(
    (other) => other.contactId !== entry.contactId && countsFor(other, entry.kind) && !isExempt(other.kind, policy),
  );
  if (endOfGaps(entry.sendAt, others, policy.minimumGapMs) > entry.sendAt) return true;
  return policy.caps.some((cap) => concerns(cap, entry) && isCapFull(cap, entry.sendAt, others));
}

/** Later than `atMs` where another contact is too near: nothing before it is far enough from all that are too near now. */
function endOfGaps(atMs: number, counted: Ledger, gapMs: number): number {
  let openAt = atMs;
  for (const { sendAt } of counted) {
    if (Math.abs(sendAt - atMs) < gapMs) openAt = Math.max(openAt, sendAt + gapMs);
  }
  return openAt;
}

/** Whether some window of `perMs` around the contact already holds `max` others: entries may lie on both sides of it. */
function isCapFull(cap: ContactCap, atMs: number, counted: Ledger): boolean {
  const times: number[] = [];
  for (const entry of counted) {
    if (Math.abs(entry.sendAt - atMs) < cap.perMs && concerns(cap, entry)) times.push(entry.sendAt);
  }
  if (times.length < cap.max) return false;
  const starts = [atMs, ...times.filter((time) => time <= atMs)];
  return starts.some((start) => times.filter((t) => t >= start && t < start + cap.perMs).length >= cap.max);
}

function concerns(cap: ContactCap, contact: Pick<PlannedContact, 'channel' | 'category' | 'offer'>): boolean {
  return (
    (cap.channel === undefined || cap.channel === contact.channel) &&
    (cap.category === undefined || cap.category === contact.category) &&
    (cap.offer === undefined || cap.offer === contact.offer)
  );
}
