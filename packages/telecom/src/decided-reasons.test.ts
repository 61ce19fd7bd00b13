import { shareOf, UNBOUNDED } from '@holdfast/decisions';
import type { CompiledPolicy } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  HOUR_MS,
  START,
  topologyOf,
} from '../test/customer-world.ts';
import { askToSuspend, suspended } from '../test/stepped-pack.ts';
import { alertOf } from './alert.ts';
import { withDecidedReasons } from './decided-reasons.ts';
import { recommend } from './recommend.ts';

const POLICY = compilePack();

function asked(world: CustomerWorld, policy: CompiledPolicy = POLICY) {
  const topology = topologyOf(policy);
  const state = topology.encode(world.state, topology.codecVersion);
  const { customerId } = world;
  return recommend(
    { customerId, state, policy, standing: UNBOUNDED },
    {
      ...{ requestId: 'r', nowMs: START + HOUR_MS, channel: 'call-centre', reason: '', agent: 'a-1', most: 5 },
      ...{ inHand: [], askedFor: [], categories: [] },
    },
  );
}

const saidOf = (world: CustomerWorld, policy?: CompiledPolicy, decisions = world.decisions) =>
  withDecidedReasons(asked(world, policy), decisions).actions;

/** Evidence of a condition on an event that nobody remembers is unknown. */
const NAMED_IN_CONDITION = compilePack({
  'triggers.yaml': (text) =>
    text.replace('on: SuspensionRequested\n', "on: SuspensionRequested\n    when: event.channel == 'online'\n"),
});

describe('a reason that names fields of an event', () => {
  it('is that of the alert where its contact waits', () => {
    const world = suspended(POLICY);
    const [decision] = world.decisions;
    const alert = alertOf(decision ?? expect.fail('nothing was decided'));
    expect(alert.reason).toBe('The customer asked to suspend line line-1. Reason given: price.');
    const [action] = saidOf(world);
    expect(action).toMatchObject({ contactId: alert.contactId, reason: alert.reason, isPending: true });
  });

  it('is that of the decision on its trigger where none waits', () => {
    const { salt, share } = POLICY.holdout;
    const heldOut = Array.from({ length: 200 }, (_, index) => `customer-${index}`).find(
      (id) => shareOf(salt, id) < share,
    );
    const world = createCustomerWorld(POLICY, heldOut ?? expect.fail('nobody is held out'));
    askToSuspend(world, 'r-1', START);
    expect(world.decisions).toMatchObject([{ outcome: 'control', arm: 'holdout' }]);
    const [action] = saidOf(world);
    expect(action).toMatchObject({ offer: 'save_plan', isPending: false });
    expect(action?.reason).toBe('The customer asked to suspend line line-1. Reason given: price.');
  });

  it('is that of the trigger a contact was decided on, whichever else speaks for its campaign by now', () => {
    const policy = compilePack({
      'campaigns.yaml': (text) => text.replace('[suspension_requested]', '[failed_calls, suspension_requested]'),
    });
    const world = suspended(policy);
    const [decided] = world.decisions;
    world.tell(world.activated(START - 60 * DAY_MS));
    for (let call = 1; call <= 6; call += 1) world.tell(world.usage(START + call * 60_000, { failed: true }));
    const isDecided = ({ contactId }: { readonly contactId: string }) => contactId === decided?.contactId;
    expect(asked(world, policy).recommendation.actions.find(isDecided)?.trigger).toBe('failed_calls');
    const said = saidOf(world, policy).find(isDecided);
    expect(said).toMatchObject({ trigger: 'suspension_requested', reason: decided?.reason.en });
  });

  it('has the evidence of then, and what makes him eligible now', () => {
    const world = suspended(NAMED_IN_CONDITION);
    const [before] = asked(world, NAMED_IN_CONDITION).recommendation.actions;
    expect(before?.evidence).toContainEqual(expect.objectContaining({ truth: 'unknown' }));
    const [action] = saidOf(world, NAMED_IN_CONDITION);
    expect(action?.evidence).toEqual([
      { condition: "event.channel == 'online'", truth: 'true', values: { 'event.channel': 'online' } },
      ...(before?.evidence.slice(1) ?? []),
    ]);
  });

  it('stays as it is where nobody remembers the decision', () => {
    const [action] = saidOf(suspended(POLICY), POLICY, []);
    expect(action?.reason).toBe('The customer asked to suspend line –. Reason given: –.');
  });
});
