import type { Condition } from './model.ts';

export interface ContactCap {
  readonly max: number;
  readonly perMs: number;
  /** Only contacts of this channel, category or offer count when given. */
  readonly channel?: string;
  readonly category?: string;
  readonly offer?: string;
}

/**
 * A time in which nothing is sent on the channels: `[startMinute, endMinute)` of the local clock. An end that is not
 * after the start is on the next day; days and holidays are those of the day on which it starts.
 */
export interface QuietRule {
  readonly channels: readonly string[];
  /** ISO weekdays, 1 is Monday. */
  readonly days: readonly number[];
  /** Whether it holds on the days of the customer's calendar: as on others, on them only, or on all but them. */
  readonly holidays: 'any' | 'only' | 'except';
  /** 0…1439. */
  readonly startMinute: number;
  /** 1…1440. */
  readonly endMinute: number;
  /** `defer` waits until it is over, where the offer is still valid then; `drop` sends nothing. */
  readonly otherwise: 'defer' | 'drop';
}

export interface ContactPolicy {
  readonly caps: readonly ContactCap[];
  readonly minimumGapMs: number;
  /** After a rejection of an offer, that offer is silent for so long. */
  readonly cooldownMs: number;
  /** After an acceptance, all marketing of the offer's category is silent for so long. */
  readonly acceptanceCooldownMs: number;
  /** After `max` rejections within a time, whatever of, all marketing is silent. */
  readonly rejections?: { readonly max: number; readonly withinMs: number; readonly silentForMs: number };
  readonly quietHours: readonly QuietRule[];
  /** Kinds of campaigns that caps, gap, cool-downs and rejections are not for. */
  readonly exempt: readonly 'service'[];
  /** Who is contacted on these channels only, and how he is told. */
  readonly vulnerable?: { readonly when: Condition; readonly channels: readonly string[] };
}

export interface ChannelPlan {
  readonly id: string;
  /** Of one contact, in minor units of the policy's currency. */
  readonly costMinor: number;
  /** Contacts that fit into a slot; slots begin at multiples of `perMs` since the epoch. */
  readonly capacity?: { readonly max: number; readonly perMs: number };
  /** Whether a person speaks with the customer. */
  readonly isPerson: boolean;
}

/** Where the customer lives; it says what his profile does not. */
export interface Region {
  /** IANA. */
  readonly timeZone?: string;
  readonly calendar?: string;
}

/** Nothing limits contacts where a policy has no contact-policy. */
export const UNLIMITED: ContactPolicy = {
  caps: [],
  minimumGapMs: 0,
  cooldownMs: 0,
  acceptanceCooldownMs: 0,
  quietHours: [],
  exempt: ['service'],
};

/** A channel of which the policy says nothing: it costs nothing and takes all. */
export function plainChannel(id: string): ChannelPlan {
  return { id, costMinor: 0, isPerson: id === 'call-centre' };
}
