import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, DEAD_LETTER_TOPIC, INPUT_TOPICS } from '@holdfast/events';
import { createInputLog } from '@holdfast/kafka';
import { createShardStore } from '@holdfast/redis';
import { PLAYS_KPI, STATE_LAYOUT } from '@holdfast/telecom';
import type { Addresses } from '../addresses.ts';

/** What the installation says of itself at a moment: Redis is the truth about what was folded, Kafka about what waits. */
export interface Reading {
  readonly atMs: number;
  /** Records folded from the topics of business events, delivery reports not among them. */
  readonly folded: number;
  /** Records of all inputs that are not folded yet. */
  readonly lag: number;
  readonly customers: number;
  /** Decisions by `trigger|outcome|why`. */
  readonly decisions: Readonly<Record<string, number>>;
  readonly deadLetters: number;
}

export interface Readings {
  read(): Promise<Reading>;
  close(): Promise<void>;
}

const CLIENT_ID = 'holdfast-demo';

export function createReadings(addresses: Addresses, partitions: number): Readings {
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  const client = { brokers: addresses.brokers, ...addresses.kafkaSecurity, clientId: CLIENT_ID };
  // Never started: it is asked for the ends of the topics only.
  const log = createInputLog({ ...client, groupId: CLIENT_ID, topics: CUSTOMER_INPUTS });
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  const ends = async (topic: string) =>
    sum((await Promise.all(all.map((partition) => log.bounds(topic, partition)))).map(({ high }) => high));

  const readShard = async (partition: number) => {
    const shard = { topology: CUSTOMER_TOPOLOGY, partition };
    const [meta, customers, decisions] = await Promise.all([
      store.readMeta(shard),
      store.countEntities(shard),
      store.readKpis(shard, PLAYS_KPI),
    ]);
    return { inputs: meta?.inputs ?? {}, customers, decisions };
  };
  const read = async (): Promise<Reading> => {
    // The ends first: what is folded meanwhile makes the lag smaller, never negative by more than that.
    const [deadLetters, ...topicEnds] = await Promise.all([DEAD_LETTER_TOPIC, ...CUSTOMER_INPUTS].map(ends));
    const shards = await Promise.all(all.map(readShard));
    const foldedOf = (topic: string) => sum(shards.map(({ inputs }) => inputs[topic]?.nextOffset ?? 0));
    return {
      atMs: Date.now(),
      folded: sum(CUSTOMER_INPUTS.filter((topic) => topic !== INPUT_TOPICS.interaction).map(foldedOf)),
      lag: Math.max(0, sum(topicEnds) - sum(CUSTOMER_INPUTS.map(foldedOf))),
      customers: sum(shards.map(({ customers }) => customers)),
      decisions: added(shards.map(({ decisions }) => decisions)),
      deadLetters: deadLetters ?? 0,
    };
  };
  return {
    read,
    async close() {
      await Promise.all([log.close(), store.close()]);
    },
  };
}

/** What happened between two readings; the lag is that of the later one. */
export function between(before: Reading, after: Reading): Reading {
  const cells = Object.entries(after.decisions).map(([cell, n]) => [cell, n - (before.decisions[cell] ?? 0)] as const);
  return {
    atMs: after.atMs,
    folded: after.folded - before.folded,
    lag: after.lag,
    customers: after.customers - before.customers,
    decisions: Object.fromEntries(cells.filter(([, n]) => n > 0)),
    deadLetters: after.deadLetters - before.deadLetters,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}

function added(tables: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const table of tables) for (const [cell, n] of Object.entries(table)) total[cell] = (total[cell] ?? 0) + n;
  return total;
}
