import { shareOf } from '@holdfast/decisions';
import type { DecisionMade, Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  FEED,
  HOUR_MS,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { about } from '../test/stepped-pack.ts';
import { alertOf } from './alert.ts';
import { LAST_CALL_MS, REPORT_WAIT_MS } from './contact-life.ts';
import { contactStanding } from './contact-standing.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);
const CUSTOMER =
  Array.from({ length: 100 }, (_, index) => `customer-${index}`).find(
    (id) => shareOf(POLICY.holdout.salt, id) >= POLICY.holdout.share,
  ) ?? '';

/** A customer who asked for a suspension at START, and the contact decided for him. */
function askedForSuspension(language = 'en'): { world: CustomerWorld; decision: DecisionMade } {
  const world = createCustomerWorld(POLICY, CUSTOMER);
  world.tell(
    world.event('CustomerRegistered', START - DAY_MS, {
      language,
      timeZone: 'UTC',
      tier: '',
      birthYear: null,
      birthDate: null,
      city: '',
    }),
  );
  return { world, decision: suspend(world, 'r-1', START) };
}

function suspend(world: CustomerWorld, requestId: string, atMs: number): DecisionMade {
  const fields = { subscriptionId: 'line-1', requestId, channel: 'online', reason: 'price', effectiveAt: null };
  world.tell(world.event('SuspensionRequested', atMs, fields));
  const decision = world.decisions.at(-1);
  if (!decision) throw new Error('nothing was decided');
  return decision;
}

function standing(world: CustomerWorld, contactId: string, nowMs = START + HOUR_MS) {
  const answer = contactStanding(topology.encode(world.state, topology.codecVersion), contactId, nowMs);
  return answer.kind === 'refused'
    ? `refused ${answer.reason}`
    : answer.kind === 'closed'
      ? `closed ${answer.status}`
      : answer.kind;
}

function report(
  world: CustomerWorld,
  decision: DecisionMade,
  status: 'DELIVERED' | 'FAILED' | 'UNKNOWN' | 'SENT' | 'SEEN' | 'EXPIRED' | 'REFUSED' | 'CANCELLED' | 'ATTEMPTED',
  atMs = START + HOUR_MS,
) {
  return world.tell(
    world.event('DeliveryReported', atMs, { ...about(decision), status, detail: '', providerRef: '', attempt: 0 }),
  );
}

describe('a contact', () => {
  it('leaves as one message with its job, and is open', () => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    const event = world.event('SuspensionRequested', START, {
      ...{ subscriptionId: 'line-1', requestId: 'r', channel: '', reason: '', effectiveAt: null },
    });
    const { outbox, history, kpis } = world.tell(event);
    const decision = world.decisions[0];
    expect(outbox.map(({ topic, partition, key, job }) => [topic, partition, String(key), job?.contactId])).toEqual([
      ['holdfast.decision.v1', 3, CUSTOMER, decision?.contactId],
    ]);
    expect(history).toHaveLength(1);
    expect(kpis.map(({ campaign, cell }) => `${campaign} ${cell}`)).toEqual([
      'save_desk 2026-02-02|save_plan|treated|||enrolled',
      'universal 2026-02-02|save_plan|treated|||enrolled',
      'plays suspension_requested|contact|',
      'save_desk 2026-02-02|save_plan|treated||call-centre|contact',
    ]);
    expect(world.tell(event).outbox).toEqual([]);
    expect(standing(world, decision?.contactId ?? '')).toBe('open');
  });

  it('shows the agent reason and script in the language of the customer', () => {
    const alert = alertOf(askedForSuspension('zh-CN').decision);
    expect(alert).toMatchObject({ play: 'suspension_requested', language: 'zh', title: '低资费保号套餐', priority: 2 });
    expect(alert.reason).toBe('客户申请停机保号，号码 line-1，原因：price。');
    expect(alertOf(askedForSuspension('fr').decision).reason).toContain('asked to suspend line line-1');
  });

  it.each<[string, (world: CustomerWorld, decision: DecisionMade) => void, string]>([
    ['delivered', (world, decision) => report(world, decision, 'DELIVERED'), 'closed confirmed'],
    ['failed', (world, decision) => report(world, decision, 'FAILED'), 'closed released'],
    ['of which nobody knows', (world, decision) => report(world, decision, 'UNKNOWN'), 'closed unknown'],
    [
      'delivered after all',
      (world, decision) => {
        report(world, decision, 'UNKNOWN');
        report(world, decision, 'DELIVERED');
        report(world, decision, 'FAILED');
      },
      'closed confirmed',
    ],
    ['that a provider has', (world, decision) => report(world, decision, 'SENT'), 'closed sent'],
    ['tried in vain, to be tried again', (world, decision) => report(world, decision, 'ATTEMPTED'), 'open'],
    ['that was seen', (world, decision) => report(world, decision, 'SEEN'), 'closed confirmed'],
    ['that expired', (world, decision) => report(world, decision, 'EXPIRED'), 'closed released'],
    ['taken back before it went out', (world, decision) => report(world, decision, 'CANCELLED'), 'closed released'],
    [
      'refused by one who did not know that a provider has it',
      (world, decision) => {
        report(world, decision, 'SENT');
        report(world, decision, 'REFUSED');
      },
      'closed sent',
    ],
    [
      'refused before it was told that a provider has it',
      (world, decision) => {
        report(world, decision, 'CANCELLED');
        report(world, decision, 'SENT');
      },
      'closed sent',
    ],
    [
      'refused and given up before it was told that a provider had it',
      (world, decision) => {
        report(world, decision, 'REFUSED');
        report(world, decision, 'FAILED');
        report(world, decision, 'SENT');
      },
      'closed released',
    ],
    [
      'that the provider could not deliver',
      (world, decision) => {
        report(world, decision, 'SENT');
        report(world, decision, 'FAILED');
      },
      'closed released',
    ],
    [
      'whose customer withdrew',
      (world) =>
        world.tell(world.event('ConsentChanged', START + 1, { channel: '*', purpose: 'MARKETING', granted: false })),
      'refused consent',
    ],
    [
      'whose customer complained',
      (world) => world.tell(world.event('ComplaintFiled', START + 1, { complaintId: 'c', topic: '' })),
      'refused complaint-open',
    ],
    [
      'whose customer is to be left alone',
      (world) => world.tell(world.event('ExclusionSet', START + 1, { exclusion: 'do-not-contact', active: true })),
      'refused do-not-contact',
    ],
  ])('%s stands so before sending', (_, change, expected) => {
    const { world, decision } = askedForSuspension();
    change(world, decision);
    expect(standing(world, decision.contactId)).toBe(expected);
  });

  it('is expired after its time and unknown to a state that never had it', () => {
    const { world, decision } = askedForSuspension();
    expect(standing(world, decision.contactId, (decision.sendBy ?? 0) + 1)).toBe('refused expired');
    expect(standing(world, 'c0')).toBe('unknown');
    expect(contactStanding(null, decision.contactId, START)).toEqual({ kind: 'unknown' });
  });

  it('is asked for once more at its deadline, then counts as unknown', () => {
    const { world, decision } = askedForSuspension();
    const deadline = decision.sendBy ?? 0;
    expect(topology.due(world.state)).toEqual({ wallMs: deadline });
    expect(world.fire(deadline - 1).outbox).toEqual([]);
    const asked = world.fire(deadline);
    expect(asked.outbox.map(({ topic, value, job }) => [topic, value, job?.contactId])).toEqual([
      ['', null, decision.contactId],
    ]);
    world.restart();
    expect(topology.due(world.state)).toEqual({ wallMs: deadline + LAST_CALL_MS });
    expect(world.fire(deadline + LAST_CALL_MS).outbox).toEqual([]);
    expect(standing(world, decision.contactId)).toBe('closed unknown');
    // The customer himself is looked at again.
    expect(topology.due(world.state)).toEqual({ wallMs: decision.decidedAt + 32 * DAY_MS });
  });

  it('that a provider has is not asked for again: without a report within a day it counts as unknown', () => {
    const { world, decision } = askedForSuspension();
    const deadline = decision.sendBy ?? 0;
    report(world, decision, 'SENT', START + 60_000);
    expect(topology.due(world.state).wallMs).toBe(deadline + REPORT_WAIT_MS);
    expect(world.fire(deadline + LAST_CALL_MS).outbox).toEqual([]);
    world.restart();
    const effects = world.fire(deadline + REPORT_WAIT_MS);
    expect(effects.outbox).toEqual([]);
    expect(standing(world, decision.contactId)).toBe('closed unknown');
    report(world, decision, 'DELIVERED', deadline + 2 * REPORT_WAIT_MS);
    expect(standing(world, decision.contactId)).toBe('closed confirmed');
  });

  it('remembers the first of each thing that became of it, in whichever order it is told', () => {
    const events = (world: CustomerWorld, decision: DecisionMade) => [
      world.event('OfferPresented', START + 2 * HOUR_MS, { ...about(decision), agent: '' }),
      world.event('OfferAccepted', START + 3 * HOUR_MS, { ...about(decision), agent: '' }),
      world.event('OfferAccepted', START + 4 * HOUR_MS, { ...about(decision), agent: '' }),
      world.event('OfferDeferred', START + HOUR_MS, { ...about(decision), until: START + DAY_MS, agent: '' }),
    ];
    const tell = (order: (told: readonly Event[]) => readonly Event[]) => {
      const { world, decision } = askedForSuspension();
      for (const event of order(events(world, decision))) world.tell(event);
      return world.state.dealings.read().contacts;
    };
    const expected = {
      presentedAt: START + 2 * HOUR_MS,
      acceptedAt: START + 3 * HOUR_MS,
      deferredUntil: START + DAY_MS,
    };
    expect(tell((told) => told)).toMatchObject([expected]);
    expect(tell((told) => told.toReversed())).toMatchObject([expected]);
  });

  it('that was refused silences its offer', () => {
    const { world, decision } = askedForSuspension();
    world.tell(world.event('OfferRejected', START + HOUR_MS, { ...about(decision), agent: '', reason: '' }));
    expect(suspend(world, 'r-2', START + 5 * DAY_MS).suppressedBy).toBe('cool-down');
    expect(suspend(world, 'r-3', START + 32 * DAY_MS).outcome).toBe('contact');
  });

  it('that was forgotten is rebuilt from a report about it', () => {
    const { decision } = askedForSuspension();
    const world = createCustomerWorld(POLICY, CUSTOMER);
    report(world, decision, 'DELIVERED');
    expect(standing(world, decision.contactId)).toBe('closed confirmed');
    // It still keeps the next one at a distance.
    expect(suspend(world, 'r-2', START + 60_000).sendAt).toBe((decision.sendAt ?? 0) + HOUR_MS);
  });
});

describe('adoption', () => {
  it('takes a forgotten contact in, asks for its job, and does not decide on that occasion again', () => {
    const { decision } = askedForSuspension();
    const world = createCustomerWorld(POLICY, CUSTOMER);
    const effects = world.adopt([decision], START + HOUR_MS);
    expect(effects.outbox.map(({ topic, job }) => [topic, job?.contactId])).toEqual([['', decision.contactId]]);
    expect(effects.history).toHaveLength(1);
    const fields = {
      subscriptionId: 'line-1',
      requestId: 'r-1',
      channel: 'online',
      reason: 'price',
      effectiveAt: null,
    };
    expect(world.tell(world.event('SuspensionRequested', START, fields)).outbox).toEqual([]);
  });

  it('changes nothing for what the state knows, but asks for an open job again', () => {
    const { world, decision } = askedForSuspension();
    const before = topology.encode(world.state, topology.codecVersion);
    const effects = world.adopt([decision], START + HOUR_MS);
    expect(effects.outbox.map(({ job }) => job?.contactId)).toEqual([decision.contactId]);
    expect(effects.history).toEqual([]);
    expect(topology.encode(world.state, topology.codecVersion)).toEqual(before);
  });

  it('of a silence before the last one leaves the last one answered', () => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    world.tell(world.usage(START));
    world.fire(START + 7 * DAY_MS);
    world.tell(world.usage(START + 8 * DAY_MS));
    const due = START + 15 * DAY_MS;
    world.fire(due);
    const silences = world.decisions.map(({ occasion, step }) => [occasion, step]);
    expect(new Set(silences.map(String)).size).toBeGreaterThan(1);
    const effects = world.adopt(world.decisions, due + HOUR_MS);
    expect(effects.history).toEqual([]);
    expect(topology.due(world.state).eventTime).toBeUndefined();
    expect(world.fire(due + 2 * HOUR_MS).outbox).toEqual([]);
  });

  it('cancels all open contacts of a limit that is now exceeded, and keeps counting them', () => {
    const { decision } = askedForSuspension();
    const world = createCustomerWorld(POLICY, CUSTOMER);
    const other = suspend(world, 'r-2', START + 60_000);
    const effects = world.adopt([decision], START + HOUR_MS);
    expect(effects.outbox).toEqual([]);
    expect([standing(world, decision.contactId), standing(world, other.contactId)]).toEqual(['cancelled', 'cancelled']);
    expect(suspend(world, 'r-3', START + 2 * 60_000).sendAt).toBe((other.sendAt ?? 0) + HOUR_MS);
  });
});

describe('a silence', () => {
  it('waits for its feed, moves with usage, and is answered once', () => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    world.tell(world.usage(START));
    expect(topology.due(world.state)).toEqual({ eventTime: { dueMs: START + 7 * DAY_MS, feed: FEED } });
    world.tell(world.usage(START + DAY_MS));
    const due = START + 8 * DAY_MS;
    expect(topology.due(world.state)).toEqual({ eventTime: { dueMs: due, feed: FEED } });
    expect(world.fire(due, due - 1).outbox).toEqual([]);
    expect(world.fire(due, due).outbox).toHaveLength(1);
    expect(world.decisions[0]).toMatchObject({ trigger: 'gone_quiet', occurredAt: due });
    expect(world.fire(due + DAY_MS).outbox).toEqual([]);
    world.tell(world.usage(due + 10 * DAY_MS));
    expect(topology.due(world.state).eventTime?.dueMs).toBe(due + 17 * DAY_MS);
  });

  it('noticed after its freshness is passed over', () => {
    const world = createCustomerWorld(POLICY, CUSTOMER);
    world.tell(world.usage(START));
    expect(world.fire(START + 11 * DAY_MS).outbox).toEqual([]);
    expect(topology.due(world.state)).toEqual({});
  });
});
