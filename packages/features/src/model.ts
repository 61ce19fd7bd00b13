/** What a declared feature is, and how its state is kept. Times are ms since the epoch. */

export type Aggregation = 'count' | 'sum' | 'min' | 'max' | 'average' | 'last' | 'elapsedSince';

export type Window =
  /**
   * The last `lengthMs / hopMs` tiles, counted back from the tile that contains `asOf - offsetMs`. A tile is
   * `[k * hopMs, (k + 1) * hopMs)`; `offsetMs` shifts the window into the past (own past weeks). Length and offset are
   * multiples of the hop.
   */
  | { readonly kind: 'sliding'; readonly lengthMs: number; readonly hopMs: number; readonly offsetMs: number }
  /** Since the start of the customer's billing cycle. */
  | { readonly kind: 'cycle' }
  /** Since the feature is covered. */
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
  /** Steps per unit in which amounts are kept as integers, so that order never shows; 1 for whole numbers. Default 1024. */
  readonly resolution?: number;
  /** Unit of `elapsedSince`, ms; a day when absent. */
  readonly unitMs?: number;
}

/** A definition with its filter compiled; `matches` is given the event's fields. */
export interface BoundFeature extends FeatureDefinition {
  matches(event: Readonly<Record<string, unknown>>): boolean;
}

/** What is kept of one feature of one customer. Amounts are integers in steps of the feature's resolution. */
export interface FeatureSlot {
  /** Sliding: number of the newest tile. Cycle: start of the newest cycle. last, elapsedSince: time of the newest event. */
  newest: number;
  /** Cycle only: start of the cycle before `newest` that has content; 0 when none. */
  older: number;
  /** Per tile (or cycle) from the newest back; an empty one holds the aggregation's neutral element. */
  readonly values: number[];
  /** Number of events per tile, for averages only. */
  readonly counts: number[] | undefined;
}

/**
 * All features of one customer, by position in `FeatureSet.definitions`; made by `create` or `decode` of that set.
 * Opaque outside this package.
 */
export interface FeatureSlots {
  /** Covered from, ms, whole minutes; Infinity before the first event. */
  readonly since: number[];
  /** The latest of `since`. */
  latestSince: number;
  readonly slots: (FeatureSlot | undefined)[];
}

export interface FoldContext {
  /** Event time. */
  readonly atMs: number;
  /** Start of the customer's billing cycle that contains `atMs`. */
  readonly cycleStartMs: number;
  /** Takes the names of features for which the event was too old to count. */
  readonly tooLate?: string[];
}

export interface FeatureSet {
  readonly definitions: readonly BoundFeature[];
  /** Features fed by an event type. */
  fedBy(eventType: string): readonly BoundFeature[];
  /** Slots of a customer never seen. */
  create(): FeatureSlots;
  /**
   * Folds one event into the slots (in place). Answers the names whose value may have changed. Give it every event of
   * the customer, whether a feature reads it or not: coverage begins with the first.
   */
  fold(
    slots: FeatureSlots,
    eventType: string,
    event: Readonly<Record<string, unknown>>,
    context: FoldContext,
  ): readonly string[];
  /**
   * Value as of a time; undefined when its window is not covered, or nothing was seen for min, max, average, last,
   * elapsedSince. A customer covered since `knownSinceMs` (activation) or before has no past outside the coverage, so
   * his windows may reach back further.
   */
  value(
    slots: FeatureSlots,
    name: string,
    asOfMs: number,
    cycleStartMs: number,
    knownSinceMs?: number,
  ): number | undefined;
  /** Largest window plus offset: how far back a late event still changes something, ms. */
  readonly horizonMs: number;
  /** Sparse bytes: only tiles with content. Equal content gives equal bytes, whatever the order of events was. */
  encode(slots: FeatureSlots): Buffer;
  /** Slots of definitions no longer in the set are dropped, new ones start empty. Throws RangeError on foreign bytes. */
  decode(bytes: Uint8Array): FeatureSlots;
  /** Upper bound of the encoded size of one customer. */
  readonly maxBytes: number;
}
