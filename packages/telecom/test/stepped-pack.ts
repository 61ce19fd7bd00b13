import { shareOf } from '@holdfast/decisions';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { type CustomerWorld, compilePack, createCustomerWorld, type PackChanges, START } from './customer-world.ts';

/** The save desk's offer by message first, and by telephone unless that was heard. */
const STEPS = `
    steps:
      - { channel: sms, fallback: [email] }
      - { after: 3d, unless: responded, channel: call-centre }
      - { after: 2d, channel: sms }`;

/** The pack with the save desk's campaign in steps; `campaign` are further lines of it. */
export function steppedChanges(campaign = '', steps = STEPS): PackChanges {
  return {
    'offers.yaml': (text) =>
      text.replace(
        /validFor: 24h\n {4}channels: \[call-centre\]/,
        'validFor: 24h\n    channels: [call-centre, sms, email]\n    eligible: tier != "gone"',
      ),
    'campaigns.yaml': (text) => text.replace('  save_desk:', `  save_desk:${steps}${campaign}`),
  };
}

export const steppedPack = (campaign?: string, steps?: string): CompiledPolicy =>
  compilePack(steppedChanges(campaign, steps));

/** Of no control group, unless it is asked for. */
export function someoneIn(policy: CompiledPolicy): string {
  const { share, salt } = policy.holdout;
  const ids = Array.from({ length: 100 }, (_, index) => `customer-${index}`);
  return ids.find((id) => shareOf(salt, id) >= share) ?? '';
}

/** Someone known, who asks for a suspension. */
export function suspended(policy: CompiledPolicy, atMs = START): CustomerWorld {
  const world = registered(policy, atMs);
  askToSuspend(world, 'r-1', atMs);
  return world;
}

/** Someone of whom nothing is known but who he is. */
export function registered(policy: CompiledPolicy, atMs = START): CustomerWorld {
  const world = createCustomerWorld(policy, someoneIn(policy));
  const profile = { language: 'en', timeZone: 'UTC', tier: 'key', birthYear: null, birthDate: null, city: '' };
  world.tell(world.event('CustomerRegistered', atMs - 1_000, profile));
  return world;
}

export function askToSuspend(world: CustomerWorld, requestId: string, atMs: number): void {
  const fields = { subscriptionId: 'line-1', requestId, channel: 'online', reason: 'price', effectiveAt: null };
  world.tell(world.event('SuspensionRequested', atMs, fields));
}

/** What an answer to a contact says of it. */
export function about({ contactId, offer, campaign, arm, channel, category, sendAt, segment }: DecisionMade) {
  return { contactId, offer, campaign, arm, channel, category, sendAt, segment, probability: null };
}
