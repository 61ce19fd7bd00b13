import { randomBytes } from 'node:crypto';
import type { ShardId, ShardMeta, ShardStore } from '@holdfast/engine';
import { ANSWER } from './answers.ts';
import type { CommitBounds } from './commit-frame.ts';
import { openSessionConnection } from './connection.ts';
import { createDurabilityView } from './durability.ts';
import { shadowKeys, shardKeys } from './keys.ts';
import { initialFields, readMetaFields } from './meta.ts';
import { unpacked } from './packed-record.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS, SESSION_SCRIPTS } from './scripts.ts';
import { checkServer } from './server-check.ts';
import { createShardReads } from './shard-reads.ts';
import { createShardSession } from './shard-session.ts';
import { connectionOf, type StoreAddress } from './shared-connection.ts';

/** `url`: `redis://[user:password@]host:port[/db]`; `rediss:` for TLS. `connection`: for what is read from outside a shard. */
export interface ShardStoreOptions extends StoreAddress {
  /** Highest layout of states this process reads; a claim of a shard with a higher `minCodec` is refused. */
  readonly codecVersion: number;
  /** What a claim says of who holds the shard: host and process, no secrets. Default empty. */
  readonly owner?: string;
  /** A generation being built: the whole store lies beside the live one, with meta and token of its own. */
  readonly shadow?: string;
  /** Default 5,000 ms. */
  readonly connectTimeoutMs?: number;
  /** No reply within this time counts as lost. Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
  readonly commitBounds?: CommitBounds;
  /** Decision records kept per entity. Default 10. */
  readonly historyKeep?: number;
  /** Default 90 days. */
  readonly historyTtlSeconds?: number;
  /** Told records kept per entity. Default 50. */
  readonly toldKeep?: number;
  /** From the newest of them on. Default 90 days. */
  readonly toldTtlSeconds?: number;
}

/** The port, and what is read from outside a shard for reports and checks. */
export interface RedisShardStore extends ShardStore {
  /** Cells of a campaign in this shard. */
  readKpis(shard: ShardId, campaign: string): Promise<Readonly<Record<string, number>>>;
  /** Journal entries in commit order, where journalling was asked for. */
  readJournal(shard: ShardId): Promise<readonly Buffer[]>;
  /** When each of them was committed by the server's clock, ms. */
  readJournalTimes(shard: ShardId): Promise<readonly number[]>;
  /** The index of timers: every entity with the time it is looked at next, ms. */
  readDues(shard: ShardId): Promise<ReadonlyMap<string, number>>;
  /** Entries waiting for the relay. */
  outboxLength(shard: ShardId): Promise<number>;
}

export const DEFAULT_COMMIT_BOUNDS: CommitBounds = { items: 20_000, bytes: 32 * 1024 * 1024 };
const HISTORY_KEEP = 10;
const HISTORY_TTL_SECONDS = 90 * 24 * 3600;
const TOLD_KEEP = 50;
const TOLD_TTL_SECONDS = 90 * 24 * 3600;
const TIMEOUT_MS = 5_000;

/**
 * The shard store on Redis. Every session has a connection of its own; reads from outside a shard share one that
 * reconnects, and reject with the client's error when Redis cannot be reached.
 */
export function createShardStore(options: ShardStoreOptions): RedisShardStore {
  const commandTimeoutMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const connectTimeoutMs = options.connectTimeoutMs ?? TIMEOUT_MS;
  const timeouts = { connectMs: connectTimeoutMs, silenceMs: commandTimeoutMs };
  const { redis: reader, close } = connectionOf(options, timeouts);

  const { shadow } = options;
  const reads = createShardReads(reader, shadow);
  const durability = createDurabilityView(reader, () => performance.now());
  const keysOf = (shard: ShardId, generation = '') =>
    shadow === undefined ? shardKeys(shard, generation) : shadowKeys(shard, shadow);
  /** Keys as of now; a rebuild may swap the generation at any time. */
  const presentKeys = async (shard: ShardId) =>
    keysOf(shard, (await reader.hget(keysOf(shard).meta, 'generation')) ?? '');

  return {
    async open(shard) {
      const connection = await openSessionConnection(options.url, SESSION_SCRIPTS, {
        connectMs: connectTimeoutMs,
        commandMs: commandTimeoutMs,
      });
      return createShardSession(connection, shard, {
        token: randomBytes(16).toString('hex'),
        codecVersion: options.codecVersion,
        owner: options.owner ?? '',
        shadow,
        durability,
        commit: options.commitBounds ?? DEFAULT_COMMIT_BOUNDS,
        history: {
          keep: options.historyKeep ?? HISTORY_KEEP,
          ttlSeconds: options.historyTtlSeconds ?? HISTORY_TTL_SECONDS,
        },
        told: {
          keep: options.toldKeep ?? TOLD_KEEP,
          ttlSeconds: options.toldTtlSeconds ?? TOLD_TTL_SECONDS,
        },
      });
    },

    check: () => checkServer(reader),

    async initialise(shard, meta) {
      const fields = initialFields(meta).flat();
      const [answer, reason] = await runScript(reader, SCRIPTS.initialise, [keysOf(shard).meta], fields);
      if (String(answer) === ANSWER.invalid) throw new Error(`initialise refused: ${String(reason)}`);
      return String(answer) === ANSWER.ok;
    },

    readState: reads.state,

    async readMeta(shard): Promise<ShardMeta | null> {
      const fields = await reader.hgetall(keysOf(shard).meta);
      const flat = Object.entries(fields).flat();
      if (flat.length === 0) return null;
      const meta = readMetaFields(flat);
      if (!meta) throw new Error(`meta of shard ${shard.topology}:${shard.partition} is incomplete or malformed`);
      return meta;
    },

    readHistory: reads.history,

    async readTold(shard, entityId) {
      const records = await reader.lrangeBuffer(keysOf(shard).toldPrefix + entityId, 0, -1);
      return records.map(unpacked);
    },

    countEntities: async (shard) => reader.zcard((await presentKeys(shard)).due),

    async readKpis(shard, campaign) {
      const cells = await reader.hgetall((await presentKeys(shard)).kpiPrefix + campaign);
      return Object.fromEntries(Object.entries(cells).map(([cell, count]) => [cell, Number(count)]));
    },

    async readJournal(shard) {
      const entries = await reader.xrangeBuffer(keysOf(shard).journal, '-', '+');
      return entries.map(([, fields]) => fields[1] ?? Buffer.alloc(0));
    },

    async readJournalTimes(shard) {
      const entries = await reader.xrange(keysOf(shard).journal, '-', '+');
      return entries.map(([id]) => Number.parseInt(id, 10));
    },

    async readDues(shard) {
      const flat = await reader.zrange((await presentKeys(shard)).due, '0', '-1', 'WITHSCORES');
      const dues = new Map<string, number>();
      for (let i = 0; i + 1 < flat.length; i += 2) dues.set(flat[i] ?? '', Number(flat[i + 1]));
      return dues;
    },

    outboxLength: (shard) => reader.xlen(keysOf(shard).outbox),

    async close() {
      close();
    },
  };
}
