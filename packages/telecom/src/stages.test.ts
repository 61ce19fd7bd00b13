import { isOpenTo, shareOf } from '@holdfast/decisions';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  HOUR_MS,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { contactStanding } from './contact-standing.ts';
import { kpiDay } from './kpi-cell.ts';
import { PLAYS_KPI } from './kpis.ts';

/** The pack with one more campaign beside the save desk, worth less or more than it. */
function withRival(stage: string, value: number): CompiledPolicy {
  return compilePack({
    'offers.yaml': (text) =>
      text.replace(
        'offers:\n',
        `offers:\n  rival: { title: R, category: retention, value: ${value}, propensity: 0.5, validFor: 72h, channels: [call-centre] }\n`,
      ),
    'campaigns.yaml': (text) =>
      `${text}  rivalry: { goal: { kpi: k, target: 0.1 }, triggers: [suspension_requested], offers: [rival], stage: ${stage} }\n`,
  });
}

const DEAR = 100_000;
const CHEAP = 3;
const { holdout } = compilePack();
const IDS = Array.from({ length: 200 }, (_, index) => `customer-${index}`).filter(
  (id) => shareOf(holdout.salt, id) >= holdout.share,
);
const [CUSTOMER = ''] = IDS;

function suspend(world: CustomerWorld, requestId = 'r-1', atMs = START): ReturnType<CustomerWorld['tell']> {
  const fields = { subscriptionId: 'line-1', requestId, channel: 'online', reason: 'price', effectiveAt: null };
  return world.tell(world.event('SuspensionRequested', atMs, fields));
}

const said = ({ stage, outcome, campaign, suppressedBy, wouldBe }: DecisionMade) =>
  `${stage} ${campaign} ${outcome} ${suppressedBy} ${wouldBe}`.replace(/ +/g, ' ').trim();

describe('a campaign in the shadow', () => {
  it.each([
    [DEAR, 'shadow rivalry suppressed shadow contact'],
    [CHEAP, 'shadow rivalry suppressed lower-value suppressed'],
  ])(
    'worth %d beside a live one changes nothing of the live decision, and records what it would have been',
    (value, expected) => {
      const world = createCustomerWorld(withRival('shadow', value), CUSTOMER);
      suspend(world);
      expect(world.decisions.map(said)).toEqual(['live save_desk contact', expected]);
      const [live, shadow] = world.decisions;
      expect(live?.candidates.map(({ campaign }) => campaign)).not.toContain('rivalry');
      expect(shadow?.candidates.map(({ campaign }) => campaign)).toContain('save_desk');
      expect(shadow?.contactId).not.toBe(live?.contactId);
    },
  );

  it('reserves nothing, enrols nobody, sends nothing and counts apart', () => {
    const withShadow = createCustomerWorld(withRival('shadow', DEAR), CUSTOMER);
    const without = createCustomerWorld(withRival('draft', DEAR), CUSTOMER);
    const [effects, plain] = [suspend(withShadow), suspend(without)];
    expect(withShadow.state.dealings.read()).toEqual(without.state.dealings.read());
    expect(effects.outbox.map(({ job }) => job?.contactId)).toEqual([plain.outbox[0]?.job?.contactId, undefined]);
    expect(effects.kpis.slice(plain.kpis.length)).toEqual([
      { campaign: 'rivalry', cell: `${kpiDay(START)}|rival|shadow||call-centre|contact`, by: 1 },
    ]);
    expect(effects.kpis.filter(({ campaign }) => campaign === PLAYS_KPI)).toHaveLength(1);
  });

  it('never stands in the ledger, however often it would have contacted', () => {
    const policy = withRival('shadow', DEAR);
    const world = createCustomerWorld(policy, CUSTOMER);
    for (let i = 0; i < 3; i++) suspend(world, `r-${i}`, START + i * 60_000);
    const shadows = world.decisions.filter(({ stage }) => stage === 'shadow');
    expect(new Set(shadows.map(({ contactId }) => contactId)).size).toBe(3);
    expect(world.state.dealings.read().contacts.map(({ campaign }) => campaign)).not.toContain('rivalry');
  });

  it('is in the history again after a restore, and in nothing else', () => {
    const world = createCustomerWorld(withRival('shadow', DEAR), CUSTOMER);
    suspend(world);
    const restored = createCustomerWorld(withRival('shadow', DEAR), CUSTOMER);
    const effects = restored.adopt(world.decisions, START + HOUR_MS);
    const without = createCustomerWorld(withRival('draft', DEAR), CUSTOMER);
    suspend(without);
    expect(effects.history).toHaveLength(2);
    expect(restored.state.dealings.read().contacts.map(({ campaign }) => campaign)).toEqual(['save_desk']);
    const enrolled = (world: CustomerWorld) =>
      world.state.dealings.read().enrolments.map(({ campaign, arm, at }) => [campaign, arm, at]);
    expect(enrolled(restored)).toEqual(enrolled(without));
    expect(effects.outbox.filter(({ job }) => job)).toHaveLength(1);
  });
});

describe('a canary', () => {
  it('contacts its share and is closed to everybody else', () => {
    const policy = withRival('canary(30%)', DEAR);
    const campaign = policy.campaigns.get('rivalry');
    if (!campaign) throw new Error('the campaign is missing');
    const winners = IDS.map((id) => {
      const world = createCustomerWorld(policy, id);
      suspend(world);
      return [id, ...world.decisions.map(said)];
    });
    const isIn = (id: string) => isOpenTo(campaign, id);
    expect(new Set(IDS.map(isIn)).size).toBe(2);
    expect(winners).toEqual(IDS.map((id) => [id, isIn(id) ? 'canary rivalry contact' : 'live save_desk contact']));
  });

  it('that is all there is for a trigger says so to whom it is closed', () => {
    const policy = compilePack({
      'stages.yaml': () => 'stages: { save_desk: canary(0.01%) }',
    });
    const world = createCustomerWorld(policy, CUSTOMER);
    suspend(world);
    expect(world.decisions.map(said)).toEqual(['canary save_desk suppressed outside-canary']);
    expect(world.decisions[0]?.candidates.map(({ lostBecause }) => lostBecause)).toContain('outside-canary');
  });
});

describe('a campaign that is retired', () => {
  it('contacts nobody any more, and finishes the contact that is open', () => {
    const before = createCustomerWorld(compilePack(), CUSTOMER);
    suspend(before);
    const [decision] = before.decisions;
    const after = createCustomerWorld(compilePack({ 'stages.yaml': () => 'stages: { save_desk: retired }' }), CUSTOMER);
    after.state = before.state;
    suspend(after, 'r-2', START + HOUR_MS);
    expect(after.decisions.map(said)).toEqual(['live suppressed no-campaign']);
    const topology = topologyOf(compilePack());
    const bytes = topology.encode(after.state, topology.codecVersion);
    expect(contactStanding(bytes, decision?.contactId ?? '', START + HOUR_MS).kind).toBe('open');
    const { contactId = '', offer = '', campaign = '', arm = '', channel = '', category = '' } = decision ?? {};
    const about = { contactId, offer, campaign, arm, channel, category, sendAt: START };
    after.tell(
      after.event('DeliveryReported', START + 2 * HOUR_MS, {
        ...about,
        status: 'DELIVERED',
        detail: '',
        providerRef: '',
        attempt: 0,
      }),
    );
    expect(after.state.dealings.read().contacts.map(({ status }) => status)).toEqual(['confirmed']);
  });
});
