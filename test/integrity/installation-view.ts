import type { Addresses } from '@holdfast/cli';
import { decodeJournal, type LogRecord } from '@holdfast/engine';
import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, DEAD_LETTER_TOPIC, DECISION_TOPIC } from '@holdfast/events';
import { createInputLog, readTopic } from '@holdfast/kafka';
import { createContactQueue } from '@holdfast/queue';
import { createAlertFeed, createShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import type { ShardRecords } from './clean-fold.ts';

export const CLIENT_ID = 'holdfast-integrity';
export const PARTITIONS = 4;
export const CHANNEL = 'call-centre';

/** Everything one shard holds in the store. */
export interface StoredShard {
  readonly states: ReadonlyMap<string, Buffer>;
  readonly dues: ReadonlyMap<string, number>;
  readonly kpis: ReadonlyMap<string, number>;
  /** When the index of timers was read, ms. */
  readonly readAtMs: number;
}

/** An installation from outside: what it was told, what it holds, what it sent. */
export interface InstallationView {
  /** Resolves when every record is folded, every effect has left, and every contact has been delivered and reported. */
  atRest(withinMs: number): Promise<void>;
  logs(): Promise<readonly ShardRecords[]>;
  /** Lines journalled by all shards so far. */
  journalLines(): Promise<number>;
  stored(partition: number, campaigns: readonly string[]): Promise<StoredShard>;
  deadLetters(): Promise<readonly LogRecord[]>;
  /** Contact ids of the desk's feed, in order, repetitions included. */
  alerts(): Promise<readonly string[]>;
  queued(): Promise<{ readonly total: number; state(contactId: string): Promise<string> }>;
  /** Next offset to fold, summed over all partitions of all inputs. */
  folded(): Promise<number>;
  close(): Promise<void>;
}

export function viewInstallation(addresses: Addresses): InstallationView {
  const client = { brokers: addresses.brokers, clientId: CLIENT_ID };
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  const queue = createContactQueue({ url: addresses.queueRedisUrl, channels: [CHANNEL] });
  const feed = createAlertFeed({ url: addresses.queueRedisUrl });
  const log = createInputLog({ ...client, groupId: CLIENT_ID, topics: CUSTOMER_INPUTS });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const shardOf = (partition: number) => ({ topology: CUSTOMER_TOPOLOGY, partition });

  const whatIsLeft = async (): Promise<string[]> => {
    const left: string[] = [];
    const jobs = await queue.counts(CHANNEL);
    if (jobs.waiting + jobs.active + jobs.delayed > 0) left.push(`jobs: ${JSON.stringify(jobs)}`);
    for (const partition of partitions) {
      const meta = await store.readMeta(shardOf(partition));
      for (const topic of CUSTOMER_INPUTS) {
        const reached = meta?.inputs[topic]?.nextOffset ?? -1;
        const { high } = await log.bounds(topic, partition);
        if (reached !== high) left.push(`${topic}/${partition} stands at ${reached} of ${high}`);
      }
      const waiting = await store.outboxLength(shardOf(partition));
      if (waiting > 0) left.push(`the outbox of shard ${partition} holds ${waiting}`);
    }
    return left;
  };

  const all = async (topic: string): Promise<LogRecord[]> => {
    const records: LogRecord[] = [];
    for await (const record of readTopic({ ...client, topic, from: 'beginning' })) records.push(record);
    return records.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  };

  const folded = async () => {
    const metas = await Promise.all(partitions.map((partition) => store.readMeta(shardOf(partition))));
    const positions = metas.flatMap((meta) => Object.values(meta?.inputs ?? {}));
    return positions.reduce((sum, { nextOffset }) => sum + nextOffset, 0);
  };

  const journalOf = async (partition: number) => (await store.readJournal(shardOf(partition))).flatMap(decodeJournal);

  return {
    folded,
    async journalLines() {
      const journals = await Promise.all(partitions.map(journalOf));
      return journals.reduce((sum, { length }) => sum + length, 0);
    },
    async atRest(withinMs) {
      // Twice the same: a contact on its way comes back as a report.
      let before = -1;
      const check = async () => {
        const left = await whatIsLeft();
        const now = left.length === 0 ? await folded() : -1;
        const isSame = now >= 0 && now === before;
        before = now;
        if (!isSame) throw new Error(left.join('\n'));
      };
      await eventually('the installation at rest', check, { withinMs, everyMs: 300 });
    },
    async logs() {
      const inputs = new Map<string, LogRecord[]>();
      for (const topic of CUSTOMER_INPUTS) inputs.set(topic, await all(topic));
      const decisions = await all(DECISION_TOPIC);
      return Promise.all(
        partitions.map(async (partition) => {
          const mine = (records: readonly LogRecord[]) => records.filter((record) => record.partition === partition);
          return {
            partition,
            inputs: new Map([...inputs].map(([topic, records]) => [topic, mine(records)])),
            decisions: mine(decisions),
            journal: await journalOf(partition),
          };
        }),
      );
    },
    async stored(partition, campaigns) {
      const shard = shardOf(partition);
      const readAtMs = Date.now();
      const dues = await store.readDues(shard);
      const states = new Map<string, Buffer>();
      for (const id of dues.keys()) {
        const { bytes } = await store.readState(shard, id);
        if (bytes) states.set(id, bytes);
      }
      const kpis = new Map<string, number>();
      for (const campaign of campaigns) {
        for (const [cell, sum] of Object.entries(await store.readKpis(shard, campaign))) {
          kpis.set(`${campaign} ${cell}`, sum);
        }
      }
      return { states, dues, kpis, readAtMs };
    },
    deadLetters: () => all(DEAD_LETTER_TOPIC),
    alerts: async () => (await feed.read({ max: 10_000 })).map((alert) => alert.contactId),
    async queued() {
      const counts = await queue.counts(CHANNEL);
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      return { total, state: (contactId) => queue.jobState(CHANNEL, contactId) };
    },
    async close() {
      await Promise.all([log.close(), queue.close(), feed.close(), store.close()]);
    },
  };
}
