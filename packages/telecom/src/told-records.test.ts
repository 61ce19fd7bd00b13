import type { Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, encodeEvent, START } from '../test/customer-world.ts';
import { runEngine } from '../test/engine-run.ts';

const POLICY = compilePack();
const ALICE = createCustomerWorld(POLICY, 'alice');
const line = { subscriptionId: 'line-1' };

async function keptAfter(events: readonly Event[]): Promise<readonly string[]> {
  const { told } = await runEngine(POLICY, events, { appendedAtMs: START + 90 * DAY_MS });
  const names = new Map(events.map((event) => [encodeEvent(event).toString('hex'), event.eventId]));
  return (told.get('alice') ?? []).map((record) => names.get(record.toString('hex')) ?? 'unknown');
}

describe('what is kept of what happened to a customer', () => {
  it('is everything but his uses, each once, facts as well as what is added up', async () => {
    const activated = ALICE.activated(START - DAY_MS);
    const topUp = ALICE.event('BalanceToppedUp', START, { ...line, amountMinor: 500, currency: 'CNY' });
    const reached = ALICE.event('ConsentChanged', START + 1, { channel: 'sms', purpose: 'MARKETING', granted: true });
    const kept = await keptAfter([activated, topUp, ALICE.usage(START), topUp, reached, activated]);
    expect(kept).toEqual([reached.eventId, topUp.eventId, activated.eventId]);
  });

  it('is not what was set aside as later than allowed', async () => {
    const late = ALICE.event('BalanceToppedUp', START, { ...line, amountMinor: 500, currency: 'CNY' });
    const latest = ALICE.event('BalanceToppedUp', START + 30 * DAY_MS, { ...line, amountMinor: 1, currency: 'CNY' });
    const policy = compilePack({
      'features.yaml': (text) => `${text}\n  topped_up_30d: { from: BalanceToppedUp, count: true, window: 30d }\n`,
    });
    const { told, letters } = await runEngine(policy, [latest, late], { appendedAtMs: START + 90 * DAY_MS });
    expect(letters).toEqual(['late']);
    expect(told.get('alice')).toEqual([encodeEvent(latest)]);
  });
});
