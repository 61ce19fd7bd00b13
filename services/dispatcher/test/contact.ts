import type { DecisionMade } from '@holdfast/events';
import type { Contact } from '../src/ports.ts';

export const NOW = 1_800_000_000_000;

/** A contact that may be sent at NOW. */
export function contactOf(change: Partial<DecisionMade> = {}, address = ''): Contact {
  const decision = { ...DECISION, ...change };
  const { contactId, customerId: entityId, channel } = decision;
  const job = { channel, contactId, entityId, sendAt: NOW - 1_000, sendBy: NOW + 60_000, earlierAttempts: 0, tries: 0 };
  return { job, decision, address };
}

export const DECISION: DecisionMade = {
  type: 'DecisionMade',
  contactId: 'c1',
  eventId: 'e1',
  source: 'holdfast',
  occurredAt: NOW - 3_000,
  customerId: '4711',
  decidedAt: NOW - 2_000,
  trigger: 'gone_quiet',
  occasion: 'o',
  step: 'first',
  campaign: 'save',
  offer: 'care_call',
  category: 'retention',
  kind: 'marketing',
  channel: 'call-centre',
  arm: 'treated',
  outcome: 'contact',
  suppressedBy: '',
  sendAt: NOW - 1_000,
  sendBy: NOW + 60_000,
  validUntil: null,
  policyVersion: 'sha256:0',
  probability: 1,
  priority: 2,
  language: 'en',
  title: {},
  reason: {},
  script: {},
  evidence: [],
  candidates: [],
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
