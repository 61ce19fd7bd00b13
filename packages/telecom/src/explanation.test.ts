import { shareOf } from '@holdfast/decisions';
import { describe, expect, it } from 'vitest';
import { packWithTriggers } from '../test/added-triggers.ts';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { type ExplainedTrigger, explainCustomer } from './explanation.ts';
import { storedStanding } from './stored-standing.ts';

const POLICY = compilePack();
const { salt, share } = POLICY.holdout;
const IDS = Array.from({ length: 500 }, (_, index) => `customer-${index}`);
const OUTSIDE = IDS.find((id) => shareOf(salt, id) >= share) ?? '';
const HELD_OUT = IDS.find((id) => shareOf(salt, id) < share) ?? '';

type Story = (world: CustomerWorld) => void;

const line: Story = (world) => void world.tell(world.activated(START - 60 * DAY_MS));
const data =
  (mb: number, atMs = START + HOUR_MS): Story =>
  (world) =>
    void world.tell(world.usage(atMs, { kind: 'DATA', quantityMb: mb }));
const suspension: Story = (world) =>
  void world.tell(
    world.event('SuspensionRequested', START, {
      subscriptionId: 'line-1',
      requestId: 'r-1',
      channel: 'online',
      reason: 'dear',
      effectiveAt: null,
    }),
  );
const noMarketing: Story = (world) =>
  void world.tell(world.event('ConsentChanged', START, { channel: '*', purpose: 'MARKETING', granted: false }));
const complaint: Story = (world) =>
  void world.tell(world.event('ComplaintFiled', START, { complaintId: 'c-1', topic: 'bill' }));
const staff: Story = (world) =>
  void world.tell(world.event('ExclusionSet', START, { exclusion: 'staff', active: true }));
const minor: Story = (world) =>
  void world.tell(
    world.event('CustomerRegistered', START, {
      ...{ language: 'en', timeZone: 'UTC', tier: '', birthYear: 2015, city: '', birthDate: null },
    }),
  );

function explain(stories: readonly Story[], options: { nowMs?: number; id?: string; trigger?: string } = {}) {
  const { id = OUTSIDE, nowMs = START + 2 * HOUR_MS, trigger } = options;
  const world = createCustomerWorld(POLICY, id);
  for (const story of stories) story(world);
  const topology = topologyOf(POLICY);
  const stored = topology.encode(world.state, topology.codecVersion);
  return { explanation: explainCustomer(id, stored, POLICY, { nowMs, trigger }), world };
}

function triggerOf(stories: readonly Story[], trigger: string, options: { nowMs?: number; id?: string } = {}) {
  const { explanation } = explain(stories, { ...options, trigger });
  return explanation.campaigns[0]?.triggers[0] as ExplainedTrigger;
}

describe('the explanation of a trigger', () => {
  it('has each condition with its value and truth, and the tiles behind the feature', () => {
    const told = triggerOf([line, data(3_000), data(2_000)], 'bundle_running_out');
    expect(told).toMatchObject({ stoppedBy: 'condition', truth: 'false', asOfMs: START + HOUR_MS, latch: 'open' });
    expect(told.conditions).toEqual([
      { condition: 'crossed(data_share_used, 0.8)', truth: 'false', values: { data_share_used: 0.5 } },
      { condition: 'days_left_in_cycle > 5', truth: 'true', values: { days_left_in_cycle: 26 } },
    ]);
    expect(told.features).toMatchObject([
      { name: 'data_share_used', value: 0.5, expression: 'data_mb_cycle / data_allowance_mb', tiles: [] },
      { name: 'data_mb_cycle', value: 5_000, tiles: [{ sum: 5_000 }] },
    ]);
  });

  it('says why a value is unknown', () => {
    const told = triggerOf([data(9_000)], 'bundle_running_out');
    expect(told).toMatchObject({ stoppedBy: 'condition', truth: 'unknown' });
    expect(told.features.find(({ name }) => name === 'data_mb_cycle')).toMatchObject({
      value: null,
      unknown: 'not-covered',
    });
  });

  it('says when it had its turn on this occasion, and that its latch is shut', () => {
    const told = triggerOf([line, data(9_000)], 'bundle_running_out');
    expect(told).toMatchObject({ stoppedBy: 'had-its-turn', turnAtMs: START + HOUR_MS + 1_000, latch: 'shut' });
    expect(told.occasion).toMatch(/^cycle:/);
  });

  it('leaves open what only the event can tell', () => {
    expect(triggerOf([line], 'suspension_requested')).toMatchObject({ stoppedBy: 'waits', occasion: null, turns: [] });
    const [turn] = triggerOf([line, suspension], 'suspension_requested').turns;
    expect(turn).toMatchObject({ occasion: 'event:r-1' });
  });

  it('knows since when a silence runs and when it is due', () => {
    expect(triggerOf([line], 'gone_quiet')).toMatchObject({ stoppedBy: 'no-timer', wait: null });
    const silent = triggerOf([line, data(1, START)], 'gone_quiet');
    const dueMs = START + 7 * DAY_MS;
    expect(silent).toMatchObject({ stoppedBy: 'waits', wait: { sinceMs: START, dueMs }, asOfMs: dueMs });
    expect(explain([line, data(1, START)]).explanation.nextSilence).toMatchObject({ dueMs });
    const fire: Story = (world) => void world.fire(dueMs);
    expect(triggerOf([line, data(1, START), fire], 'gone_quiet')).toMatchObject({
      stoppedBy: 'had-its-turn',
      turnAtMs: dueMs,
    });
  });
});

describe('the explanation of a timer', () => {
  const policy = packWithTriggers({
    joined: "schedule: { every: anniversary, at: '09:30' }, freshness: 12h",
    unpaid: 'sequence: { first: BillIssued, without: BillPaid, within: 5d }',
  });
  const told = (stories: readonly Story[], trigger: string) => {
    const world = createCustomerWorld(policy, OUTSIDE);
    for (const story of stories) story(world);
    const topology = topologyOf(policy);
    const stored = topology.encode(world.state, topology.codecVersion);
    return explainCustomer(OUTSIDE, stored, policy, { nowMs: START, trigger }).campaigns[0]?.triggers[0];
  };
  const bill: Story = (world) =>
    void world.tell(
      world.event('BillIssued', START, { billId: 'b', amountMinor: 1, currency: 'CNY', dueAt: START + DAY_MS }),
    );

  it('knows the next day of the calendar', () => {
    expect(told([line], 'joined')).toMatchObject({
      stoppedBy: 'waits',
      waitsFor: { kind: 'day', every: 'anniversary' },
      wait: { sinceMs: null, dueMs: Date.UTC(2026, 11, 4, 9, 30) },
      occasion: 'date:2026-12-04',
    });
  });

  it('knows until when an answer is waited for', () => {
    expect(told([line], 'unpaid')).toMatchObject({ stoppedBy: 'no-timer' });
    expect(told([line, bill], 'unpaid')).toMatchObject({
      stoppedBy: 'waits',
      waitsFor: { kind: 'unanswered', first: 'BillIssued', without: 'BillPaid' },
      wait: { sinceMs: START, dueMs: START + 5 * DAY_MS },
    });
  });
});

describe('the explanation of an offer', () => {
  const week = START + 3 * DAY_MS;
  it.each<[string, Story[], object]>([
    ['a withdrawn consent', [noMarketing], { lostBecause: 'no-consent', channels: [{ withdrawn: ['MARKETING'] }] }],
    ['an open complaint', [complaint], { lostBecause: 'complaint-open', channels: [] }],
    ['an exclusion of the customer', [staff], { lostBecause: 'excluded', channels: [] }],
    ['a declared exclusion', [minor], { lostBecause: 'excluded', channels: [] }],
    ['nothing', [], { lostBecause: null, channels: [{ kind: 'open' }] }],
  ])('is stopped by %s', (_, stories, expected) => {
    const told = triggerOf([line, ...stories], 'suspension_requested', { nowMs: START + HOUR_MS / 2 });
    expect(told.decision?.offers[0]).toMatchObject({ offer: 'save_plan', ...expected });
    expect(told.stoppedBy).toBe(stories.length === 0 ? 'waits' : 'decision');
  });

  it('says that it waits for the end of the minimum gap', () => {
    const told = triggerOf([line, suspension, data(1, START)], 'suspension_requested', { nowMs: START + HOUR_MS / 2 });
    expect(told.decision?.offers[0]).toMatchObject({
      offer: 'save_plan',
      lostBecause: null,
      channels: [{ kind: 'open', sendAt: START + 1_000 + HOUR_MS }],
    });
  });

  it('is stopped by a full cap, with which one and until when', () => {
    const told = triggerOf([line, data(9_000)], 'home_broadband', { nowMs: week });
    expect(told.decision?.offers[0]).toMatchObject({
      lostBecause: 'cap',
      channels: [{ cap: { max: 1, category: 'cross-sell' }, untilMs: START + HOUR_MS + 1_000 + 7 * DAY_MS }],
    });
  });

  it('is stopped by a conjunct of its eligibility, with its value', () => {
    const late = [line, data(1, START + 20 * DAY_MS)];
    const told = triggerOf(late, 'bundle_running_out', { nowMs: START + 20 * DAY_MS });
    const bigger = told.decision?.offers.find(({ offer }) => offer === 'bigger_plan');
    expect(bigger).toMatchObject({
      lostBecause: 'not-eligible',
      unmet: [{ condition: 'days_left_in_cycle > 12', truth: 'false', values: { days_left_in_cycle: 6 } }],
    });
  });

  it('is stopped by the holdout', () => {
    const told = triggerOf([line], 'suspension_requested', { id: HELD_OUT });
    expect(told).toMatchObject({ stoppedBy: 'decision', decision: { outcome: 'control', arm: 'holdout' } });
  });

  it('is stopped by the rejection of the same offer until the cool-down is over', () => {
    const reject: Story = (world) => {
      suspension(world);
      const { contactId } = world.decisions[0] ?? { contactId: '' };
      const about = { contactId, offer: 'save_plan', campaign: 'save_desk', channel: 'call-centre' };
      const settled = { category: 'retention', arm: 'treated', sendAt: null, reason: '', agent: '' };
      const unsaid = { segment: '', probability: null };
      world.tell(world.event('OfferRejected', START + HOUR_MS, { ...about, ...settled, ...unsaid }));
    };
    const told = triggerOf([line, reject], 'suspension_requested', { nowMs: week });
    expect(told.decision?.offers[0]).toMatchObject({
      lostBecause: 'cool-down',
      channels: [{ untilMs: START + HOUR_MS + 30 * DAY_MS }],
    });
  });
});

it('a campaign outside its days decides nothing', () => {
  const over = compilePack({
    'campaigns.yaml': (text) =>
      text.replace('stage: live\n  win_back', 'stage: live\n    until: 2026-01-31\n  win_back'),
  });
  const world = createCustomerWorld(over, OUTSIDE);
  line(world);
  const topology = topologyOf(over);
  const stored = topology.encode(world.state, topology.codecVersion);
  const told = explainCustomer(OUTSIDE, stored, over, { nowMs: START, campaign: 'bundle_care' });
  expect(told.campaigns[0]?.triggers[0]).toMatchObject({ stoppedBy: 'dates' });
});

it('an explanation changes nothing, and a draft campaign decides nothing', () => {
  const drafted = compilePack({
    'campaigns.yaml': (text) => text.replace(/stage: live\n {2}win_back_usage/, 'stage: draft\n  win_back_usage'),
  });
  const world = createCustomerWorld(drafted, OUTSIDE);
  line(world);
  data(9_000)(world);
  const topology = topologyOf(drafted);
  const stored = topology.encode(world.state, topology.codecVersion);
  const before = Buffer.from(stored);
  const told = explainCustomer(OUTSIDE, stored, drafted, { nowMs: START, campaign: 'bundle_care' });
  expect(told.campaigns).toMatchObject([
    { campaign: 'bundle_care', stage: 'draft', triggers: [{ stoppedBy: 'stage', decision: null }] },
  ]);
  expect(stored).toEqual(before);
});

it('a budget that its shard has used up is why an offer is not made', () => {
  const policy = compilePack({
    'campaigns.yaml': (text) =>
      text.replace('    offers: [save_plan', '    budget: { pieces: 2 }\n    offers: [save_plan'),
  });
  const world = createCustomerWorld(policy, OUTSIDE);
  line(world);
  const topology = topologyOf(policy);
  const state = topology.encode(world.state, topology.codecVersion);
  const decisionOf = (value: number) => {
    const meta = { partitionCount: 1, tallies: { 'pieces|save_desk': { value } } };
    const standing = storedStanding(meta, { partition: 0, policy, nowMs: START });
    const { campaigns } = explainCustomer(OUTSIDE, state, policy, { nowMs: START, campaign: 'save_desk', standing });
    return campaigns[0]?.triggers[0]?.decision;
  };
  const [paid, unpaid] = [decisionOf(1), decisionOf(2)];
  expect([paid?.suppressedBy, unpaid?.suppressedBy]).toEqual(['', 'budget']);
  expect(unpaid?.offers[0]?.budgetLeft).toEqual({ minor: null, pieces: 0 });
  expect(paid).toMatchObject({
    segment: 'other',
    offers: [{ propensity: 0.35, budgetLeft: { minor: null, pieces: 1 } }],
  });
});

it('of one offer is told what the others leave it, and of no campaign without it', () => {
  const world = createCustomerWorld(POLICY, OUTSIDE);
  line(world);
  data(9_000)(world);
  const topology = topologyOf(POLICY);
  const state = topology.encode(world.state, topology.codecVersion);
  const told = (offer?: string) => explainCustomer(OUTSIDE, state, POLICY, { nowMs: START, offer }).campaigns;
  const only = told('data_top_up_2gb');
  expect(only.map(({ campaign }) => campaign)).toEqual(['bundle_care']);
  const of = (campaigns: typeof only) => campaigns.find(({ campaign }) => campaign === 'bundle_care')?.triggers[0];
  const [one, all] = [of(only), of(told())];
  expect(one?.decision?.offers.map(({ offer }) => offer)).toEqual(['data_top_up_2gb']);
  expect(all?.decision?.offers.length).toBeGreaterThan(1);
  expect(one?.stoppedBy).toBe(all?.stoppedBy);
});
