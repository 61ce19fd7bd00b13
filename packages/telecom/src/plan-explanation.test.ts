import { describe, expect, it } from 'vitest';
import { type CustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { about, steppedPack, suspended } from '../test/stepped-pack.ts';
import { explainCustomer } from './explanation.ts';

const POLICY = steppedPack();
const topology = topologyOf(POLICY);
const FROM = START + 1_000;

function saveDesk(world: CustomerWorld, nowMs: number) {
  const bytes = topology.encode(world.state, topology.codecVersion);
  const [campaign] = explainCustomer(world.customerId, bytes, POLICY, { nowMs, campaign: 'save_desk' }).campaigns;
  if (!campaign) throw new Error('the policy has no save desk');
  return campaign;
}

describe('the explanation of a campaign with steps', () => {
  it('has the enrolment, the plan under way with its next step, and why no other may begin', () => {
    const told = saveDesk(suspended(POLICY), START + HOUR_MS);
    expect(told.enrolled).toEqual({ arm: 'treated', variant: '', atMs: FROM, contactCount: 1 });
    expect(told.plan).toMatchObject({
      ...{ trigger: 'suspension_requested', offer: 'save_plan', startedAtMs: FROM, step: 1, stepCount: 3, ended: null },
      next: { turn: 'step', atMs: FROM + 3 * DAY_MS, channel: 'call-centre', unless: 'responded' },
    });
    expect(told.triggers[0]?.decision?.offers[0]?.lostBecause).toBe('re-entry');
  });

  it('says of a plan that is over when and why', () => {
    const world = suspended(POLICY);
    const [decision] = world.decisions;
    if (!decision) throw new Error('nothing was decided');
    world.tell(world.event('OfferAccepted', START + HOUR_MS, { ...about(decision), agent: '' }));
    const { plan } = saveDesk(world, START + DAY_MS);
    expect(plan).toMatchObject({ next: null, ended: { reason: 'accepted', atMs: START + HOUR_MS } });
  });

  it('has neither before the first enrolment', () => {
    const world = suspended(POLICY);
    const bytes = topology.encode(world.state, topology.codecVersion);
    const { campaigns } = explainCustomer(world.customerId, bytes, POLICY, { nowMs: START, campaign: 'bundle_care' });
    expect(campaigns).toMatchObject([{ enrolled: null, plan: null }]);
  });
});
