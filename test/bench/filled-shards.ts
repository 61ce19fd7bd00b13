import { FAR_FUTURE, partitionOf } from '@holdfast/engine';
import type { Event } from '@holdfast/events';
import { createDecoder, createEncoder, type EventInput, schemaTable } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import type { RedisShardStore } from '@holdfast/redis';
import { createCustomerTopology, featureDictionary, STATE_LAYOUT } from '@holdfast/telecom';
import type { Installation } from './installation.ts';
import { createPopulation, customerIdOf } from './population.ts';

export interface Filling {
  readonly customers: number;
  readonly policy: CompiledPolicy;
  readonly nowMs: number;
  readonly seed: number;
}

/** Different lives that are told apart; customers share them. */
const LIVES = 2_000;
const EVENTS_OF_A_LIFE = 30;
const DAY_MS = 86_400_000;
const BATCH = 5_000;
const NOTHING = { inputs: {}, watermarks: {}, outbox: [], kpis: [], history: [] };

/**
 * Commits customers straight into the shards, as many as wanted within a minute: each has one of two thousand lives of a week that
 * were folded under the policy. Nobody may own the shards yet.
 */
export async function fillShards(
  { store, shards }: Pick<Installation, 'store' | 'shards'>,
  filling: Filling,
): Promise<void> {
  const lives = foldLives(filling);
  const members = Array.from(shards, () => [] as string[]);
  for (let index = 0; index < filling.customers; index += 1) {
    const id = customerIdOf(index);
    members[partitionOf(Buffer.from(id), shards.length)]?.push(id);
  }
  for (const shard of shards) await fillShard(store, shard, members[shard.partition] ?? [], lives, filling.policy);
}

async function fillShard(
  store: RedisShardStore,
  shard: Installation['shards'][number],
  ids: readonly string[],
  lives: readonly Buffer[],
  policy: CompiledPolicy,
): Promise<void> {
  const session = await store.open(shard);
  const claimed = await session.claim();
  if (claimed.kind !== 'claimed') throw new Error(`shard ${shard.partition} is ${claimed.kind}`);
  let { version } = claimed.meta;
  const { entries: dictionary } = featureDictionary(policy);
  for (let from = 0; from < ids.length; from += BATCH) {
    const part = ids.slice(from, from + BATCH);
    const states = part.map((id) => ({ id, bytes: lives[Number(id.slice(1)) % lives.length] as Buffer }));
    const dues = part.map((id) => ({ id, dueMs: FAR_FUTURE }));
    const answer = await session.commit(version, { ...NOTHING, dictionary, states, dues });
    if (answer.kind !== 'ok') throw new Error(`shard ${shard.partition} took no commit: ${answer.kind}`);
    version = answer.version;
  }
  await session.close();
}

function foldLives({ policy, nowMs, seed }: Filling): readonly Buffer[] {
  const topology = createCustomerTopology({
    policy,
    encodeDecision: () => Buffer.of(0),
    decodeRecord: () => ({ kind: 'retry', message: 'nothing is decoded here' }),
  });
  const states = new Map<string, ReturnType<typeof topology.create>>();
  for (const event of eventsOfLives(nowMs, seed)) {
    const { customerId, source, eventId, type, occurredAt } = event;
    let state = states.get(customerId);
    if (state === undefined) {
      state = topology.create(customerId);
      states.set(customerId, state);
    }
    const context = {
      ...{ entityId: customerId, partition: 0, partitionCount: 8, nowMs: occurredAt + 1_000 },
      watermark: () => undefined,
      tally: () => 0,
      setting: () => undefined,
    };
    const identity = { source, eventId, type, occurredAt };
    topology.step(state, { kind: 'event', event, identity, isLate: false }, context);
  }
  return [...states.values()].map((state) => topology.encode(state, STATE_LAYOUT));
}

/** In the order of their time, with all fields, as a decoder gives them. */
function* eventsOfLives(nowMs: number, seed: number): Generator<Event> {
  const ids = Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1]));
  const encoder = createEncoder(ids);
  const decoder = createDecoder();
  for (const [index, entry] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(entry.schema));
  const whole = (event: EventInput): Event => {
    const outcome = decoder.decode(encoder.encode(event));
    if (outcome.kind !== 'event') throw new Error(`not an event: ${outcome.kind}`);
    return outcome.event as Event;
  };
  const population = createPopulation({ seed, customers: LIVES, run: 'lives', isUniform: true });
  const events = LIVES * EVENTS_OF_A_LIFE;
  for (let count = 0; count < events; count += 1) {
    const atMs = Math.floor(nowMs - 7 * DAY_MS + (7 * DAY_MS * count) / events);
    for (const event of population.next(atMs)) yield whole(event);
  }
}
