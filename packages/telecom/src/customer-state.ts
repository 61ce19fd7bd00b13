import type { Arm, LedgerEntry } from '@holdfast/decisions';
import type { FeatureSlots } from '@holdfast/features';
import type { FactsGlance } from './facts-glance.ts';
import { noRecentEvents, type RecentEvents } from './recent-events.ts';
import type { Section } from './section.ts';

/** Attributes kept by last-writer-wins on event time, in the order of the layouts: a number stands for each. */
export const ATTRIBUTE_NAMES = [
  'language',
  'timeZone',
  'tier',
  'birthYear',
  'city',
  'churnScore',
  'accountManager',
] as const;
export type AttributeName = (typeof ATTRIBUTE_NAMES)[number];

export type LineStatus = 'ACTIVE' | 'SUSPENDED' | 'TERMINATED' | 'UNKNOWN';

/** One line or product held. Each group of fields has the event time it is from; 0 when never told. */
export interface Line {
  subscriptionId: string;
  product: string;
  cycleDay: number;
  activatedAt: number;
  plan: string;
  /** Negative: unlimited or not known. */
  dataAllowanceMb: number;
  planAt: number;
  status: LineStatus;
  statusAt: number;
}

/** A yes or no with the event time it is from, by key: consent by `channel|purpose`, exclusion, complaint. */
export interface Flag {
  key: string;
  isOn: boolean;
  at: number;
}

/** A household the customer was told to belong to. Times are event times, 0 when never told. */
export interface HouseholdLink {
  householdId: string;
  /** Of the latest link. */
  role: string;
  linkedAt: number;
  unlinkedAt: number;
}

/** What is known of the customer. */
export interface Facts {
  /** Event time of the registration, ms; 0 when not known. */
  registeredAt: number;
  attributes: { name: AttributeName; value: string; at: number }[];
  lines: Line[];
  consents: Flag[];
  exclusions: Flag[];
  complaints: Flag[];
  /** By id. He belongs to the one linked last, unless he was unlinked from it since. */
  households: HouseholdLink[];
}

/** A contact in the ledger with what is needed to follow it up. Times in ms since the epoch, 0 where it did not happen. */
export interface Contact extends LedgerEntry {
  readonly trigger: string;
  readonly occasion: string;
  /** `first`, or the step of a plan: `step-2`, `step-1~2` on another channel. */
  readonly step: string;
  readonly arm: string;
  /** A/B/n arm of the campaign; empty where all treated get the same. */
  readonly variant: string;
  /** Under which the propensity of the offer was learnt. */
  readonly segment: string;
  readonly decidedAt: number;
  /** What the contact costs once it went out, in minor units. */
  readonly costMinor: number;
  /** Begin of the slot of the channel it takes; 0 where the channel has no capacity. */
  readonly slotAt: number;
  /** The offer holds until then; 0 when not known. */
  readonly validUntil: number;
  /** A provider has it; what became of it is still to be told. */
  readonly sentAt: number;
  /** Opened or clicked. */
  readonly seenAt: number;
  readonly presentedAt: number;
  readonly acceptedAt: number;
  /** When the offer is brought up again: the customer wants to be asked then, or did not answer. */
  readonly deferredUntil: number;
  /** The job was asked for again after the deadline. */
  readonly isAskedAgain: boolean;
  /** A set of bits: what of it is in the KPI cells. */
  readonly counted: number;
}

/** A trigger that fired on an occasion: it does not decide twice on it. */
export interface Firing {
  trigger: string;
  occasion: string;
  at: number;
  /** A `crossed` in it stays shut until its value has fallen below the re-arm level. */
  isLatched: boolean;
}

/**
 * The arm of a customer in a campaign, frozen at his first enrolment, and what became of him since. Times in ms since the
 * epoch, 0 where it did not happen.
 */
export interface Enrolment {
  campaign: string;
  /** `holdout`: he is in the universal one. */
  arm: Arm;
  at: number;
  variant: string;
  /** Offer, channel and trigger of the first contact, or of its ghost. */
  offer: string;
  channel: string;
  trigger: string;
  /** Contacts and ghosts of the campaign so far. */
  contactCount: number;
  /** When his last plan in the campaign ended, for re-entry; a campaign without steps ends with its contact. */
  planEndedAt: number;
  /** Days of the last horizon whose outcome is in the KPI cells; 0 before the first. */
  horizonsDone: number;
  /** Money received in each stretch that ends with a horizon, `[at, at + 30 d)` first, in minor units. */
  revenueMinor: number[];
  acceptedAt: number;
  /** First activation, and first termination or port-out, since. */
  activatedAt: number;
  churnedAt: number;
}

/** `fallback`: the step again on another channel; `reminder`: the same offer again; `end`: the answer is waited for no more. */
export type PlanTurn = 'step' | 'fallback' | 'reminder' | 'end';

/**
 * A campaign with steps that runs for the customer, or has ended. For controls it is a ghost like their contacts, so that
 * both arms take the same steps.
 */
export interface CampaignPlan {
  campaign: string;
  trigger: string;
  occasion: string;
  offer: string;
  arm: Arm;
  variant: string;
  startedAt: number;
  /** Place of the step decided last in the campaign, from 0. */
  stepIndex: number;
  /** Contacts tried in this step, on fallback channels and as reminders, from 1. */
  attempt: number;
  /** The contact that was made last, and when it was to be sent: the next step counts from then. */
  lastContactId: string;
  lastSendAt: number;
  /** What is done at `dueAt`. */
  next: PlanTurn;
  /** 0 once it has ended. */
  dueAt: number;
  /** 0 while it runs. */
  endedAt: number;
  /** Empty while it runs. */
  endReason: string;
}

/** What passed between the customer and us. */
export interface Dealings {
  contacts: Contact[];
  firings: Firing[];
  enrolments: Enrolment[];
  /** Those that run, and the last that ended. */
  plans: CampaignPlan[];
}

/** The last event of a type for which somebody waits, i.e. where a silence would begin. */
export interface LastSeen {
  type: string;
  at: number;
  source: string;
}

/** `[from, to)` of `bytes`. */
export interface StoredBytes {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** A part written by a later release, kept as it is. */
export interface Extra {
  tag: number;
  value: Buffer;
}

/** The rolling profile of one customer. Changed in place by the step, under the engine's ownership. */
export interface CustomerState {
  readonly customerId: string;
  /** Latest event time folded, ms; 0 before the first. */
  lastEventAt: number;
  lastSeen: LastSeen[];
  recent: RecentEvents;
  /** As stored, `[from, to)`; nothing once `slots` is there. */
  features: StoredBytes;
  /** Decoded features, from the first use on. */
  slots: FeatureSlots | undefined;
  /** Of the facts as they are; undefined until asked for, and after they changed. */
  glance: FactsGlance | undefined;
  readonly facts: Section<Facts>;
  readonly dealings: Section<Dealings>;
  extras: Extra[];
}

/** Bounds of the collections; what is beyond is trimmed, oldest first, and the outcome says so. */
export const CAPS = {
  lines: 16,
  consents: 32,
  exclusions: 16,
  complaints: 16,
  households: 4,
  contacts: 48,
  firings: 32,
  enrolments: 64,
  plans: 16,
  /** Contacts of one step of a plan: fallback channels and reminders. */
  attempts: 6,
  lastSeen: 8,
  /** What the other bounds add up to stays below this. */
  stateBytes: 64 * 1024,
  /** Characters of a text that came from outside. */
  textLength: 128,
} as const;

export function clipped(text: string): string {
  return text.length > CAPS.textLength ? text.slice(0, CAPS.textLength) : text;
}

export function noFacts(): Facts {
  return { registeredAt: 0, attributes: [], lines: [], consents: [], exclusions: [], complaints: [], households: [] };
}

export function noDealings(): Dealings {
  return { contacts: [], firings: [], enrolments: [], plans: [] };
}

/** What has not become of a contact yet. */
export const UNTOUCHED = {
  rejectedAt: 0,
  isAskedAgain: false,
  sentAt: 0,
  seenAt: 0,
  presentedAt: 0,
  acceptedAt: 0,
  deferredUntil: 0,
  counted: 0,
} as const satisfies Partial<Contact>;

/** What has not become of an enrolment yet. */
export const NEWLY_ENROLLED = {
  contactCount: 0,
  planEndedAt: 0,
  horizonsDone: 0,
  acceptedAt: 0,
  activatedAt: 0,
  churnedAt: 0,
} as const satisfies Partial<Enrolment>;

export const NO_STORED: StoredBytes = Object.freeze({ bytes: Buffer.alloc(0), from: 0, to: 0 });

export function emptyActivity() {
  return {
    lastEventAt: 0,
    lastSeen: [] as LastSeen[],
    recent: noRecentEvents(),
    features: NO_STORED,
    slots: undefined,
    glance: undefined,
    extras: [] as Extra[],
  };
}
