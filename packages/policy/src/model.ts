import type { FeatureSet } from '@holdfast/features';
import type { Campaign, Offer } from './campaign-model.ts';
import type { ChannelPlan, ContactPolicy, Region } from './contact-model.ts';
import type { Exploration, Learning } from './learning-model.ts';
import type { WorkRules } from './work-model.ts';

/** A policy after parsing and type-checking: what `decide()` and the customer reducer run on. Immutable. */
export interface CompiledPolicy {
  /** Content address: `sha256:` and 64 hex digits over the normalised files. */
  readonly version: string;
  readonly features: FeatureSet;
  /** Features written as `expr:`; the scope of `scopeOf` answers them like declared ones. */
  readonly derived: ReadonlyMap<string, DerivedFeature>;
  /** Texts are looked up in this order when the customer's language is missing. */
  readonly languages: readonly string[];
  readonly approval: Approval;
  /** Of all amounts in the policy, ISO 4217. */
  readonly currency: string;
  readonly triggers: ReadonlyMap<string, CompiledTrigger>;
  /** Triggers with `on: <eventType>`, in file order; empty when none. */
  triggersOn(eventType: string): readonly CompiledTrigger[];
  /** Triggers with `absence: { of: <eventType> }`, in file order. */
  absencesOf(eventType: string): readonly CompiledTrigger[];
  /** Triggers that fire when a first event is not followed by another, in file order. */
  readonly unanswered: readonly CompiledTrigger[];
  /** Triggers that fire on a day of the customer, in file order. */
  readonly scheduled: readonly CompiledTrigger[];
  /** Saved target groups. */
  readonly templates: ReadonlyMap<string, Template>;
  /** Value tiers, the best first. */
  readonly tiers: readonly Tier[];
  readonly offers: ReadonlyMap<string, Offer>;
  readonly campaigns: ReadonlyMap<string, Campaign>;
  /** Campaigns that list the trigger and may contact somebody: live ones, and canaries. */
  campaignsFor(triggerId: string): readonly Campaign[];
  /** Campaigns that list the trigger and are in the shadow: decided and recorded, never carried out. */
  shadowsFor(triggerId: string): readonly Campaign[];
  readonly exclusions: readonly Exclusion[];
  readonly contactPolicy: ContactPolicy;
  /** Every channel of the contract, with what the policy says of it. */
  readonly channels: ReadonlyMap<string, ChannelPlan>;
  /** Days by the name of their calendar, local and ISO: `2026-10-01`. */
  readonly calendars: ReadonlyMap<string, ReadonlySet<string>>;
  /** By the customer attribute `city`. */
  readonly regions: ReadonlyMap<string, Region>;
  /** Of customers whose own and whose region's is not known, IANA; campaigns begin and end in it. */
  readonly timeZone: string;
  /** Of customers whose region has none. */
  readonly calendar?: string;
  readonly exploration: Exploration;
  readonly learning: Learning;
  readonly work: WorkRules;
  readonly holdout: { readonly share: number; readonly salt: string };
  readonly scripts: ReadonlyMap<string, Script>;
}

/** Whether what is live changes only with a second person's word: what is in force says so of what comes next. */
export type Approval = 'second-person' | 'none';

export type AttributeValue = string | number | boolean | readonly string[];

/** What a condition may look at. A name that is absent is *unknown*. */
export interface Scope {
  /** Customer attributes by name, see `ATTRIBUTES` of the contract given to `compilePolicy`. */
  attribute(name: string): AttributeValue | undefined;
  /** Feature value as of `asOfMs`; undefined when its window is not yet covered or has no value. */
  feature(name: string): number | undefined;
  /** The triggering event's fields (`event.reason` …); undefined for timers. */
  readonly event?: Readonly<Record<string, unknown>> | undefined;
  readonly asOfMs: number;
  /**
   * Answers `crossed(feature, level)`: whether the latch of this trigger may fire now. Undefined where no latch is at
   * hand (eligibility, exclusions); the linter refuses `crossed` there.
   */
  readonly latched?: ((feature: string, level: number) => boolean) | undefined;
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

/**
 * Without it a condition is not true; it may be met and the condition false all the same. What is unknown meets no need.
 */
export type Need = { readonly of: 'event' | 'feature' | 'attribute'; readonly name: string } & (
  | { readonly kind: 'bound'; readonly bound: 'least' | 'most'; readonly level: number }
  | { readonly kind: 'among'; readonly values: readonly NeedValue[] }
);

export type NeedValue = string | number | boolean;

export interface Condition {
  readonly source: string;
  /** Feature names read, transitively through segments and derived features. */
  readonly features: readonly string[];
  evaluate(scope: Scope): Truth;
  /** Of its top-level `&&` conjuncts and those of segments among them, where they compare with a constant. */
  readonly needs?: readonly Need[];
  /** Features, attributes and `event.x` that have a value whenever it is true. */
  readonly known?: readonly string[];
  /** Everything it looks at, behind segments, templates and computed features as well. */
  readonly touches?: readonly string[];
  /** One item per top-level `&&` conjunct, values filled in. */
  explain(scope: Scope): readonly EvidenceItem[];
}

/** A feature computed from others and from attributes. */
export interface DerivedFeature {
  readonly name: string;
  readonly source: string;
  /** Feature names read, transitively. */
  readonly features: readonly string[];
  /** Features and attributes it reads itself. */
  readonly reads?: readonly string[];
  /** Whether it has a value whenever all that it reads has: it divides by constants only. */
  readonly isTotal?: boolean;
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

/** A named target group. */
export interface Template {
  readonly id: string;
  /** Raised by the author when the meaning changes. */
  readonly version: number;
  readonly description: string;
  readonly when: Condition;
}

/** The attribute that names a customer's value tier; there where a policy declares tiers. */
export const VALUE_TIER = 'value_tier';

/** A value tier. Who is in it stays while `keep` holds, so that nobody goes in and out at the edge. */
export interface Tier {
  readonly id: string;
  readonly description: string;
  readonly when: Condition;
  readonly keep: Condition;
}

/** The first event of a sequence. */
export interface FirstEvent {
  readonly of: string;
  /** Names what is remembered of it: the type, or the type with the filter. */
  readonly key: string;
  matches(event: Readonly<Record<string, unknown>>): boolean;
}

/** Two events within a time, counted from the newest first one: the second comes (`followedBy`), or does not (`without`). */
export interface Sequence {
  readonly first: FirstEvent;
  readonly followedBy?: string;
  readonly without?: string;
  readonly withinMs: number;
}

/** A day of the customer. */
export interface Schedule {
  readonly every: 'birthday' | 'anniversary' | 'contract-end';
  readonly beforeMs: number;
  /** Since local midnight, ms. */
  readonly atMs: number;
}

/** Fires at an event (`on`, which a sequence with `followedBy` has too), or by a timer (`absence`, `without`, `schedule`). */
export interface CompiledTrigger {
  readonly id: string;
  readonly on?: string;
  readonly absence?: { readonly of: string; readonly forMs: number };
  readonly sequence?: Sequence;
  readonly schedule?: Schedule;
  readonly when: Condition;
  readonly latches: readonly Latch[];
  /** An occurrence older than this when it is noticed does not fire, ms. */
  readonly freshnessMs: number;
  /** What makes one occasion; `cycle`, `silence`, `date` (of a schedule), `day`, `week`, `month`, `year`, or an event field such as `event.requestId`. */
  readonly occasion: string;
  /** Shown to the agent; placeholders `{name}` are features, attributes or `event.x`. */
  readonly reason: Readonly<Record<string, string>>;
}

export interface Exclusion {
  readonly id: string;
  readonly when: Condition;
  /** `all` silences everything, `marketing` leaves service actions. */
  readonly scope: 'all' | 'marketing';
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
