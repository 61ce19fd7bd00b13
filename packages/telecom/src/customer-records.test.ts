import type { EventType } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import {
  compilePack,
  createCustomerWorld,
  decodeValue,
  encodeDecision,
  encodeEvent,
  START,
} from '../test/customer-world.ts';
import { readCustomerRecords } from './customer-records.ts';

const SHARD = { topology: 'customer', partition: 0 };
const world = createCustomerWorld(compilePack(), 'alice');
const toppedUp = (atMs: number) =>
  world.event('BalanceToppedUp', atMs, { subscriptionId: 'line-1', amountMinor: 1, currency: 'CNY' });

function read(told: readonly Buffer[], history: readonly Buffer[] = []) {
  const store = { readHistory: async () => history, readTold: async () => told };
  return readCustomerRecords('alice', SHARD, { store, decode: decodeValue });
}

describe('the records kept of a customer', () => {
  it('are events by event time, the latest first, whenever they were folded', async () => {
    const [late, early] = [toppedUp(START + 2), toppedUp(START + 1)];
    const { events } = await read([encodeEvent(early), encodeEvent(late)]);
    expect(events).toEqual([late, early]);
  });

  it('have an event once that a producer wrote again in other bytes', async () => {
    const first = toppedUp(START);
    const { events } = await read([encodeEvent({ ...first, amountMinor: 2 }), encodeEvent(first)]);
    expect(events.map(({ eventId }) => eventId)).toEqual([first.eventId]);
    const other = await read([encodeEvent({ ...first, source: 'crm' }), encodeEvent(first)]);
    expect(other.events).toHaveLength(2);
  });

  it('are decisions apart from events, and what cannot be read is said', async () => {
    world.tell(world.activated(START - 1));
    const asked = { subscriptionId: 'line-1', requestId: 'r-1', channel: 'online', reason: '', effectiveAt: null };
    world.tell(world.event('SuspensionRequested', START, asked));
    const made = world.decisions.map(encodeDecision);
    expect(made.length).toBeGreaterThan(0);
    const { decisions, events, unreadable } = await read([encodeEvent(toppedUp(START)), Buffer.from('rubbish')], made);
    expect(decisions).toEqual(world.decisions);
    expect(events.map(({ type }): EventType => type)).toEqual(['BalanceToppedUp']);
    expect(unreadable).toEqual([{ message: expect.any(String), isTemporary: false }]);
  });
});
