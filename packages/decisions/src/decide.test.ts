import { type CompiledPolicy, type Offer, type Truth, UNLIMITED } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import {
  always,
  basisOf,
  campaign,
  DAY_MS,
  enrolledAs,
  HOUR_MS,
  NOON,
  offer,
  policyOf,
  quietNights,
  requestOf,
} from '../test/policy-fixture.ts';
import { type CustomerDealings, NO_DEALINGS } from './dealings.ts';
import { decide } from './decide.ts';
import type { LedgerEntry } from './ledger.ts';
import type { CustomerFacts, Decision } from './model.ts';

const LIMITS: CompiledPolicy['contactPolicy'] = {
  ...UNLIMITED,
  caps: [{ max: 1, perMs: 7 * DAY_MS }],
  minimumGapMs: HOUR_MS,
  cooldownMs: 30 * DAY_MS,
  quietHours: [quietNights(['sms'])],
};

function contact(sendAt: number, fields: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    contactId: `c${sendAt}`,
    campaign: 'other',
    offer: 'other',
    category: 'retention',
    channel: 'call-centre',
    kind: 'marketing',
    sendAt,
    sendBy: sendAt + DAY_MS,
    status: 'confirmed',
    rejectedAt: 0,
    ...fields,
  };
}

interface Case {
  readonly customer?: Partial<CustomerFacts>;
  readonly history?: CustomerDealings;
  readonly offers?: readonly Offer[];
  readonly policy?: Partial<CompiledPolicy>;
  readonly ledger?: readonly LedgerEntry[];
  readonly nowMs?: number;
}

function decided(given: Case): Decision {
  const { customer, history = NO_DEALINGS, offers = [offer('gift')], policy, ledger = [], nowMs = NOON } = given;
  return decide(requestOf(customer, { nowMs }), basisOf(policyOf(offers, policy), { ledger, history }));
}

function said({ outcome }: Decision): string {
  if (outcome.kind === 'suppressed') return `suppressed ${outcome.reason}`;
  if (outcome.kind === 'no-action') return 'no-action';
  return `${outcome.kind} ${outcome.winner.offer} ${outcome.arm}`;
}

const service = { campaigns: new Map([['sorry', campaign('sorry', ['gift'], { kind: 'service' })]]) };
const running = (days: { fromMs?: number; untilMs?: number }) => ({
  campaigns: new Map([['autumn', campaign('autumn', ['gift'], days)]]),
});
const targeted = (truth: Truth) => ({
  campaigns: new Map([['loyal', campaign('loyal', ['gift'], { target: { template: 'loyal', when: always(truth) } })]]),
});
const own = (contactId: string, fields: Partial<LedgerEntry> = {}) =>
  contact(NOON - 90 * DAY_MS, { contactId, ...fields });

describe('decide', () => {
  it.each<[string, Case, string]>([
    ['contacts when nothing stands in the way', {}, 'contact gift treated'],
    ['has nothing to say without a campaign', { offers: [] }, 'suppressed no-campaign'],
    [
      'drops what is not eligible',
      { offers: [offer('gift', { eligible: always('false') })] },
      'suppressed not-eligible',
    ],
    [
      'takes unknown eligibility as none',
      { offers: [offer('gift', { eligible: always('unknown') })] },
      'suppressed not-eligible',
    ],
    [
      'asks a campaign from the first moment of its first day on',
      { policy: running({ fromMs: NOON, untilMs: NOON + 1 }) },
      'contact gift treated',
    ],
    ['has no campaign before its first day', { policy: running({ fromMs: NOON + 1 }) }, 'suppressed no-campaign'],
    ['has no campaign after its last day', { policy: running({ untilMs: NOON }) }, 'suppressed no-campaign'],
    ['offers to the target group', { policy: targeted('true') }, 'contact gift treated'],
    ['leaves out who is not in the target group', { policy: targeted('false') }, 'suppressed not-targeted'],
    ['leaves out of whom it is not known', { policy: targeted('unknown') }, 'suppressed not-targeted'],
    ['leaves do-not-contact alone', { customer: { exclusions: ['do-not-contact'] } }, 'suppressed do-not-contact'],
    ['leaves the excluded alone', { customer: { exclusions: ['fraud'] } }, 'suppressed excluded'],
    [
      'honours a declared exclusion',
      { policy: { exclusions: [{ id: 'minors', when: always('true'), scope: 'marketing' }] } },
      'suppressed excluded',
    ],
    [
      'does not exclude on what is unknown',
      { policy: { exclusions: [{ id: 'minors', when: always('unknown'), scope: 'all' }] } },
      'contact gift treated',
    ],
    ['sells nothing over an open complaint', { customer: { isComplaintOpen: true } }, 'suppressed complaint-open'],
    ['serves over an open complaint', { customer: { isComplaintOpen: true }, policy: service }, 'contact gift treated'],
    ['asks for consent', { customer: { consent: () => 'withdrawn' } }, 'suppressed no-consent'],
    [
      'does not sell on behaviour to whom refused profiling',
      { customer: { consent: (_, purpose) => (purpose === 'PROFILING' ? 'withdrawn' : 'granted') } },
      'suppressed no-consent',
    ],
    [
      'takes the next channel when one is refused',
      {
        offers: [offer('gift', { channels: ['sms', 'call-centre'] })],
        customer: { consent: (channel) => (channel === 'sms' ? 'withdrawn' : 'unknown') },
      },
      'contact gift treated',
    ],
    ['needs a channel', { offers: [offer('gift', { channels: [] })] }, 'suppressed no-channel'],
    [
      'does not wait for the morning with an offer that ends at night',
      {
        offers: [offer('gift', { channels: ['sms'], validForMs: HOUR_MS })],
        policy: { contactPolicy: LIMITS },
        nowMs: NOON + 11 * HOUR_MS,
      },
      'suppressed quiet-hours',
    ],
    ['keeps the cap', { policy: { contactPolicy: LIMITS }, ledger: [contact(NOON - DAY_MS)] }, 'suppressed cap'],
    [
      'counts cancelled contacts for the cap',
      { policy: { contactPolicy: LIMITS }, ledger: [contact(NOON - DAY_MS, { status: 'cancelled' })] },
      'suppressed cap',
    ],
    [
      'does not count what was released',
      { policy: { contactPolicy: LIMITS }, ledger: [contact(NOON - DAY_MS, { status: 'released' })] },
      'contact gift treated',
    ],
    [
      'contacts again when the cap has passed, exactly',
      { policy: { contactPolicy: LIMITS }, ledger: [contact(NOON - 7 * DAY_MS)] },
      'contact gift treated',
    ],
    [
      'keeps the gap',
      { policy: { contactPolicy: LIMITS }, ledger: [contact(NOON - HOUR_MS + 1)] },
      'suppressed minimum-gap',
    ],
    [
      'cools down after a refusal',
      {
        policy: { contactPolicy: LIMITS },
        ledger: [contact(NOON - 20 * DAY_MS, { offer: 'gift', rejectedAt: NOON - 20 * DAY_MS })],
      },
      'suppressed cool-down',
    ],
    ['finds nothing worth it', { offers: [offer('gift', { costMinor: 500 })] }, 'no-action'],
    ['keeps the universal holdout out', { policy: { holdout: { share: 1, salt: 's' } } }, 'control gift holdout'],
    [
      'serves the universal holdout',
      { policy: { ...service, holdout: { share: 1, salt: 's' } } },
      'contact gift treated',
    ],
    [
      'keeps the control of a campaign out',
      { policy: { campaigns: new Map([['keep', campaign('keep', ['gift'], { holdout: 1 })]]) } },
      'control gift control',
    ],
    ['keeps the arm that was frozen', { history: enrolledAs('control') }, 'control gift control'],
    [
      'prefers the higher expected value',
      { offers: [offer('small', { valueMinor: 900 }), offer('big', { valueMinor: 1_100 })] },
      'contact big treated',
    ],
  ])('%s', (_, given, expected) => {
    expect(said(decided(given))).toBe(expected);
  });

  it('sends only while the occasion is fresh, though the offer may stand longer', () => {
    const [trigger] = policyOf([]).triggersOn('UsageRecorded');
    if (!trigger) throw new Error('the policy has no trigger');
    const sendByAt = (nowMs: number) => {
      const request = requestOf({}, { nowMs, trigger: { ...trigger, freshnessMs: HOUR_MS } });
      const policy = policyOf([offer('gift', { channels: ['sms'] })], { contactPolicy: LIMITS });
      const { outcome } = decide(request, basisOf(policy));
      return outcome.kind === 'contact' ? outcome.winner.sendBy : undefined;
    };
    expect(sendByAt(NOON)).toBe(NOON + HOUR_MS);
    // Held back by the quiet hours, which end at nine: it is as fresh then as it was in the evening.
    expect(sendByAt(NOON + 11 * HOUR_MS)).toBe(NOON + 22 * HOUR_MS);
  });

  it('does not decide twice on one occasion, whatever became of the contact', () => {
    const first = decided({});
    const ledger = [own(first.contactId, { status: 'released' })];
    expect(said(decided({ ledger }))).toBe('suppressed already-decided');
  });

  it('says of every candidate why it lost, no action included', () => {
    const { candidates } = decided({
      offers: [offer('big', { valueMinor: 2_000 }), offer('small'), offer('shut', { eligible: always('false') })],
    });
    expect(candidates.map(({ offer: name, score, lostBecause }) => [name, score, lostBecause])).toEqual([
      ['big', 900, undefined],
      ['shut', 400, 'not-eligible'],
      ['small', 400, 'lower-value'],
      ['no_action', 0, 'lower-value'],
    ]);
  });

  it('enrols once', () => {
    expect(decided({}).enrolment).toEqual({ campaign: 'keep', arm: 'treated', variant: '' });
    expect(decided({ history: enrolledAs('treated') }).enrolment).toBeUndefined();
  });
});
