import type { Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { packWithTriggers } from '../test/added-triggers.ts';
import { createCustomerWorld, DAY_MS, HOUR_MS, START } from '../test/customer-world.ts';
import { runEngine } from '../test/engine-run.ts';
import { customerView } from './customer-view.ts';

const POLICY = packWithTriggers({
  topped_after_visit:
    'sequence: { first: ContactOpened, then: BalanceToppedUp, within: 3d }, freshness: 30d, occasion: event.eventId',
  asked_and_left: 'sequence: { first: CancellationRequested, without: OfferAccepted, within: 2d }, freshness: 30d',
  joined: 'schedule: { every: anniversary }, freshness: 30d',
});
const ALICE = createCustomerWorld(POLICY, 'alice');
const BOB = createCustomerWorld(POLICY, 'bob');
/** Behind all events, as records are when they are appended. */
const APPENDED_AT = START + 4 * DAY_MS;

const asks = (world: typeof ALICE, atMs: number): Event =>
  world.event('CancellationRequested', atMs, { subscriptionId: 'line-1', requestId: `r-${atMs}`, reason: 'price' });
const visits = (atMs: number): Event =>
  ALICE.event('ContactOpened', atMs, { interactionId: 'i-1', channel: 'shop', reason: '', agent: '' });
const topsUp = (atMs: number): Event =>
  ALICE.event('BalanceToppedUp', atMs, { subscriptionId: 'line-1', amountMinor: 100, currency: 'CNY' });

/** What had its turn with alice once the real engine has folded the events, and its timers had their turn. */
async function firingsOf(events: readonly Event[]): Promise<readonly string[]> {
  const { states } = await runEngine(POLICY, events, { appendedAtMs: APPENDED_AT, restMs: 10_000 });
  const stored = states.get('alice');
  if (!stored) throw new Error('nothing is known of alice');
  return customerView('alice', stored, POLICY, APPENDED_AT).firings.map(({ trigger }) => trigger);
}

describe('the engine', () => {
  it('answers the second event of a sequence', async () => {
    expect(await firingsOf([visits(START), topsUp(START + HOUR_MS)])).toEqual(['topped_after_visit']);
  });

  it('answers a missing event once the feed of the first has come so far by another customer', async () => {
    const passed = asks(BOB, START + 3 * DAY_MS);
    expect(await firingsOf([asks(ALICE, START), passed])).toEqual(['asked_and_left']);
    expect(await firingsOf([asks(ALICE, START), asks(BOB, START + DAY_MS)])).toEqual([]);
  });

  it('answers the anniversary of a customer when its time is over', async () => {
    const aYearAgo = Date.UTC(2025, 1, 4, 12);
    const visit = ALICE.usage(START);
    expect(await firingsOf([ALICE.activated(aYearAgo), visit])).toEqual(['joined']);
    expect(await firingsOf([ALICE.activated(aYearAgo + 30 * DAY_MS), visit])).toEqual([]);
  });
});
