import { type CompiledPolicy, compilePolicy, eventFields } from '@holdfast/policy';
import type { BenchRule } from './rule-book.ts';

/** The rules as the policy that an operator would write. */
export function policyOf(rules: readonly BenchRule[]): CompiledPolicy {
  const triggers = rules.map(
    ({ id, on, when }) => `  ${id}: { on: ${on}, when: ${JSON.stringify(when)}, occasion: day, reason: r }`,
  );
  const answer = compilePolicy(
    { 'features.yaml': FEATURES, 'rules.yaml': `triggers:\n${triggers.join('\n')}\n` },
    CONTRACT,
  );
  if (answer.kind === 'ok') return answer.policy;
  throw new Error(answer.diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'));
}

const CONTRACT = {
  events: eventFields(),
  attributes: {
    tier: 'string',
    city: 'string',
    age: 'double',
    tenure_days: 'double',
    has_broadband: 'bool',
    data_allowance_mb: 'double',
    days_left_in_cycle: 'double',
  },
  channels: ['call-centre'],
} as const;

const FEATURES = `
features:
  data_mb_cycle: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: cycle }
  data_share_used: { expr: data_mb_cycle / data_allowance_mb }
  data_mb_24h: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: 24h, hop: 1h }
  data_mb_7d: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: 7d, hop: 1d }
  data_mb_30d: { from: UsageRecorded, where: kind == 'DATA', sum: quantityMb, window: 30d, hop: 1d }
  home_data_mb_30d:
    from: UsageRecorded
    where: kind == 'DATA' && (localHour >= 19 || (localHour >= 0 && localHour < 8))
    sum: quantityMb
    window: 30d
    hop: 1d
  roaming_mb_7d:
    from: UsageRecorded
    where: kind == 'DATA' && zone == 'ROAMING'
    sum: quantityMb
    window: 7d
    hop: 1d
  voice_seconds_30d: { from: UsageRecorded, where: kind == 'VOICE', sum: durationSeconds, window: 30d, hop: 1d }
  failed_calls_7d: { from: UsageRecorded, where: kind == 'VOICE' && failed, count: true, window: 7d, hop: 1d }
  sms_30d: { from: UsageRecorded, where: kind == 'SMS', count: true, window: 30d, hop: 1d }
  charge_30d: { from: UsageRecorded, sum: chargeMinor, window: 30d, hop: 1d }
  charge_30d_before: { from: UsageRecorded, sum: chargeMinor, window: 30d, offset: 30d, hop: 1d }
  charge_of_own: { expr: charge_30d / charge_30d_before }
  uses_6d: { from: UsageRecorded, where: "!failed", count: true, window: 6d, hop: 1d }
  uses_21d_before: { from: UsageRecorded, where: "!failed", count: true, window: 21d, offset: 6d, hop: 1d }
  usage_share_of_own: { expr: (uses_6d / 6) / (uses_21d_before / 21) }
  top_ups_30d: { from: BalanceToppedUp, count: true, window: 30d, hop: 1d }
  topped_up_30d: { from: BalanceToppedUp, sum: amountMinor, window: 30d, hop: 1d }
  overdue_90d: { from: BillOverdue, count: true, window: 90d, hop: 3d }
  calls_in_7d: { from: ContactOpened, count: true, window: 7d, hop: 1d }
segments:
  high_value: tier in ['high-value', 'key']
`;
