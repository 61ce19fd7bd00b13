import { compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { telecomContract } from '@holdfast/telecom';

export const CONTRACT = telecomContract();

const TEXT = `
currency: CNY
features:
  calls_1d: { from: UsageRecorded, where: kind == 'VOICE', count: true, window: 1d }
triggers:
  many_calls: { on: UsageRecorded, when: "crossed(calls_1d, 3) && tenure_days > 5", occasion: day, reason: r }
  worried: { on: CancellationRequested, occasion: event.requestId, reason: r }
  unheard: { sequence: { first: ComplaintFiled, without: ComplaintResolved, within: 3d }, occasion: silence, reason: r }
  quiet: { absence: { of: UsageRecorded, for: 2d }, occasion: silence, reason: r }
offers:
  gift: { title: Gift, category: retention, value: 10, propensity: 0.5, validFor: 2d, channels: [sms] }
  call: { title: Call, category: retention, value: 5, propensity: 0.5, validFor: 2d, channels: [call-centre] }
campaigns:
  thanks: { goal: { kpi: k, target: 0.1 }, triggers: [many_calls], offers: [gift, call], holdout: 0.5, stage: live }
  keep:
    goal: { kpi: k, target: 0.1 }
    triggers: [worried, unheard]
    offers: [call, gift]
    steps: [{ channel: call-centre }, { after: 3d, unless: responded, channel: sms }]
    stage: draft
  back: { goal: { kpi: k, target: 0.1 }, triggers: [quiet], offers: [call], stage: live }
contact-policy:
  caps: [{ max: 3, per: 7d }]
  quietHours: { from: 21, to: 9, channels: [sms] }
holdout: { share: 0.1, salt: s }
`;

const answer = compilePolicy({ 'policy.yaml': TEXT }, CONTRACT);
if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
/** A small policy with every gate that a test may name. */
export const POLICY = answer.policy;
