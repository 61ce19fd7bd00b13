import type { CampaignArm, LedgerEntry } from '@holdfast/decisions';
import type { FeatureSlots } from '@holdfast/features';
import { noRecentEvents, type RecentEvents } from './recent-events.ts';
import type { Section } from './section.ts';

/** Names of attributes kept by last-writer-wins on event time. */
export type AttributeName = 'language' | 'timeZone' | 'tier' | 'birthYear' | 'city' | 'churnScore';

/** A value and the event time it is from, ms. */
export interface Dated<T> {
  value: T;
  at: number;
}

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

/** What is known of the customer. */
export interface Facts {
  /** Event time of the registration, ms; 0 when not known. */
  registeredAt: number;
  attributes: { name: AttributeName; value: string; at: number }[];
  lines: Line[];
  consents: Flag[];
  exclusions: Flag[];
  complaints: Flag[];
}

/** A contact in the ledger with what is needed to follow it up. */
export interface Contact extends LedgerEntry {
  readonly trigger: string;
  readonly arm: string;
  /** The job was asked for again after `sendBy`. */
  readonly isAskedAgain: boolean;
}

/** A trigger that fired on an occasion: it does not decide twice on it. */
export interface Firing {
  trigger: string;
  occasion: string;
  at: number;
  /** A `crossed` in it stays shut until its value has fallen below the re-arm level. */
  isLatched: boolean;
}

export interface Enrolment {
  campaign: string;
  arm: CampaignArm;
  at: number;
}

/** What passed between the customer and us. */
export interface Dealings {
  contacts: Contact[];
  firings: Firing[];
  enrolments: Enrolment[];
}

/** The last event of a type for which somebody waits, i.e. where a silence would begin. */
export interface LastSeen {
  type: string;
  at: number;
  source: string;
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
  /** As stored; stale once `slots` is there. */
  featureBytes: Buffer;
  /** Decoded features, from the first use on. */
  slots: FeatureSlots | undefined;
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
  contacts: 48,
  firings: 32,
  enrolments: 64,
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
  return { registeredAt: 0, attributes: [], lines: [], consents: [], exclusions: [], complaints: [] };
}

export function noDealings(): Dealings {
  return { contacts: [], firings: [], enrolments: [] };
}

export function emptyActivity() {
  return {
    lastEventAt: 0,
    lastSeen: [] as LastSeen[],
    recent: noRecentEvents(),
    featureBytes: Buffer.alloc(0),
    slots: undefined,
    extras: [] as Extra[],
  };
}
