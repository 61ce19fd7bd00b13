import type { PlainFacts } from './plain-customer.ts';

/** One rule, said three times: as policy text, as a closure somebody wrote by hand, and for json-rules-engine. */
export interface BenchRule {
  readonly id: string;
  readonly on: string;
  readonly when: string;
  readonly plain: (facts: PlainFacts) => boolean;
  readonly json: readonly JsonCondition[];
  /** Of the `crossed` in it: the feature, and below what the latch opens again. */
  readonly latch: { readonly feature: keyof PlainFacts; readonly rearm: number } | undefined;
}

export interface JsonCondition {
  readonly fact: keyof PlainFacts;
  readonly operator: string;
  readonly value: string | number | boolean | readonly string[];
}

type Part = Pick<BenchRule, 'when' | 'plain' | 'json'> & Partial<Pick<BenchRule, 'latch'>>;

/** `count` rules (1,000 at most) that differ in shape, level and audience, spread over the whole book. */
export function rulesOf(count: number): readonly BenchRule[] {
  const book = TEMPLATES.flatMap(({ on, parts }, template) =>
    AUDIENCES.flatMap((audience, group) =>
      Array.from({ length: STEPS }, (_, step): BenchRule => {
        const all = [...parts(step), ...audience];
        return {
          id: `rule_${template}_${group}_${step}`,
          on,
          when: all.map(({ when }) => when).join(' && '),
          plain: both(all.map(({ plain }) => plain)),
          json: all.flatMap(({ json }) => json),
          latch: all.find(({ latch }) => latch !== undefined)?.latch,
        };
      }),
    ),
  );
  return Array.from({ length: count }, (_, index) => book[Math.floor((index * book.length) / count)] as BenchRule);
}

const STEPS = 8;

type Test = BenchRule['plain'];

function both([first = () => true, ...rest]: readonly Test[]): Test {
  if (rest.length === 0) return first;
  const others = both(rest);
  return (facts) => first(facts) && others(facts);
}

type NumberFact = { [K in keyof PlainFacts]: PlainFacts[K] extends number ? K : never }[keyof PlainFacts];

function crossed(feature: NumberFact, level: number, plain: Test): Part {
  return {
    when: `crossed(${feature}, ${level})`,
    plain,
    json: [least(feature, level)],
    latch: { feature, rearm: level * 0.9 },
  };
}

function above(feature: NumberFact, level: number, plain: Test): Part {
  return { when: `${feature} >= ${level}`, plain, json: [least(feature, level)] };
}

function below(feature: NumberFact, level: number, plain: Test): Part {
  return { when: `${feature} < ${level}`, plain, json: [{ fact: feature, operator: 'lessThan', value: level }] };
}

function equal(name: keyof PlainFacts, value: string | boolean, plain: Test): Part {
  const isEventField = ['kind', 'zone', 'failed', 'channel'].includes(name);
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  const when = `${isEventField ? 'event.' : ''}${name} == ${text}`;
  return { when, plain, json: [{ fact: name, operator: 'equal', value }] };
}

const least = (fact: keyof PlainFacts, value: number): JsonCondition => ({
  fact,
  operator: 'greaterThanInclusive',
  value,
});

const HIGH_VALUE: readonly string[] = ['high-value', 'key'];
const isHighValue: Part = {
  when: "segment('high_value')",
  plain: (facts) => facts.tier === 'high-value' || facts.tier === 'key',
  json: [{ fact: 'tier', operator: 'in', value: HIGH_VALUE }],
};

const AUDIENCES: readonly (readonly Part[])[] = [
  [],
  [isHighValue],
  [above('age', 18, (f) => f.age >= 18), below('age', 30, (f) => f.age < 30)],
  [equal('city', 'Shenzhen', (f) => f.city === 'Shenzhen')],
  [equal('has_broadband', false, (f) => f.has_broadband === false)],
];

const USAGE = 'UsageRecorded';
const TOP_UP = 'BalanceToppedUp';
const OVERDUE = 'BillOverdue';
const CALL = 'ContactOpened';

/** Levels by step are such that few customers are beyond the first, and hardly any beyond the last. */
const TEMPLATES: readonly { readonly on: string; readonly parts: (step: number) => readonly Part[] }[] = [
  {
    on: USAGE,
    parts: (s) => [
      crossed('data_share_used', 0.5 + s * 0.15, (f) => f.data_share_used >= 0.5 + s * 0.15),
      above('days_left_in_cycle', 5, (f) => f.days_left_in_cycle >= 5),
    ],
  },
  { on: USAGE, parts: (s) => [crossed('data_mb_24h', 2_500 + s * 500, (f) => f.data_mb_24h >= 2_500 + s * 500)] },
  { on: USAGE, parts: (s) => [crossed('data_mb_7d', 7_000 + s * 1_500, (f) => f.data_mb_7d >= 7_000 + s * 1_500)] },
  {
    on: USAGE,
    parts: (s) => [
      crossed('data_mb_30d', 24_000 + s * 3_000, (f) => f.data_mb_30d >= 24_000 + s * 3_000),
      below('data_allowance_mb', 20_000, (f) => f.data_allowance_mb < 20_000),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      crossed('home_data_mb_30d', 13_000 + s * 1_500, (f) => f.home_data_mb_30d >= 13_000 + s * 1_500),
      equal('kind', 'DATA', (f) => f.kind === 'DATA'),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      equal('kind', 'DATA', (f) => f.kind === 'DATA'),
      equal('zone', 'ROAMING', (f) => f.zone === 'ROAMING'),
      above('roaming_mb_7d', 300 + s * 100, (f) => f.roaming_mb_7d >= 300 + s * 100),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      equal('failed', true, (f) => f.failed === true),
      above('failed_calls_7d', 2 + s, (f) => f.failed_calls_7d >= 2 + s),
    ],
  },
  { on: USAGE, parts: (s) => [crossed('failed_calls_7d', 3 + s, (f) => f.failed_calls_7d >= 3 + s)] },
  {
    on: USAGE,
    parts: (s) => [
      equal('kind', 'VOICE', (f) => f.kind === 'VOICE'),
      above('voice_seconds_30d', 12_000 + s * 1_500, (f) => f.voice_seconds_30d >= 12_000 + s * 1_500),
      below('data_mb_30d', 9_000, (f) => f.data_mb_30d < 9_000),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      below('usage_share_of_own', 0.1 + s * 0.05, (f) => f.usage_share_of_own < 0.1 + s * 0.05),
      above('uses_21d_before', 21, (f) => f.uses_21d_before >= 21),
    ],
  },
  { on: USAGE, parts: (s) => [crossed('charge_30d', 42_000 + s * 2_000, (f) => f.charge_30d >= 42_000 + s * 2_000)] },
  {
    on: USAGE,
    parts: (s) => [
      above('charge_of_own', 1.3 + s * 0.1, (f) => f.charge_of_own >= 1.3 + s * 0.1),
      above('charge_30d', 40_000, (f) => f.charge_30d >= 40_000),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      equal('kind', 'SMS', (f) => f.kind === 'SMS'),
      above('sms_30d', 40 + s * 3, (f) => f.sms_30d >= 40 + s * 3),
    ],
  },
  { on: USAGE, parts: (s) => [crossed('uses_6d', 42 + s * 3, (f) => f.uses_6d >= 42 + s * 3)] },
  {
    on: USAGE,
    parts: (s) => [
      below('charge_of_own', 0.5 + s * 0.03, (f) => f.charge_of_own < 0.5 + s * 0.03),
      equal('tier', 'key', (f) => f.tier === 'key'),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      equal('zone', 'ROAMING', (f) => f.zone === 'ROAMING'),
      above('tenure_days', 300 + s * 200, (f) => f.tenure_days >= 300 + s * 200),
      above('data_mb_24h', 1_500, (f) => f.data_mb_24h >= 1_500),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      crossed('data_share_used', 0.85 + s * 0.03, (f) => f.data_share_used >= 0.85 + s * 0.03),
      below('top_ups_30d', 1, (f) => f.top_ups_30d < 1),
    ],
  },
  {
    on: USAGE,
    parts: (s) => [
      below('data_mb_30d', 6_000 + s * 500, (f) => f.data_mb_30d < 6_000 + s * 500),
      above('voice_seconds_30d', 9_000, (f) => f.voice_seconds_30d >= 9_000),
    ],
  },
  { on: TOP_UP, parts: (s) => [crossed('top_ups_30d', 6 + s, (f) => f.top_ups_30d >= 6 + s)] },
  {
    on: TOP_UP,
    parts: (s) => [
      above('topped_up_30d', 50_000 + s * 5_000, (f) => f.topped_up_30d >= 50_000 + s * 5_000),
      below('charge_30d', 30_000, (f) => f.charge_30d < 30_000),
    ],
  },
  {
    on: TOP_UP,
    parts: (s) => [
      below('uses_6d', 14 + s, (f) => f.uses_6d < 14 + s),
      above('top_ups_30d', 4, (f) => f.top_ups_30d >= 4),
    ],
  },
  { on: OVERDUE, parts: (s) => [crossed('overdue_90d', 4 + s, (f) => f.overdue_90d >= 4 + s)] },
  {
    on: OVERDUE,
    parts: (s) => [
      above('charge_30d', 42_000 + s * 1_000, (f) => f.charge_30d >= 42_000 + s * 1_000),
      above('tenure_days', 365, (f) => f.tenure_days >= 365),
    ],
  },
  { on: CALL, parts: (s) => [crossed('calls_in_7d', 2 + s, (f) => f.calls_in_7d >= 2 + s)] },
  {
    on: CALL,
    parts: (s) => [
      above('failed_calls_7d', 2 + s, (f) => f.failed_calls_7d >= 2 + s),
      equal('channel', 'call-centre', (f) => f.channel === 'call-centre'),
    ],
  },
];
