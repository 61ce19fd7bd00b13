import type { FeatureSet } from '@holdfast/features';

/** A policy after parsing and type-checking: what `decide()` and the customer reducer run on. Immutable. */
export interface CompiledPolicy {
  /** Content address: `sha256:` and 64 hex digits over the normalised files. */
  readonly version: string;
  readonly features: FeatureSet;
  /** Features written as `expr:`; the scope of `scopeOf` answers them like declared ones. */
  readonly derived: ReadonlyMap<string, DerivedFeature>;
  /** Texts are looked up in this order when the customer's language is missing. */
  readonly languages: readonly string[];
  /** Of all amounts in the policy, ISO 4217. */
  readonly currency: string;
  readonly triggers: ReadonlyMap<string, CompiledTrigger>;
  /** Triggers with `on: <eventType>`, in file order; empty when none. */
  triggersOn(eventType: string): readonly CompiledTrigger[];
  /** Triggers with `absence: { of: <eventType> }`, in file order. */
  absencesOf(eventType: string): readonly CompiledTrigger[];
  readonly offers: ReadonlyMap<string, Offer>;
  readonly campaigns: ReadonlyMap<string, Campaign>;
  /** Live campaigns that list the trigger. */
  campaignsFor(triggerId: string): readonly Campaign[];
  readonly exclusions: readonly Exclusion[];
  readonly contactPolicy: ContactPolicy;
  readonly holdout: { readonly share: number; readonly salt: string };
  readonly scripts: ReadonlyMap<string, Script>;
}

export type AttributeValue = string | number | boolean | readonly string[];

/** What a condition may look at. A name that is absent is *unknown*. */
export interface Scope {
  /** Customer attributes by name, see `ATTRIBUTES` of the contract given to `compilePolicy`. */
  attribute(name: string): AttributeValue | undefined;
  /** Feature value as of `asOfMs`; undefined when its window is not yet covered or has no value. */
  feature(name: string): number | undefined;
  /** The triggering event's fields (`event.reason` …); undefined for timers. */
  readonly event?: Readonly<Record<string, unknown>>;
  readonly asOfMs: number;
  /**
   * Answers `crossed(feature, level)`: whether the latch of this trigger may fire now. Undefined where no latch is at
   * hand (eligibility, exclusions); the linter refuses `crossed` there.
   */
  latched?(feature: string, level: number): boolean;
}

/** Three-valued: an unknown feature or attribute makes its conjunct unknown, and unknown never fires. */
export type Truth = 'true' | 'false' | 'unknown';

export interface EvidenceItem {
  /** The conjunct as written, e.g. `crossed(data_share_used, 0.8)`. */
  readonly condition: string;
  readonly truth: Truth;
  /** Names read by it with their values, e.g. `{ data_share_used: 0.83 }`. */
  readonly values: Readonly<Record<string, AttributeValue | undefined>>;
}

export interface Condition {
  readonly source: string;
  /** Feature names read, transitively through segments and derived features. */
  readonly features: readonly string[];
  evaluate(scope: Scope): Truth;
  /** One item per top-level `&&` conjunct, values filled in. */
  explain(scope: Scope): readonly EvidenceItem[];
}

/** A feature computed from others and from attributes. */
export interface DerivedFeature {
  readonly name: string;
  readonly source: string;
  /** Feature names read, transitively. */
  readonly features: readonly string[];
  /** Unknown (undefined) when something it reads is, or when the result is no finite number. */
  evaluate(scope: Scope): number | undefined;
}

/** A `crossed(feature, level)` in a trigger: re-arms once the feature falls below `rearm` (default 90 % of level). */
export interface Latch {
  readonly feature: string;
  readonly level: number;
  readonly rearm: number;
  /** `up`: fires at or above the level. `down` (`crossed_below`): fires at or below it, re-arms above `rearm`. */
  readonly direction: 'up' | 'down';
}

export interface CompiledTrigger {
  readonly id: string;
  readonly on?: string;
  readonly absence?: { readonly of: string; readonly forMs: number };
  readonly when: Condition;
  readonly latches: readonly Latch[];
  /** An occurrence older than this when it is noticed does not fire, ms. */
  readonly freshnessMs: number;
  /** What makes one occasion; `cycle`, `silence`, `day`, `week`, `month`, `year`, or an event field such as `event.requestId`. */
  readonly occasion: string;
  /** Shown to the agent; placeholders `{name}` are features, attributes or `event.x`. */
  readonly reason: Readonly<Record<string, string>>;
}

export interface Offer {
  readonly id: string;
  readonly title: Readonly<Record<string, string>>;
  readonly category: 'retention' | 'cross-sell' | 'service';
  /** Value to the operator when accepted and its cost, in minor units of `currency`. */
  readonly valueMinor: number;
  readonly costMinor: number;
  readonly currency: string;
  /** Prior probability that it is accepted. */
  readonly propensity: number;
  readonly validForMs: number;
  readonly channels: readonly string[];
  readonly script?: string;
  readonly eligible: Condition;
}

/** `no_action` is always a candidate with value 0 and cost 0; it is never listed in `offers`. */
export const NO_ACTION = 'no_action';

export interface Campaign {
  readonly id: string;
  readonly owner: string;
  readonly driver: string;
  readonly goal: { readonly kpi: string; readonly target: number };
  readonly triggers: readonly string[];
  readonly offers: readonly string[];
  /** Share of enrolled customers kept as control, 0…1. */
  readonly holdout: number;
  readonly stage: 'draft' | 'shadow' | 'canary' | 'live' | 'retired';
  /** Service actions are exempt from the universal holdout. */
  readonly kind: 'marketing' | 'service';
}

export interface Exclusion {
  readonly id: string;
  readonly when: Condition;
  /** `all` silences everything, `marketing` leaves service actions. */
  readonly scope: 'all' | 'marketing';
}

export interface ContactCap {
  readonly max: number;
  readonly perMs: number;
  /** Only contacts of this channel or category count when given. */
  readonly channel?: string;
  readonly category?: string;
}

export interface ContactPolicy {
  readonly caps: readonly ContactCap[];
  readonly minimumGapMs: number;
  /** After a rejection of an offer, that offer is silent for so long. */
  readonly cooldownMs: number;
  /** Local hours `[start, end)` in which nothing is sent on `channels`; wraps midnight. */
  readonly quietHours: { readonly startHour: number; readonly endHour: number; readonly channels: readonly string[] };
}

export interface Script {
  readonly id: string;
  /** By language; placeholders `{name}`. */
  readonly text: Readonly<Record<string, string>>;
}

/** One finding of the linter. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** The nearest known name, when one is near. */
  readonly suggestion?: string;
}
