import {
  type CompileAnswer,
  type CompiledPolicy,
  compilePolicy,
  eventFields,
  type PolicyContract,
} from '../src/index.ts';

export const contract: PolicyContract = {
  events: eventFields(),
  attributes: {
    tier: 'string',
    data_allowance_mb: 'double',
    days_left_in_cycle: 'double',
    has_broadband: 'bool',
    products: 'strings',
    complaint_open: 'bool',
  },
  channels: ['call-centre', 'sms', 'app-push'],
};

/** A small policy that uses every section. */
export const PACK: Readonly<Record<string, string>> = {
  'policy/features.yaml': `
features:
  data_mb_cycle: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: cycle }
  data_share_used: { expr: data_mb_cycle / data_allowance_mb }
  failed_calls_7d:
    from: UsageRecorded
    where: kind == 'VOICE' && failed
    count: true
    window: 7d
  uses_7d: { from: UsageRecorded, count: true, window: 7d }
  uses_past: { from: UsageRecorded, count: true, window: 21d, offset: 7d }
  days_since_usage: { from: UsageRecorded, elapsedSince: last, unit: days }
`,
  'policy/triggers.yaml': `
segments:
  high_value: tier in ['high-value', 'key']
triggers:
  bundle_running_out:
    on: UsageRecorded
    when: crossed(data_share_used, 0.8) && days_left_in_cycle > 5
    freshness: 15m
    occasion: cycle
    reason:
      en: "{data_share_used} of the bundle is used"
      zh: "流量已用 {data_share_used}"
  usage_halved:
    on: UsageRecorded
    when: uses_7d * 3 < uses_past / 2 && uses_past > 21
    occasion: month
    reason: Uses fell
  gone_quiet:
    absence: { of: UsageRecorded, for: 7d }
    when: segment('high_value')
    occasion: silence
    reason: Quiet for {days_since_usage} days
  failed_calls:
    on: UsageRecorded
    when: crossed(failed_calls_7d, 5, 2)
    occasion: week
    reason: Calls fail
  suspension_requested:
    on: SuspensionRequested
    occasion: event.requestId
    reason: "Asked by {event.channel}: {event.reason}"
`,
  'policy/offers.yaml': `
currency: CNY
languages: [en, zh]
scripts:
  top_up: { en: "Two gigabytes more, {tier|as always}", zh: 再加两个G }
offers:
  data_top_up:
    title: { en: 2 GB, zh: 2 GB }
    category: cross-sell
    value: 12.50
    cost: 1.5
    propensity: 12%
    validFor: 72h
    channels: [sms, call-centre]
    script: top_up
    eligible: "!('FIXED_LINE' in products) || has_broadband"
  care_call: { title: Care call, category: retention, value: 30, propensity: 0.2, validFor: 3d, channels: [call-centre] }
campaigns:
  save:
    owner: care
    goal: { kpi: retained_60d, target: 0.04, driver: churn-risk }
    triggers: [bundle_running_out, usage_halved, gone_quiet, failed_calls, suspension_requested]
    offers: [data_top_up, care_call, no_action]
    holdout: 0.1
    stage: live
  drafted:
    goal: { kpi: retained_60d, target: 0.04 }
    triggers: [gone_quiet]
    offers: [care_call]
exclusions:
  complaint: { when: complaint_open, scope: marketing }
contact-policy:
  caps: [{ max: 2, per: 7d }, { max: 1, per: 1d, channel: sms, category: cross-sell }]
  minimumGap: 24h
  cooldown: 30d
  quietHours: { from: 21, to: 9, channels: [sms] }
holdout: { share: 10%, salt: universal-1 }
`,
  'policy/market.yaml': `
calendar: china
channels:
  call-centre: { cost: 2.5, capacity: { max: 40, per: 1h } }
  sms: { cost: 0.05 }
calendars:
  china: [2026-01-01, 2026-10-01..2026-10-07]
  hong_kong: [2026-07-01]
regions:
  harbour: { cities: [香港, Kowloon], timeZone: Asia/Hong_Kong, calendar: hong_kong }
exploration: { method: epsilon-greedy, epsilon: 5% }
learning:
  segments: { young: days_left_in_cycle < 3, key: segment('high_value') }
  priorStrength: 50
  halfLife: 30d
`,
};

/** The pack with some text replaced; fails when the text is not there. */
export function packWith(path: string, from: string, to: string): Readonly<Record<string, string>> {
  const text = PACK[path];
  if (!text?.includes(from)) throw new Error(`${path} does not contain ${from}`);
  return { ...PACK, [path]: text.replace(from, to) };
}

export function compiled(files: Readonly<Record<string, string>> = PACK): CompiledPolicy {
  const answer: CompileAnswer = compilePolicy(files, contract);
  if (answer.kind === 'ok') return answer.policy;
  throw new Error(answer.diagnostics.map(({ message }) => message).join('\n'));
}
