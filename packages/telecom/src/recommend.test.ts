import { armOf, shareOf, UNBOUNDED } from '@holdfast/decisions';
import type { CompiledPolicy } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  type PackChanges,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { recommend } from './recommend.ts';
import type { RecommendationContext } from './recommendation.ts';
import { storedStanding } from './stored-standing.ts';

const POLICY = compilePack();
/** One cross-sell contact a week is what the pack allows. */
const withoutWeeklyCap = (text: string) => text.replace(/ {4}- \{ max: 1, per: 7d.*\n/, '');
const WITHOUT_CAPS = compilePack({ 'rules.yaml': withoutWeeklyCap });
const IDS = Array.from({ length: 2_000 }, (_, index) => `customer-${index}`);
const isControlOf = (campaign: string, id: string) => {
  const found = POLICY.campaigns.get(campaign);
  return found !== undefined && armOf(found, id, undefined) === 'control';
};
const isHeldOut = (id: string) => shareOf(POLICY.holdout.salt, id) < POLICY.holdout.share;
const isControl = (id: string) => [...POLICY.campaigns.keys()].some((campaign) => isControlOf(campaign, id));
const find = (wanted: (id: string) => boolean): string => IDS.find(wanted) ?? '';
/** In no control group, so that nothing proactive is withheld from him. */
const TREATED = find((id) => !isHeldOut(id) && !isControl(id) && shareOf('arm:bundle_care', id) < 0.6);
const HELD_OUT = find((id) => isHeldOut(id) && !isControl(id));
const CONTROL = find((id) => !isHeldOut(id) && isControlOf('bundle_care', id));

const NOW = START + 2 * HOUR_MS;
const asking: RecommendationContext = {
  requestId: 'request-1',
  nowMs: NOW,
  channel: 'call-centre',
  reason: 'bill',
  agent: 'agent-7',
  inHand: [],
  askedFor: [],
  categories: [],
  most: 5,
};

type Story = (world: CustomerWorld) => void;

const line: Story = (world) => {
  const profile = { language: 'en', timeZone: 'UTC', tier: 'key', birthYear: null, birthDate: null, city: 'Xiamen' };
  world.tell(world.event('CustomerRegistered', START - 60 * DAY_MS, profile));
  world.tell(world.activated(START - 60 * DAY_MS));
};
/** His allowance is 10,000 MB. */
const data =
  (mb: number, atMs = START + HOUR_MS): Story =>
  (world) =>
    void world.tell(world.usage(atMs, { kind: 'DATA', quantityMb: mb }));
const complaint: Story = (world) =>
  void world.tell(world.event('ComplaintFiled', START, { complaintId: 'c-1', topic: 'bill' }));
const excluded =
  (exclusion: string): Story =>
  (world) =>
    void world.tell(world.event('ExclusionSet', START, { exclusion, active: true }));
const failedCalls: Story = (world) => {
  for (let call = 0; call < 6; call += 1) world.tell(world.usage(START + call * 60_000, { failed: true }));
};

interface Asked {
  readonly id?: string;
  readonly policy?: CompiledPolicy;
  readonly context?: Partial<RecommendationContext>;
}

function worldOf(stories: readonly Story[], { id = TREATED, policy = POLICY }: Asked = {}): CustomerWorld {
  const world = createCustomerWorld(policy, id);
  for (const story of stories) story(world);
  return world;
}

function asked(world: CustomerWorld, { policy = POLICY, context = {} }: Asked = {}) {
  const topology = topologyOf(policy);
  const state = topology.encode(world.state, topology.codecVersion);
  const { customerId } = world;
  return recommend({ customerId, state, policy, standing: UNBOUNDED }, { ...asking, ...context });
}

const told = (stories: readonly Story[], given: Asked = {}) => asked(worldOf(stories, given), given).recommendation;
const offersOf = ({ actions }: { readonly actions: readonly { readonly offer: string }[] }) =>
  actions.map(({ offer }) => offer);
const lossOf = (recommendation: ReturnType<typeof told>, offer: string) =>
  recommendation.lost.find((lost) => lost.offer === offer)?.because;

describe('a recommendation', () => {
  it('ranks what the customer has an occasion for by its value, and says why', () => {
    const answer = told([line, data(8_500)], { policy: WITHOUT_CAPS });
    expect(offersOf(answer)).toEqual(['bigger_plan', 'data_top_up_2gb']);
    const [first, second] = answer.actions;
    expect(first?.expectedValueMinor).toBeGreaterThan(second?.expectedValueMinor ?? Number.NaN);
    expect(first).toMatchObject({
      campaign: 'bundle_care',
      channel: 'call-centre',
      kind: 'marketing',
      trigger: 'bundle_running_out',
      propensity: 0.2,
      isPending: true,
    });
    expect(second).toMatchObject({ isPending: false, validUntil: NOW + 72 * HOUR_MS });
    expect(first?.reason).toMatch(/^85 % of the data bundle is used and \d+ days/);
    expect(first?.script).toContain('85 % of your data');
    expect(first?.evidence).toContainEqual(
      expect.objectContaining({ condition: 'crossed(data_share_used, 0.8)', truth: 'true' }),
    );
    expect(answer).toMatchObject({ asOfMs: NOW, lastEventAt: START + HOUR_MS, serviceFirst: null });
    expect(answer.policyVersion).toBe(WITHOUT_CAPS.version);
  });

  it('has nothing to sell to somebody for whom no trigger speaks', () => {
    expect(told([line, data(100)]).actions).toEqual([]);
  });

  it('no longer speaks of what fired and is no longer so', () => {
    const nextCycle = START + 30 * DAY_MS;
    const answer = told([line, data(8_500), data(10, nextCycle)], { context: { nowMs: nextCycle + HOUR_MS } });
    expect(answer.actions).toEqual([]);
  });

  it('speaks of an event as long as what was offered for it is valid, to the moment', () => {
    const asksToSuspend: Story = (world) =>
      void world.tell(
        world.event('SuspensionRequested', START, {
          ...{ subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: 'dear', effectiveAt: null },
        }),
        0,
      );
    const at = (nowMs: number) => offersOf(told([line, asksToSuspend], { context: { nowMs } }));
    expect(at(START + 24 * HOUR_MS - 1)).toEqual(['save_plan']);
    expect(at(START + 24 * HOUR_MS)).toEqual([]);
  });

  it('takes up a contact that waits, under its id, although the limit it fills is its own', () => {
    const world = worldOf([line, data(8_500)]);
    const [decision] = world.decisions;
    const answer = asked(world).recommendation;
    const [action] = answer.actions;
    expect(offersOf(answer)).toEqual([decision?.offer]);
    expect(lossOf(answer, 'data_top_up_2gb')).toBe('cap');
    expect(decision).toMatchObject({ outcome: 'contact', campaign: 'bundle_care' });
    expect(action).toMatchObject({ contactId: decision?.contactId, isPending: true });
  });

  it('does not take up a contact that was answered', () => {
    const world = worldOf([line, data(8_500)]);
    const {
      contactId = '',
      offer = '',
      campaign = '',
      arm = '',
      channel = '',
      category = '',
    } = world.decisions[0] ?? {};
    const about = { contactId, offer, campaign, arm, channel, category, sendAt: null, agent: 'agent-7' };
    const unsaid = { segment: '', probability: null };
    world.tell(world.event('OfferRejected', START + HOUR_MS + 1, { ...about, ...unsaid, reason: 'price' }));
    const { recommendation } = asked(world);
    expect(offersOf(recommendation)).not.toContain(offer);
    expect(lossOf(recommendation, offer)).toBe('cool-down');
  });

  it('gives the same contact ids to the same request, others to the next, and one to each action', () => {
    const stories = [line, data(8_500)];
    const policy = WITHOUT_CAPS;
    const world = worldOf(stories, { policy, id: CONTROL });
    const ids = (requestId: string) =>
      told([...stories, failedCalls], { policy, context: { requestId } }).actions.map(({ contactId }) => contactId);
    expect(ids('a')).toEqual(ids('a'));
    expect(new Set(ids('a')).size).toBe(ids('a').length);
    expect(ids('a').length).toBeGreaterThan(1);
    expect(ids('a')).not.toEqual(ids('b'));
    expect(world.decisions).toHaveLength(1);
  });

  it('comes back as a contact that counts in the figures of its campaign', () => {
    const world = worldOf([line, failedCalls], { policy: silentDesk });
    const answer = asked(world, { policy: silentDesk }).recommendation;
    const { contactId, offer, campaign, channel, category } = answer.actions[0] ?? expect.fail('no action');
    const unsaid = { sendAt: null, segment: '', probability: null };
    const about = { contactId, offer, campaign, channel, category, arm: 'treated', agent: 'agent-7', ...unsaid };
    const effects = world.tell(world.event('OfferPresented', NOW, about));
    expect(effects.kpis).toContainEqual(
      expect.objectContaining({ campaign: 'service_recovery', cell: expect.stringContaining('presented'), by: 1 }),
    );
    expect(world.state.dealings.read().contacts).toContainEqual(
      expect.objectContaining({ contactId, offer, campaign, status: 'confirmed', presentedAt: NOW }),
    );
  });

  it('changes nothing: neither the state that was read nor what is decided next', () => {
    const world = worldOf([line, data(8_500)]);
    const topology = topologyOf(POLICY);
    const before = topology.encode(world.state, topology.codecVersion);
    const kept = Buffer.from(before);
    const customer = { customerId: TREATED, state: before, policy: POLICY, standing: UNBOUNDED };
    const first = recommend(customer, asking);
    expect(recommend(customer, asking)).toEqual(first);
    expect(before.equals(kept)).toBe(true);
  });
});

/** The service campaign is decided on requests alone, so that no contact waits. */
const silentDesk = compilePack({
  'campaigns.yaml': (text) => text.replace('triggers: [failed_calls]', 'triggers: [agent_request]'),
});

describe('what the caller says', () => {
  const stories = [line, data(8_500)];
  const saying = (context: Partial<RecommendationContext>) => told(stories, { context, policy: WITHOUT_CAPS });

  it('leaves out what is in the cart', () => {
    const answer = saying({ inHand: ['bigger_plan'] });
    expect(offersOf(answer)).toEqual(['data_top_up_2gb']);
    expect(lossOf(answer, 'bigger_plan')).toBe('in-hand');
  });

  it('puts first what the customer asked about', () => {
    const answer = saying({ askedFor: ['data_top_up_2gb', 'broadband_bundle'] });
    expect(answer.actions.map(({ offer, isAskedFor }) => [offer, isAskedFor])).toEqual([
      ['data_top_up_2gb', true],
      ['bigger_plan', false],
    ]);
  });

  it('keeps to the categories that were asked for', () => {
    const answer = saying({ categories: ['retention'] });
    expect(answer.actions).toEqual([]);
    expect(lossOf(answer, 'bigger_plan')).toBe('not-asked');
  });

  it('gets no more than it wants, the rest with its reason', () => {
    const answer = saying({ most: 1 });
    expect(offersOf(answer)).toEqual(['bigger_plan']);
    expect(lossOf(answer, 'data_top_up_2gb')).toBe('lower-value');
  });

  it('is spoken to in the language asked for, else in that of the customer', () => {
    expect(saying({ language: 'zh-CN' }).actions[0]).toMatchObject({ language: 'zh', title: '升级到更大流量套餐' });
    expect(saying({}).actions[0]).toMatchObject({ language: 'en', title: 'The next bigger plan' });
  });

  it('finds nothing on a channel that no offer is made on', () => {
    const answer = saying({ channel: 'sms' });
    expect(answer.actions).toEqual([]);
    expect(lossOf(answer, 'bigger_plan')).toBe('no-channel');
  });

  it('may be what a trigger on an opened contact waits for', () => {
    const policy = compilePack({
      'triggers.yaml': (text) =>
        `${text}\n  asks_for_broadband:\n    on: ContactOpened\n    when: event.reason == 'broadband' && event.channel == 'call-centre'\n    occasion: event.interactionId\n    reason: { en: "Asked about {event.reason}." }\n`,
      'campaigns.yaml': (text) => text.replace('triggers: [home_broadband]', 'triggers: [asks_for_broadband]'),
    });
    const asksAbout = (reason: string) => told([line], { policy, context: { reason } });
    expect(asksAbout('broadband').actions[0]).toMatchObject({
      offer: 'broadband_bundle',
      reason: 'Asked about broadband.',
    });
    expect(asksAbout('bill').actions).toEqual([]);
  });
});

describe('service comes first', () => {
  it('where a complaint is open: care, and nothing is sold', () => {
    const answer = told([line, data(8_500), complaint]);
    expect(answer.serviceFirst).toBe('complaint-open');
    expect(offersOf(answer)).toEqual(['complaint_follow_up']);
    expect(answer.actions[0]?.script).toMatch(/sorry/);
    expect(lossOf(answer, 'bigger_plan')).toBe('complaint-open');
  });

  it('where the ticket of a fault is open, until it is closed', () => {
    const ticket = { complaintId: 'ticket-1' };
    const opened: Story = (world) =>
      void world.tell(world.event('ComplaintFiled', START + HOUR_MS, { ...ticket, topic: 'fault' }));
    const closed: Story = (world) => void world.tell(world.event('ComplaintResolved', START + HOUR_MS + 1, ticket));
    expect(told([line, data(8_500), opened])).toMatchObject({ serviceFirst: 'complaint-open' });
    expect(offersOf(told([line, data(8_500), opened]))).toEqual(['complaint_follow_up']);
    const after = told([line, data(8_500), opened, closed]);
    expect(after.serviceFirst).toBeNull();
    expect(offersOf(after)).toContain('bigger_plan');
  });

  it.each(['complaint', 'complaint-bill', 'fault', 'fault-internet'])('where he calls for %s', (reason) => {
    const answer = told([line, data(8_500)], { context: { reason } });
    expect(answer.serviceFirst).toBe('reason');
    expect(offersOf(answer)).toEqual(['complaint_follow_up']);
  });

  it('and not for a word that only begins like one', () => {
    expect(told([line, data(8_500)], { context: { reason: 'default-plan' } }).serviceFirst).toBeNull();
    expect(told([line, data(8_500)], { context: { reason: 'faulty' } }).serviceFirst).toBeNull();
  });

  it('for who is not to be contacted and calls: he is served, and sold nothing', () => {
    const answer = told([line, data(8_500), failedCalls, excluded('do-not-contact')]);
    expect(offersOf(answer)).toEqual(['service_credit']);
    expect(lossOf(answer, 'bigger_plan')).toBe('do-not-contact');
    expect(answer.exclusions).toContain('do-not-contact');
  });

  it('and not for who is set apart for another reason', () => {
    const answer = told([line, failedCalls, excluded('do-not-contact'), excluded('fraud')]);
    expect(answer.actions).toEqual([]);
    expect(lossOf(answer, 'service_credit')).toBe('excluded');
  });
});

describe('who is measured against', () => {
  it('is offered what he came for though he is in the universal holdout', () => {
    expect(offersOf(told([line, data(8_500)], { id: HELD_OUT }))).toContain('bigger_plan');
  });

  it('is not offered what his control group is kept from', () => {
    const answer = told([line, data(8_500), failedCalls], { id: CONTROL });
    expect(lossOf(answer, 'bigger_plan')).toBe('control');
    expect(offersOf(answer)).toEqual(['service_credit']);
  });

  it('stays what he was enrolled as, whatever share is kept from it since', () => {
    const sharing = (holdout: number) =>
      compilePack({
        'campaigns.yaml': (text) => text.replace(/(bigger_only.*\n {4}holdout: )0\.1/, `$1${holdout}`),
        'rules.yaml': withoutWeeklyCap,
      });
    const [nobody, everybody] = [sharing(0), sharing(1)];
    const enrolled = asked(worldOf([line, data(8_500)], { policy: nobody }), { policy: everybody }).recommendation;
    expect(offersOf(enrolled)).toContain('bigger_plan');
    const fresh = asked(worldOf([line, data(8_500)], { policy: everybody }), { policy: everybody }).recommendation;
    expect(lossOf(fresh, 'bigger_plan')).toBe('control');
  });
});

describe('what the shard has left', () => {
  const changes: PackChanges = {
    'campaigns.yaml': (text) => text.replace('triggers: [home_broadband]', 'triggers: [agent_request]'),
  };

  it('is spent before it is offered', () => {
    const policy = compilePack(changes);
    const world = worldOf([line], { policy });
    const topology = topologyOf(policy);
    const customer = { customerId: TREATED, state: topology.encode(world.state, topology.codecVersion), policy };
    const spent = { ...UNBOUNDED, budgetLeft: () => ({ minor: 0, pieces: 0 }) };
    const fresh = storedStanding({ partitionCount: 1 }, { partition: 0, policy, nowMs: NOW });
    expect(offersOf(recommend({ ...customer, standing: fresh }, asking).recommendation)).toEqual(['broadband_bundle']);
    expect(lossOf(recommend({ ...customer, standing: spent }, asking).recommendation, 'broadband_bundle')).toBe(
      'budget',
    );
  });

  it('says whose customer he is', () => {
    expect(asked(worldOf([line])).place).toEqual({ tier: 'key', city: 'Xiamen', accountManager: '' });
  });
});
