import type { Place } from '@holdfast/policy';
import type { TestTime } from './test-time.ts';

/** One given–when–then story about one customer. Times in ms since the epoch. */
export interface PolicyTest {
  readonly name: string;
  readonly place: Place;
  readonly customer: TestCustomer;
  /** What is past: decisions on it are not looked at. */
  readonly given: readonly TestEvent[];
  readonly when: readonly TestEvent[];
  /** Timers fire until then; the last event when not said. */
  readonly untilMs: number | undefined;
  readonly expected: readonly Expectation[];
  /** Campaigns count as live that are drafts, canaries or in the shadow. */
  readonly isAsIfLive: boolean;
  /** Writes times as the test does. */
  readonly time: TestTime;
}

/**
 * A customer by id, or one that falls into a group: `treated` is in no control group and not in the holdout, `control` in
 * those of the campaigns that the test names, or of all where it names none.
 */
export type TestCustomer =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'group'; readonly group: (typeof GROUPS)[number]; readonly place: Place };

export const GROUPS = ['treated', 'holdout', 'control'] as const;

export interface TestEvent {
  readonly place: Place;
  readonly type: string;
  readonly atMs: number;
  /** How long after it happened the record came. */
  readonly delayMs: number;
  /** As the contract has them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of an event about a contact that does not name it: it is about the latest one, of a trigger where one is given. */
  readonly answers: { readonly trigger: string | undefined; readonly stated: TestEvent['fields'] } | undefined;
}

export type Expectation =
  | {
      readonly kind: 'decision';
      readonly place: Place;
      /** By field of the decision, as it is printed. */
      readonly wanted: ReadonlyMap<DecisionKey, string>;
      /** Offers that lost, with the reason. */
      readonly lost: ReadonlyMap<string, string>;
    }
  /** No decision of the trigger, and why: the word of the explanation, or the condition that is not true. */
  | {
      readonly kind: 'nothing';
      readonly place: Place;
      readonly trigger: string;
      readonly because: string | undefined;
    };

/** What may be expected of a decision. `reason`: what suppressed it. */
export const DECISION_KEYS = [
  'trigger',
  'step',
  'outcome',
  'campaign',
  'offer',
  'channel',
  'arm',
  'variant',
  'reason',
  'at',
  'sendAt',
  'sendBy',
] as const;
export type DecisionKey = (typeof DECISION_KEYS)[number];
export const TIME_KEYS: ReadonlySet<DecisionKey> = new Set<DecisionKey>(['at', 'sendAt', 'sendBy']);

export interface TestOutcome {
  readonly name: string;
  readonly place: Place;
  readonly passed: boolean;
  /** For people: what was expected and what came, a line each. */
  readonly differences: readonly string[];
}
