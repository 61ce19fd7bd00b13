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
};

const report: CustomerReport = {
  customerId: 'k-1',
  partition: 3,
  asOfMs: AT,
  stateBytes: 300,
  lastEventAt: null,
  timeZone: 'UTC',
  attributes: { plan: null, has_mobile: true, products: [] },
  features: { failed_calls_7d: 6, usage_share_of_own: null },
  lines: [],
  consents: [{ key: 'sms|MARKETING', isOn: false, at: AT }],
  exclusions: [],
  complaints: [],
  timers: { eventTime: { dueMs: AT, feed: 'crm|UsageRecorded' } },
  contacts: [],
  firings: [],
  enrolments: [],
  decisions: [decision],
  unreadable: [],
};

describe('the report on a customer', () => {
  const text = describeCustomer(report);

  it.each([
    ['what is not known', /^ {2}plan +unknown$/m],
    ['a feature with its value', /^ {2}failed_calls_7d +6$/m],
    ['a consent that was withdrawn', /sms\|MARKETING withdrawn/],
    ['a silence that is waited for', /silence +2026-11-22T12:00:00.000Z of crm\|UsageRecorded/],
    ['an offer and its channel', /failed_calls → service_credit by call-centre/],
    ['the evidence with its values', /crossed\(failed_calls_7d, 5\) is true \(failed_calls_7d 6\)/],
    ['why a candidate lost, and what it is worth', /lost: lower-value +no_action of service_recovery, worth 0/],
  ])('says %s', (_, expected) => {
    expect(text).toMatch(expected);
  });

  it('says why there was no offer', () => {
    const withheld = { ...decision, outcome: 'suppressed' as const, suppressedBy: 'minimum-gap' };
    expect(describeCustomer({ ...report, decisions: [withheld] })).toContain('failed_calls → suppressed (minimum-gap)');
  });
});
