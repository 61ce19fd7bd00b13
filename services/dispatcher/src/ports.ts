import type { StateView } from '@holdfast/engine';
import type { DecisionMade, EventInput } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';
import type { Breaker } from '@holdfast/webhook';
import type { RetryPlan } from './retry.ts';

/** A released decision and the job that asks for it. */
export interface Released {
  readonly job: ContactJob;
  readonly decision: DecisionMade;
}

/** A contact about to be sent. */
export interface Contact extends Released {
  /** Where the customer is reached; empty for channels that need no address. */
  readonly address: string;
}

export type SendAnswer =
  /** It arrived. `isMarked`: the channel wrote the sent mark in the same step. */
  | { readonly kind: 'sent'; readonly isMarked?: true }
  /** A provider has it and tells later what became of it. */
  | { readonly kind: 'handed-over'; readonly providerRef: string }
  /** It was not sent and never will be. */
  | { readonly kind: 'failed'; readonly detail: string }
  /**
   * Asking again may help. `isUnsent`: it is known that nobody was reached. `notBeforeMs`: when the provider wants to be
   * asked again, ms since the epoch.
   */
  | { readonly kind: 'again'; readonly detail: string; readonly isUnsent?: boolean; readonly notBeforeMs?: number };

export type Semantics = 'idempotent' | 'at-most-once' | 'at-least-once';

/**
 * A way to a customer or to a desk. `idempotent`: sending the same contact id twice reaches once. `at-most-once`: begun
 * once and never again, whatever comes of it. `at-least-once`: a lost answer leads to a second sending. A rejection
 * means that nobody knows whether it was sent.
 */
export interface Channel {
  readonly name: string;
  readonly semantics: Semantics;
  /** Contacts go to an address of the customer, which the directory knows. */
  readonly needsAddress?: boolean;
  /** A provider reports later what became of a contact; it is believed whatever became of the answer to the call. */
  readonly isReported?: boolean;
  /** Absent: tried again from sooner to later, until `sendBy`. */
  readonly retry?: RetryPlan;
  /** Guards the provider behind the channel. */
  readonly breaker?: Breaker;
  send(contact: Contact): Promise<SendAnswer>;
  close?(): Promise<void>;
}

/** How a contact stands in the state of its customer. */
export type Standing =
  | { readonly kind: 'open' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly reason: string };

export type DecisionAnswer =
  | { readonly kind: 'found'; readonly decision: DecisionMade }
  | { readonly kind: 'missing' }
  /** The schema registry cannot be asked now. */
  | { readonly kind: 'retry'; readonly message: string };

export type DeliveryReport = EventInput<'DeliveryReported'>;

export type ReportAnswer =
  | { readonly kind: 'ok' }
  /** The log is away; the same report may be given again. */
  | { readonly kind: 'retry'; readonly message: string }
  /** The report breaks the contract and can never be written. */
  | { readonly kind: 'refused'; readonly message: string };

export type AddressAnswer =
  | { readonly kind: 'found'; readonly address: string }
  /** The customer has none for this channel. */
  | { readonly kind: 'none' }
  /** The directory cannot be asked now. `detail` is a code without anything of the customer. */
  | { readonly kind: 'retry'; readonly detail: string };

/** Where customers are reached. Addresses are asked for at sending and kept nowhere else: no event holds one. */
export interface ContactDirectory {
  addressOf(customerId: string, channel: string): Promise<AddressAnswer>;
}

/** What is remembered of sent contacts; a note is what `delivery-note.ts` writes. */
export interface DeliveryMarks {
  markSending(contactId: string, note: string): Promise<'first' | 'already'>;
  clearSending(contactId: string): Promise<void>;
  markSent(
    contactId: string,
    note: string,
    reference?: { readonly channel: string; readonly id: string },
  ): Promise<void>;
  sentNote(contactId: string): Promise<string | undefined>;
  /** The note of the sent mark, or of the sending mark where only that stands. */
  noteOf(contactId: string): Promise<string | undefined>;
}

/** What delivering needs; each call may reject when the store behind it is away. */
export interface DeliveryPorts {
  /** The shard's current state of the customer. */
  state(entityId: string): Promise<StateView>;
  standing(state: Buffer, contactId: string, nowMs: number): Standing;
  decision(entityId: string, contactId: string): Promise<DecisionAnswer>;
  readonly marks: DeliveryMarks;
  readonly directory: ContactDirectory;
  /** A fresh opt-out that the state may not show yet. */
  isHeldBack(contact: Released): Promise<boolean>;
  report(report: DeliveryReport): Promise<ReportAnswer>;
  /** Wall clock, ms. */
  now(): number;
}

/** Told what became of contacts; for metrics and logs. */
export interface DeliveryObserver {
  ended(channel: string, status: DeliveryStatus, detail: string): void;
  /** `afterMs`: since the decision, or since it was allowed to be sent. */
  sent(channel: string, afterMs: number): void;
  /** A call to the provider ended so, after `tookMs`. */
  tried(channel: string, outcome: SendAnswer['kind'] | 'no-answer', tookMs: number): void;
  retried(channel: string, reason: string, error?: unknown): void;
  /** A report that can never be written. */
  reportRefused(channel: string, message: string): void;
}

export type DeliveryStatus = DeliveryReport['status'];
