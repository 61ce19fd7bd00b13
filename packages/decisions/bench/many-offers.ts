import { type CompiledPolicy, compilePolicy, eventFields } from '@holdfast/policy';

const CAMPAIGNS = 50;
const OFFERS_EACH = 4;
const TRIGGERS = 10;
/** Every campaign listens to it; each of the others is one of two that a campaign listens to. */
export const EVERYBODY = 'anything';
export const SOME = 'trigger_3';

/** Fifty live campaigns with two hundred live offers, as an operator would write them. */
export function manyOffers(): CompiledPolicy {
  const answer = compilePolicy(
    { 'rules.yaml': RULES, 'offers.yaml': offers(), 'campaigns.yaml': campaigns() },
    CONTRACT,
  );
  if (answer.kind === 'ok') return answer.policy;
  throw new Error(answer.diagnostics.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
}

const CONTRACT = {
  events: eventFields(),
  attributes: {
    tier: 'string',
    city: 'string',
    age: 'double',
    tenure_days: 'double',
    has_broadband: 'bool',
    products: 'strings',
    days_left_in_cycle: 'double',
  },
  channels: ['call-centre', 'sms', 'app-push', 'email'],
} as const;

const RULES = `
currency: CNY
time-zone: Asia/Shanghai
features:
  data_mb_7d: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: 7d, hop: 1d }
  charge_30d: { from: UsageRecorded, sum: chargeMinor, window: 30d, hop: 1d }
  failed_calls_7d: { from: UsageRecorded, where: kind == 'VOICE' && failed, count: true, window: 7d, hop: 1d }
segments:
  high_value: tier in ['high-value', 'key'] && charge_30d >= 80
  heavy: data_mb_7d > 2000
templates:
  grown_up: { when: age >= 18 }
  at_home: { when: has_broadband || tenure_days > 365 }
  valued: { when: "segment('high_value')" }
triggers:
  ${EVERYBODY}: { on: UsageRecorded, occasion: day, reason: r }
${Array.from({ length: TRIGGERS }, (_, index) => `  trigger_${index}: { on: UsageRecorded, occasion: day, reason: r }`).join('\n')}
exclusions:
  minors: { when: age < 18, scope: marketing }
contact-policy:
  caps:
    - { max: 3, per: 7d }
    - { max: 1, per: 7d, category: cross-sell }
    - { max: 2, per: 7d, channel: sms }
    - { max: 8, per: 30d }
  minimumGap: 4h
  cooldown: 30d
  quietHours: { from: 21, to: 9, channels: [sms, app-push, email] }
holdout: { share: 0.1, salt: universal-1 }
`;

/** What operators ask for, most of it of many offers. */
const CONDITIONS = [
  "tier in ['high-value', 'key']",
  "segment('high_value') && days_left_in_cycle > 5",
  "segment('heavy') && !has_broadband",
  "!('FIXED_LINE' in products) || has_broadband",
  'tenure_days > 365 && charge_30d < 200',
  "city in ['Hangzhou', 'Ningbo', 'Wenzhou'] && age < 30",
  'failed_calls_7d >= 3',
  'charge_30d >= 80 && data_mb_7d > 500',
];

function offers(): string {
  const lines = Array.from({ length: CAMPAIGNS * OFFERS_EACH }, (_, index) => {
    const condition = CONDITIONS[index % CONDITIONS.length];
    // Every third has a bound of its own.
    const eligible = index % 3 === 0 ? `${condition} && tenure_days > ${index}` : condition;
    const category = index % 2 === 0 ? 'retention' : 'cross-sell';
    const channels = index % 5 === 0 ? '[call-centre]' : '[app-push, sms, call-centre]';
    const money = `value: ${20 + (index % 17)}, cost: ${1 + (index % 3)}, propensity: 0.${10 + (index % 23)}`;
    return `  offer_${index}: { title: t, category: ${category}, ${money}, validFor: 72h, channels: ${channels}, eligible: ${JSON.stringify(eligible)} }`;
  });
  return `offers:\n${lines.join('\n')}\n`;
}

function campaigns(): string {
  const targets = ['', 'target: grown_up, ', 'target: at_home, ', 'target: valued, '];
  const lines = Array.from({ length: CAMPAIGNS }, (_, index) => {
    const own = Array.from({ length: OFFERS_EACH }, (_none, place) => `offer_${index * OFFERS_EACH + place}`);
    const triggers = [EVERYBODY, `trigger_${index % TRIGGERS}`, `trigger_${(index * 3 + 1) % TRIGGERS}`];
    const goal = 'goal: { kpi: retained_60d, target: 0.04, driver: churn-risk }';
    return `  campaign_${index}: { ${goal}, ${targets[index % targets.length]}triggers: [${[...new Set(triggers)].join(', ')}], offers: [${own.join(', ')}], holdout: 0.1, stage: live }`;
  });
  return `campaigns:\n${lines.join('\n')}\n`;
}
