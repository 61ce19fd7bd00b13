import { shareOf } from '@holdfast/decisions';
import type { OutboxMessage, ShardContext } from '@holdfast/engine';
import { CONTROL_TOPIC, type DecisionMade } from '@holdfast/events';
import { createShardMemory, type ShardMemory } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import {
  type CustomerWorld,
  compilePack,
  createCustomerWorld,
  DAY_MS,
  encodeRecord,
  HOUR_MS,
  type PackChanges,
  START,
  topologyOf,
  type WorldShard,
} from '../test/customer-world.ts';

const DESK = '{ cost: 2.50, capacity: { max: 2, per: 1h } }';

/** The pack with a budget of the save desk, and a desk without limits where none is given. */
function packWith(budget: string, { desk = '{ cost: 1.00 }', holdout = '0' } = {}): PackChanges {
  return {
    'market.yaml': (text) => text.replace(/call-centre: .*/, `call-centre: ${desk}`),
    'campaigns.yaml': (text) => {
      const at = text.indexOf('  save_desk:');
      const of = text.indexOf('    holdout: 0\n', at);
      const campaign = `    holdout: ${holdout}\n    budget: ${budget}\n`;
      return text.slice(0, of) + campaign + text.slice(of + '    holdout: 0\n'.length);
    },
  };
}

const { salt, share } = compilePack().holdout;
const SERVED = Array.from({ length: 200 }, (_, i) => `customer-${i}`).filter((id) => shareOf(salt, id) >= share);

/** Customers of one shard, each of whom asks for a suspension in his turn. */
function aShard(changes: PackChanges, shard: WorldShard = {}) {
  const policy = compilePack(changes);
  const memory = shard.memory ?? createShardMemory();
  const worlds: CustomerWorld[] = [];
  return {
    memory,
    policy,
    next(atMs = START): { readonly world: CustomerWorld; readonly decision: DecisionMade } {
      const world = createCustomerWorld(policy, SERVED[worlds.length] ?? '', { ...shard, memory });
      worlds.push(world);
      const fields = { subscriptionId: 'l', requestId: 'r', channel: 'online', reason: 'price', effectiveAt: null };
      world.tell(world.event('SuspensionRequested', atMs, fields));
      return { world, decision: lastOf(world) };
    },
  };
}

function lastOf({ decisions }: CustomerWorld): DecisionMade {
  const decision = decisions.at(-1);
  if (!decision) throw new Error('nothing was decided');
  return decision;
}

const outcomeOf = ({ outcome, suppressedBy }: DecisionMade) => [outcome, suppressedBy].join(' ').trim();
const booked = (memory: ShardMemory, atMs = START) =>
  Object.fromEntries(Object.entries(memory.tallies(atMs)).map(([name, { value }]) => [name, value]));

/** What became of the contact, in the words of the dispatcher. */
function report(
  world: CustomerWorld,
  decision: DecisionMade,
  status: 'DELIVERED' | 'EXPIRED' | 'UNKNOWN',
  atMs = START,
) {
  const { contactId, offer, campaign, arm, channel, category, sendAt } = decision;
  world.tell(
    world.event('DeliveryReported', atMs + HOUR_MS, {
      ...{ contactId, offer, campaign, arm, channel, category, sendAt, status },
      ...{ detail: '', providerRef: '', attempt: 1 },
    }),
  );
}

describe('a budget', () => {
  it('pays for as many contacts of all customers of the shard as it is for, and then for none', () => {
    const shard = aShard(packWith('{ pieces: 2 }'), { partition: 0, partitionCount: 1 });
    const outcomes = [shard.next(), shard.next(), shard.next()].map(({ decision }) => outcomeOf(decision));
    expect(outcomes).toEqual(['contact', 'contact', 'suppressed budget']);
    expect(booked(shard.memory)).toEqual({ 'spent|save_desk': 6_000, 'pieces|save_desk': 2 });
  });

  it('in money pays for offer and channel', () => {
    const changes = packWith('{ amount: 62.99, currency: CNY }', { desk: DESK });
    const shard = aShard(changes, { partition: 0, partitionCount: 1 });
    expect(outcomeOf(shard.next().decision)).toBe('contact');
    expect(shard.memory.tally('spent|save_desk', START)).toBe(3_150);
    expect(outcomeOf(shard.next().decision)).toBe('suppressed budget');
  });

  it('has back what was not sent, pays once it was sent after all, and keeps what nobody knows of as spent', () => {
    const shard = aShard(packWith('{ pieces: 1 }'), { partition: 0, partitionCount: 1 });
    const { world, decision } = shard.next();
    report(world, decision, 'EXPIRED');
    expect(booked(shard.memory)).toEqual({});
    report(world, decision, 'EXPIRED');
    expect(booked(shard.memory)).toEqual({});
    report(world, decision, 'DELIVERED');
    report(world, decision, 'UNKNOWN');
    expect(booked(shard.memory)).toEqual({ 'spent|save_desk': 3_000, 'pieces|save_desk': 1 });
    expect(outcomeOf(shard.next().decision)).toBe('suppressed budget');
  });

  it('is not touched by who is in the control group, nor by a report of a contact that was forgotten', () => {
    const shard = aShard(packWith('{ pieces: 1 }', { holdout: '1' }), { partition: 0, partitionCount: 1 });
    const { world, decision } = shard.next();
    expect(decision.outcome).toBe('control');
    report(world, { ...decision, contactId: 'long-ago' }, 'EXPIRED');
    expect(booked(shard.memory)).toEqual({});
  });

  it('pays for a decision found in the log once, whoever has forgotten it', () => {
    const shard = aShard(packWith('{ pieces: 1 }'), { partition: 0, partitionCount: 1 });
    const { decision } = shard.next();
    const memory = createShardMemory();
    const place = { memory, partition: 0, partitionCount: 1 };
    const forgetful = createCustomerWorld(shard.policy, decision.customerId, place);
    forgetful.adopt([decision], START + HOUR_MS);
    forgetful.adopt([decision, decision], START + HOUR_MS);
    expect(booked(memory)).toEqual(booked(shard.memory));
  });
});

describe('a slot of a channel', () => {
  it('that is full lets a contact wait for the next one', () => {
    const shard = aShard(packWith('{ pieces: 9 }', { desk: DESK }), { partition: 0, partitionCount: 1 });
    const sendAts = [shard.next(), shard.next(), shard.next()].map(({ decision }) => decision.sendAt ?? 0);
    const slots = sendAts.map((sendAt) => Math.floor((sendAt - START) / HOUR_MS));
    expect(slots).toEqual([0, 0, 1]);
    expect(booked(shard.memory)).toMatchObject({
      [`slot|call-centre|${START}`]: 2,
      [`slot|call-centre|${START + HOUR_MS}`]: 1,
    });
  });

  it('is free again when its contact was not sent, and forgets what was in it once it is over', () => {
    const shard = aShard(packWith('{ pieces: 9 }', { desk: DESK }), { partition: 0, partitionCount: 1 });
    const { world, decision } = shard.next();
    const name = `slot|call-centre|${START}`;
    expect(shard.memory.tally(name, START)).toBe(1);
    expect(shard.memory.tally(name, START + HOUR_MS)).toBe(0);
    report(world, decision, 'EXPIRED');
    expect(shard.memory.tally(name, START)).toBe(0);
  });
});

describe('shards that share a budget', () => {
  /** Three shards, and what they say to each other by the control topic. */
  function shardsOf(budget: string) {
    const changes = packWith(budget);
    const topology = topologyOf(compilePack(changes), { encodeBudget: encodeRecord });
    const memories = [0, 1, 2].map(() => createShardMemory());
    const contextOf = (partition: number): ShardContext => ({
      ...{ partition, partitionCount: 3, nowMs: START, watermark: () => undefined, setting: () => undefined },
      tally: (name) => memories[partition]?.tally(name, START) ?? 0,
    });
    const take = async (message: OutboxMessage): Promise<readonly OutboxMessage[]> => {
      const { partition = -1, key, value, headers } = message;
      const record = { topic: message.topic, partition, offset: 0, appendTime: START, key, value, headers };
      const decoded = await topology.decode(record);
      if (decoded.kind !== 'shard-event') throw new Error(`the shard took it for ${decoded.kind}`);
      const effects = topology.stepShard?.(decoded.event, contextOf(partition));
      if (!effects || 'refused' in effects) throw new Error(JSON.stringify(effects));
      memories[partition]?.change(effects.tallies);
      return effects.outbox;
    };
    return {
      take,
      topology,
      shard: (partition: number) => {
        const place = { partition, partitionCount: 3, topology };
        return aShard(changes, memories[partition] ? { ...place, memory: memories[partition] } : place);
      },
    };
  }

  it('ask the one of partition 0 when they cannot pay, and pay from what it grants', async () => {
    const { shard, take } = shardsOf('{ pieces: 4 }');
    const first = shard(2);
    const { world, decision } = first.next();
    expect(outcomeOf(decision)).toBe('suppressed budget');
    expect(world.said.map(({ topic, partition, key }) => [topic, partition, key])).toEqual([[CONTROL_TOPIC, 0, null]]);
    const [granted] = await take(world.said[0] as OutboxMessage);
    expect(granted?.partition).toBe(2);
    expect(await take(granted as OutboxMessage)).toEqual([]);
    const { decision: paid } = first.next();
    expect(outcomeOf(paid)).toBe('contact');
  });

  it('ask early, once, while they still can pay', () => {
    const { shard } = shardsOf('{ pieces: 60 }');
    const first = shard(1);
    const said: number[] = [];
    for (let i = 0; i < 10; i++) {
      const { world, decision } = first.next(START + DAY_MS);
      expect(outcomeOf(decision)).toBe('contact');
      said.push(world.said.length);
    }
    expect(said).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
  });

  it('split evenly what is left of a budget that was lowered, whatever each was granted of the higher one', () => {
    const { topology } = shardsOf('{ pieces: 60 }');
    const memory = createShardMemory();
    memory.change([{ name: 'granted|pieces|save_desk', by: 30 }]);
    const outcomes = SERVED.slice(0, 6).map((customerId) => {
      const place = { memory, topology, partition: 1, partitionCount: 3 };
      const world = createCustomerWorld(compilePack(packWith('{ pieces: 60 }')), customerId, place);
      expect(world.publish(packWith('{ pieces: 12 }'), START).kind).toBe('taken');
      expect(world.publish(packWith('{ pieces: 13 }'), START)).toMatchObject({
        kept: { text: expect.stringMatching(/"budgetPeaks":.*"save_desk":\{"pieces":60\}/) },
      });
      const fields = { subscriptionId: 'l', requestId: 'r', channel: 'online', reason: 'price', effectiveAt: null };
      world.tell(world.event('SuspensionRequested', START, fields));
      return outcomeOf(lastOf(world));
    });
    // Of six shared out two, and two of the seven in the pool.
    expect(outcomes).toEqual([...Array.from({ length: 4 }, () => 'contact'), 'suppressed budget', 'suppressed budget']);
  });

  it('take no record from where it should not be', async () => {
    const { take } = shardsOf('{ pieces: 4 }');
    const headers = { 'holdfast-kind': Buffer.from('budget-granted') };
    const value = encodeRecord({
      ...{ type: 'BudgetGranted', eventId: 'x', source: 'elsewhere', occurredAt: START },
      ...{ campaign: 'save_desk', partition: 1, totalMinor: 0, totalPieces: 4 },
    });
    await expect(take({ topic: CONTROL_TOPIC, partition: 2, key: null, value, headers })).rejects.toThrow('misplaced');
  });
});
