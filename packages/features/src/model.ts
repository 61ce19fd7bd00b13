/** What a declared feature is, and how its state is kept. Times are ms since the epoch. */

export type Aggregation =
  | 'count'
  | 'sum'
  | 'min'
  | 'max'
  | 'average'
  /** The earliest value in the window. */
  | 'first'
  /** The latest value in the window. */
  | 'last'
  /** How many different values there were: exact while they are few, else within 6.5 % (standard error). */
  | 'distinct'
  | 'elapsedSince'
  /** The matching part of the events, or of the field's sum, 0…1 where no amount is negative. */
  | 'share'
  /** The window against the mean of the windows before it: 1 is as ever, 0.5 half of it. */
  | 'rate'
  /** Tiles in a row, up to now, with a matching event or without. */
  | 'streak';

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
  /** Field summed etc.; undefined for count, elapsedSince and streak, and for share and rate of the number of events. */
  readonly field?: string;
  /** Source text of the filter, part of the identity; empty when none. */
  readonly where: string;
  readonly window: Window;
  /** Steps per unit in which amounts are kept as integers, so that order never shows; 1 for whole numbers. Default 1024. */
  readonly resolution?: number;
  /** Unit of `elapsedSince`, ms; a day when absent. */
  readonly unitMs?: number;
  /** Of `rate`: how many windows before the running one are its past; 4 when absent. */
  readonly against?: number;
  /**
   * Of `streak`: `active` tiles have a matching event, `quiet` ones have none. The running tile is not over: without an
   * event it neither counts nor ends a streak.
   */
  readonly streak?: 'active' | 'quiet';
  /** Counts the events of each line of the customer for itself; of the customer as a whole when absent. */
  readonly scope?: 'customer' | 'line';
}

/** The field of an event that names its line. */
export const LINE_FIELD = 'subscriptionId';
/** Lines of one customer for which features are kept. */
export const MOST_LINES = 16;

/** A definition with its filter compiled; `matches` is given the event's fields. */
export interface BoundFeature extends FeatureDefinition {
  matches(event: Readonly<Record<string, unknown>>): boolean;
  /** What `matches` asks for at least, where it is an equality: features of other values are not looked at. */
  readonly only?: FilterEquality;
  /** Of `share`: which events are the part. Its text is all of the filter, that of `where` included. */
  readonly part?: Pick<BoundFeature, 'where' | 'matches' | 'only'>;
}

/** No event matches unless the field is equal to the text. */
export interface FilterEquality {
  readonly field: string;
  readonly equals: string;
  /** Whether that is all the filter asks for. */
  readonly isAll: boolean;
}

/**
 * All features of one customer; made by `create` or `decode` of a set. What is kept stays bytes: an event writes the
 * tracks it changes anew. Opaque outside this package.
 */
export interface FeatureSlots {
  /**
   * Covered from, ms, whole minutes, by feature; Infinity before the first event a feature could count. Undefined when
   * all are covered like the customer.
   */
  since: number[] | undefined;
  /** The customer is covered from, whichever features there were; Infinity before his first event. */
  firstSince: number;
  /** Whether every feature is covered. */
  isCovered: boolean;
  /** Tracks and points, `[from, to)`; never changed in place. */
  bytes: Buffer;
  from: number;
  to: number;
  /** Another number for every content. */
  edition: number;
}

export interface FoldContext {
  /** Event time. */
  readonly atMs: number;
  /**
   * Stream time of the fold; event time when absent. A feature that was added to a customer known before is covered from
   * here on: what came earlier was folded without it, whatever event time it has.
   */
  readonly foldedAtMs?: number;
  /** Start of the customer's billing cycle that contains `atMs`. */
  readonly cycleStartMs: number;
  /** Takes the names of features whose value may have changed. */
  readonly changed?: string[];
  /** Takes the names of features for which the event was too old to count. */
  readonly tooLate?: string[];
}

/** As of when, and what is known of the customer's past. All in ms since the epoch. */
export interface ValueTime {
  readonly asOfMs: number;
  readonly cycleStartMs: number;
  /** The customer's line exists since; undefined when not known. */
  readonly knownSinceMs?: number | undefined;
  /** The event at hand, if any: features of a line are those of its line, and unknown without one. */
  readonly event?: Readonly<Record<string, unknown>> | undefined;
}

export type FeatureReader = (slots: FeatureSlots, time: ValueTime) => number | undefined;

/**
 * Why a value is unknown: the window reaches before the coverage, held nothing, or was dropped since; or no line is at hand
 * for a feature of a line, or one of more than are kept.
 */
export type UnknownReason = 'not-covered' | 'nothing-seen' | 'too-old' | 'no-line';

/** What a tile `[fromMs, toMs)` came to, in units of the field: those amounts that the feature is made of. */
export interface ExplainedTile {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count?: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly first?: number;
  readonly last?: number;
  readonly distinct?: number;
  /** Of a share: how much of `count` or `sum` is the part. */
  readonly part?: number;
}

export interface FeatureExplanation {
  readonly name: string;
  readonly value: number | undefined;
  /** Undefined where there is a value. */
  readonly unknown: UnknownReason | undefined;
  /** As `coveredSince`. */
  readonly coveredSinceMs: number | undefined;
  /**
   * What is behind the value, newest first; tiles without content are left out. A cycle and `ever` are one tile that ends
   * as of the moment; `last` and `elapsedSince` one without width, at their event.
   */
  readonly tiles: readonly ExplainedTile[];
  /** Older tiles that were left out of a long list. */
  readonly omittedTiles: number;
}

/** What one feature takes of a customer's bytes at the most. */
export interface FeatureSize {
  readonly name: string;
  /** What is shared with others is counted for one of them only. */
  readonly bytes: number;
  /** Features that read some of the same, this one left out. */
  readonly sharedWith: readonly string[];
}

export interface SetSize {
  /** Of all features of a customer, and of what says which they are and since when they count. */
  readonly bytes: number;
  readonly features: readonly FeatureSize[];
}

export interface FeatureSet {
  /** 16 hex digits that stand for `description` in stored bytes. */
  readonly name: string;
  /** What stored bytes refer to: whoever reads them with another set needs it. */
  readonly description: string;
  /** Makes the bytes of another set readable: `decode` throws where its description is missing, or is none. */
  learn(description: string): void;
  /** Whether `decode` finds a description of the bytes stored in `[from, to)`. */
  knows(bytes: Buffer, from?: number, to?: number): boolean;
  readonly definitions: readonly BoundFeature[];
  /** Features fed by an event type. */
  fedBy(eventType: string): readonly BoundFeature[];
  /** Slots of a customer never seen. */
  create(): FeatureSlots;
  /**
   * Folds one event into the slots (in place). Answers false when it was too old to count for a feature that it feeds.
   * Give it every event of the customer, whether a feature reads it or not: coverage begins with the first.
   */
  fold(slots: FeatureSlots, eventType: string, event: Readonly<Record<string, unknown>>, context: FoldContext): boolean;
  /**
   * Value as of a time; undefined when its window is not covered, or nothing was seen for min, max, average, share, first,
   * last, elapsedSince, or in the past of a rate. A customer covered since `knownSinceMs` (activation) or before has no past outside the coverage, so
   * his windows may reach back further.
   */
  value(
    slots: FeatureSlots,
    name: string,
    asOfMs: number,
    cycleStartMs: number,
    knownSinceMs?: number,
  ): number | undefined;
  /** The same for one feature, its name looked up once; undefined when there is none of that name. */
  reader(name: string): FeatureReader | undefined;
  /** The value with what is behind it; undefined when there is none of that name. */
  explain(slots: FeatureSlots, name: string, time: ValueTime): FeatureExplanation | undefined;
  /** Since when a feature counts, ms; undefined before its first event or when there is no such feature. */
  coveredSince(slots: FeatureSlots, name: string): number | undefined;
  /** Largest window plus offset: how far back a late event still changes something, ms. */
  readonly horizonMs: number;
  /** Sparse bytes: only tiles with content. Equal content gives equal bytes, whatever the order of events was. */
  encode(slots: FeatureSlots): Buffer;
  /** The same bytes into `target`, which has room for `maxBytes` from `at` on. Answers where they end. */
  write(slots: FeatureSlots, target: Buffer, at: number): number;
  /**
   * Features stored in `[from, to)`, all of `bytes` when not told. What the set does not have is dropped, what is new
   * starts empty. The bytes must stay as they are. Throws RangeError on those of a set that was not learnt, and on others.
   */
  decode(bytes: Buffer, from?: number, to?: number): FeatureSlots;
  /** Upper bound of the encoded size of one customer. */
  readonly maxBytes: number;
  /** The same bound, feature by feature. */
  readonly size: SetSize;
}
