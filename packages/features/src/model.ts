/** What a declared feature is, and how its state is kept. Times are ms since the epoch. */

export type Aggregation = 'count' | 'sum' | 'min' | 'max' | 'average' | 'last' | 'elapsedSince';

export type Window =
  /** `[asOf - lengthMs, asOf)` in tiles of `hopMs`; `offsetMs` shifts it into the past (own past weeks). */
  | { readonly kind: 'sliding'; readonly lengthMs: number; readonly hopMs: number; readonly offsetMs: number }
  /** Since the start of the customer's billing cycle. */
  | { readonly kind: 'cycle' }
  | { readonly kind: 'ever' };

export interface FeatureDefinition {
  readonly name: string;
  readonly from: string;
  readonly aggregation: Aggregation;
  /** Field summed etc.; undefined for count and elapsedSince. */
  readonly field?: string;
  /** Source text of the filter, part of the identity; empty when none. */
  readonly where: string;
  readonly window: Window;
}

/** A definition with its filter compiled; `matches` is given the event's fields. */
export interface BoundFeature extends FeatureDefinition {
  matches(event: Readonly<Record<string, unknown>>): boolean;
}

/** State of one feature of one customer. Opaque outside this package. */
export interface FeatureSlot {
  /** Covered from this time on. */
  readonly sinceMs: number;
}

/** All feature slots of one customer, by slot id (32-bit hash of the definition). */
export type FeatureSlots = Map<number, FeatureSlot>;

export interface FoldContext {
  /** Event time. */
  readonly atMs: number;
  /** Stream time: a feature first seen now is covered from here. */
  readonly nowMs: number;
  /** Start of the customer's billing cycle that contains `atMs`. */
  readonly cycleStartMs: number;
}

export interface FeatureSet {
  readonly definitions: readonly BoundFeature[];
  /** Features fed by an event type. */
  fedBy(eventType: string): readonly BoundFeature[];
  /** Folds one event into the slots (in place). Answers the names whose value may have changed. */
  fold(
    slots: FeatureSlots,
    eventType: string,
    event: Readonly<Record<string, unknown>>,
    context: FoldContext,
  ): readonly string[];
  /** Value as of a time; undefined when not covered, or when nothing was seen for min, max, average, last, elapsedSince. */
  value(slots: FeatureSlots, name: string, asOfMs: number, cycleStartMs: number): number | undefined;
  /** Largest window plus offset: how far back a late event still changes something, ms. */
  readonly horizonMs: number;
  /** Sparse bytes: only slots with content, only tiles that are not zero and not older than the horizon. */
  encode(slots: FeatureSlots, asOfMs: number): Buffer;
  /** Slots of definitions no longer in the set are dropped. */
  decode(bytes: Buffer): FeatureSlots;
  /** Upper bound of the encoded size of one customer. */
  readonly maxBytes: number;
}
