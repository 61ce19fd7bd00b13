import type { Addresses } from '@holdfast/cli';
import { decodeJournal, type LogRecord, type StoredTally } from '@holdfast/engine';
import { CUSTOMER_INPUTS, CUSTOMER_TOPOLOGY, DEAD_LETTER_TOPIC, DECISION_TOPIC } from '@holdfast/events';
import { createInputLog, readTopic } from '@holdfast/kafka';
import { createContactQueue } from '@holdfast/queue';
import { createAlertFeed, createShardStore } from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import type { CommittedLine, ShardRecords } from './clean-fold.ts';

export const CLIENT_ID = 'holdfast-integrity';
export const PARTITIONS = 4;
export const CHANNEL = 'call-centre';
/** Contacts that a gap or a night puts off for longer are no reason to wait for rest, ms. */
export const SOON_MS = 120_000;

/** Everything one shard holds in the store. */
export interface StoredShard {
  readonly states: ReadonlyMap<string, Buffer>;
  readonly dues: ReadonlyMap<string, number>;
  readonly kpis: ReadonlyMap<string, number>;
  readonly tallies: Readonly<Record<string, StoredTally>>;
  readonly settings: Readonly<Record<string, string>>;
  /** How far each feed had come when reading began, ms. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** When the index of timers was read, ms. */
  readonly readAtMs: number;
}

/** An installation from outside: what it was told, what it holds, what it sent. */
export interface InstallationView {
  /** Resolves when every shard has folded something. */
  served(): Promise<void>;
  /**
   * Resolves when every record is folded, every effect has left, and every contact has been delivered and reported. A contact
   * that is due within `SOON_MS` is waited for on top of `withinMs`.
   */
  atRest(withinMs: number): Promise<void>;
  /** What is not folded, has not left, or was not delivered and reported; nothing at rest. */
  left(): Promise<readonly string[]>;
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

/** `channels`: those that are delivered. `awaited`: those in whose queues nothing waits at rest. */
export function viewInstallation(
  addresses: Addresses,
  channels: readonly string[] = [CHANNEL],
  awaited = channels,
): InstallationView {
  const client = { brokers: addresses.brokers, clientId: CLIENT_ID };
  const store = createShardStore({ url: addresses.redisUrl, codecVersion: STATE_LAYOUT });
  const queue = createContactQueue({ url: addresses.queueRedisUrl, channels });
  const feed = createAlertFeed({ url: addresses.queueRedisUrl });
  const log = createInputLog({ ...client, groupId: CLIENT_ID, topics: CUSTOMER_INPUTS });
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const shardOf = (partition: number) => ({ topology: CUSTOMER_TOPOLOGY, partition });

  const left = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const channel of awaited) {
      const jobs = await queue.counts(channel);
      const later = (await queue.delayed(channel, jobs.delayed)).filter(({ sendAt }) => sendAt > Date.now() + SOON_MS);
      if (jobs.waiting + jobs.active + jobs.delayed > later.length) {
        found.push(`jobs of ${channel}: ${JSON.stringify(jobs)}`);
      }
    }
    for (const partition of partitions) {
      const meta = await store.readMeta(shardOf(partition));
      for (const topic of CUSTOMER_INPUTS) {
        const reached = meta?.inputs[topic]?.nextOffset ?? -1;
        const { high } = await log.bounds(topic, partition);
        if (reached !== high) found.push(`${topic}/${partition} stands at ${reached} of ${high}`);
      }
      const waiting = await store.outboxLength(shardOf(partition));
      if (waiting > 0) found.push(`the outbox of shard ${partition} holds ${waiting}`);
    }
    return found;
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

  const journalOf = async (partition: number): Promise<readonly CommittedLine[]> => {
    // Times first: what is committed in between has lines and no time yet, and the reading is repeated then.
    const times = await store.readJournalTimes(shardOf(partition));
    const entries = await store.readJournal(shardOf(partition));
    return entries.flatMap((entry, i) =>
      decodeJournal(entry).map((line) => ({ ...line, committedAtMs: times[i] ?? Number.NaN })),
    );
  };

  return {
    folded,
    left,
    async served() {
      const check = async () => {
        const journals = await Promise.all(partitions.map(journalOf));
        const idle = partitions.filter((partition) => journals[partition]?.length === 0);
        if (idle.length > 0) throw new Error(`shards ${idle.join()} have not`);
      };
      await eventually('every shard folding', check, { withinMs: 60_000 });
    },
    async journalLines() {
      const journals = await Promise.all(partitions.map(journalOf));
      return journals.reduce((sum, { length }) => sum + length, 0);
    },
    async atRest(withinMs) {
      // Twice the same: a contact on its way comes back as a report.
      let before = -1;
      const check = async () => {
        const waiting = await left();
        const now = waiting.length === 0 ? await folded() : -1;
        const isSame = now >= 0 && now === before;
        before = now;
        if (!isSame) throw new Error(waiting.join('\n'));
      };
      await eventually('the installation at rest', check, { withinMs: withinMs + SOON_MS, everyMs: 300 });
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
      const { watermarks = {}, tallies = {}, settings = {} } = (await store.readMeta(shard)) ?? {};
      const dues = await store.readDues(shard);
      // After it: on a busy machine a timer was looked at again between the clock and the reading.
      const readAtMs = Date.now();
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
      return { states, dues, kpis, tallies, settings, watermarks, readAtMs };
    },
    deadLetters: () => all(DEAD_LETTER_TOPIC),
    alerts: async () => (await feed.read({ max: 100_000 })).map((alert) => alert.contactId),
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
