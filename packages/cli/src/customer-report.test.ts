import type { DecisionMade } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { type CustomerReport, describeCustomer } from './customer-report.ts';

const AT = Date.parse('2026-11-22T12:00:00Z');

const decision: DecisionMade = {
  type: 'DecisionMade',
  contactId: 'c1',
  eventId: 'e',
  source: 's',
  occurredAt: AT,
  customerId: 'k-1',
  decidedAt: AT,
  trigger: 'failed_calls',
  occasion: 'week:1',
  step: 'first',
  campaign: 'service_recovery',
  offer: 'service_credit',
  category: 'service',
  kind: 'service',
  channel: 'call-centre',
  arm: 'treated',
  outcome: 'contact',
  suppressedBy: '',
  sendAt: AT,
  sendBy: AT + 1,
  validUntil: AT + 2,
  policyVersion: 'sha256:abc',
  probability: 1,
  priority: 1,
  language: 'en',
  title: {},
  reason: { en: '6 calls failed.' },
  script: {},
  evidence: [{ condition: 'crossed(failed_calls_7d, 5)', truth: 'true', values: { failed_calls_7d: '6' } }],
  candidates: [
    {
      campaign: 'service_recovery',
      offer: 'service_credit',
      channel: 'call-centre',
      score: 700,
      eligible: true,
      lostBecause: '',
    },
    {
      campaign: 'service_recovery',
      offer: 'no_action',
      channel: '',
      score: 0,
      eligible: true,
      lostBecause: 'lower-value',
    },
  ],
  exclusions: [],
  stage: 'live',
  wouldBe: '',
  desk: '',
  team: '',
  accountManager: '',
  tier: '',
  workDueAt: null,
  managerUntil: null,
  teamUntil: null,
  variant: '',
  segment: '',
  propensity: 0,
  costMinor: 0,
  slotAt: null,
  candidatesLeftOut: 0,
};

const report: CustomerReport = {
  customerId: 'k-1',
  partition: 3,
  asOfMs: AT,
  stateBytes: 300,
  lastEventAt: null,
  timeZone: 'UTC',
  attributes: { plan: null, has_mobile: true, products: [] },
  features: { failed_calls_7d: 6, usage_share_of_own: null, calls_2d: null },
  countedSince: { failed_calls_7d: AT - 60_000, calls_2d: null },
  lines: [],
  accountManager: null,
  households: [{ householdId: 'h-1', role: 'payer', linkedAt: 1, unlinkedAt: 0 }],
  consents: [{ key: 'sms|MARKETING', isOn: false, at: AT }],
  exclusions: [],
  complaints: [],
  timers: { eventTime: { dueMs: AT, feed: 'crm|UsageRecorded' } },
  contacts: [],
  firings: [],
  enrolments: [
    {
      ...{
        campaign: 'save_desk',
        arm: 'treated',
        variant: 'b',
        at: AT,
        offer: 'save_plan',
        channel: 'sms',
        trigger: 't',
      },
      ...{ contactCount: 2, planEndedAt: 0, horizonsDone: 0, revenueMinor: [], acceptedAt: 0, activatedAt: 0 },
      churnedAt: 0,
    },
  ],
  plans: [
    {
      ...{ campaign: 'save_desk', trigger: 'suspension_requested', occasion: 'event:r-1', offer: 'save_plan' },
      ...{ arm: 'treated', variant: 'b', startedAt: AT, stepIndex: 1, attempt: 1, lastContactId: 'c1', lastSendAt: AT },
      ...{ next: 'step', dueAt: AT, endedAt: 0, endReason: '' },
    },
  ],
  decisions: [decision],
  events: [
    {
      ...{ type: 'BalanceToppedUp', eventId: 't-1', source: 'billing', occurredAt: AT, customerId: 'k-1' },
      ...{ subscriptionId: 'line-1', amountMinor: 500, currency: 'CNY' },
    },
  ],
  unreadable: [],
};

describe('the report on a customer', () => {
  const text = describeCustomer(report);

  it.each([
    ['what is not known', /^ {2}plan +unknown$/m],
    ['a feature with its value, and since when it counts', /^ {2}failed_calls_7d +6 +counted since 2026-11-22T11:59/m],
    ['a feature that does not count yet', /^ {2}calls_2d +unknown +not counted yet$/m],
    ['a derived feature, which counts nothing itself', /^ {2}usage_share_of_own +unknown$/m],
    ['a consent that was withdrawn', /sms\|MARKETING withdrawn/],
    ['a silence that is waited for', /silence +2026-11-22T12:00:00.000Z of crm\|UsageRecorded/],
    ['an enrolment with its variant', /^ {2}2026-\S+ {2}save_desk {2}treated \(b\) {2}contacts 2$/m],
    ['a plan with what is next', /save_desk: suspension_requested → save_plan {2}step 2 {2}next step 2026-/],
    ['an offer and its channel', /failed_calls → service_credit by call-centre/],
    ['the evidence with its values', /crossed\(failed_calls_7d, 5\) is true \(failed_calls_7d 6\)/],
    ['a household he is in', /^ {2}h-1 {2}as payer since 1970-/m],
    ['what happened to him', /^ {2}2026-11-22T12:00:00.000Z {2}BalanceToppedUp of billing$/m],
    ['why a candidate lost, and what it is worth', /lost: lower-value +no_action of service_recovery, worth 0/],
  ])('says %s', (_, expected) => {
    expect(text).toMatch(expected);
  });

  it('says why there was no offer', () => {
    const withheld = { ...decision, outcome: 'suppressed' as const, suppressedBy: 'minimum-gap' };
    expect(describeCustomer({ ...report, decisions: [withheld] })).toContain('failed_calls → suppressed (minimum-gap)');
  });
});
