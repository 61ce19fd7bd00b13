import type { StateView } from '@holdfast/engine';
import type { DecisionMade, EventInput } from '@holdfast/events';
import type { ContactJob } from '@holdfast/queue';

/** A contact about to be sent: the released decision and the job that asks for it. */
export interface Contact {
  readonly job: ContactJob;
  readonly decision: DecisionMade;
}

export type SendAnswer =
  | { readonly kind: 'sent' }
  /** It was not sent and never will be. */
  | { readonly kind: 'failed'; readonly detail: string }
  /** It was not sent now; asking again may help. */
  | { readonly kind: 'again'; readonly detail: string };

/**
 * A way to a customer or to a desk. `idempotent`: sending the same contact id twice reaches once. `at-most-once`: begun
 * once and never again, whatever comes of it. `at-least-once`: a lost answer leads to a second sending. A rejection
 * means that nobody knows whether it was sent.
 */
export interface Channel {
  readonly name: string;
  readonly semantics: 'idempotent' | 'at-most-once' | 'at-least-once';
  send(contact: Contact): Promise<SendAnswer>;
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

/** What delivering needs; each call may reject when the store behind it is away. */
export interface DeliveryPorts {
  /** The shard's current state of the customer. */
  state(entityId: string): Promise<StateView>;
  standing(state: Buffer, contactId: string, nowMs: number): Standing;
  decision(entityId: string, contactId: string): Promise<DecisionAnswer>;
  readonly marks: {
    markSending(contactId: string): Promise<'first' | 'already'>;
    markSent(contactId: string): Promise<void>;
    wasSent(contactId: string): Promise<boolean>;
  };
  /** A fresh opt-out that the state may not show yet. */
  isHeldBack(contact: Contact): Promise<boolean>;
  report(report: DeliveryReport): Promise<ReportAnswer>;
  /** Wall clock, ms. */
  now(): number;
}

/** Told what became of contacts; for metrics and logs. */
export interface DeliveryObserver {
  ended(channel: string, status: DeliveryStatus, detail: string): void;
  /** `afterMs`: since the decision, or since it was allowed to be sent. */
  sent(channel: string, afterMs: number): void;
  retried(channel: string, reason: string, error?: unknown): void;
  /** A report that can never be written. */
  reportRefused(channel: string, message: string): void;
}

export type DeliveryStatus = DeliveryReport['status'];
