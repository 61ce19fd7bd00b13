import { randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import type { ShardId, ShardMeta, ShardStore } from '@holdfast/engine';
import { ANSWER } from './answers.ts';
import type { CommitBounds } from './commit-frame.ts';
import { openSessionConnection } from './connection.ts';
import { shardKeys } from './keys.ts';
import { initialFields, readMetaFields } from './meta.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS, SESSION_SCRIPTS } from './scripts.ts';
import { checkServer } from './server-check.ts';
import { createShardSession } from './shard-session.ts';
import { createSharedConnection } from './shared-connection.ts';

export interface ShardStoreOptions {
  /** `redis://[user:password@]host:port[/db]`; `rediss:` for TLS. */
  readonly url: string;
  /** Highest layout of states this process reads; a claim of a shard with a higher `minCodec` is refused. */
  readonly codecVersion: number;
  /** Default 5,000 ms. */
  readonly connectTimeoutMs?: number;
  /** No reply within this time counts as lost. Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
  readonly commitBounds?: CommitBounds;
  /** Decision records kept per entity. Default 10. */
  readonly historyKeep?: number;
  /** Default 90 days. */
  readonly historyTtlSeconds?: number;
}

/** The port, and what is read from outside a shard for reports and checks. */
export interface RedisShardStore extends ShardStore {
  /** Cells of a campaign in this shard. */
  readKpis(shard: ShardId, campaign: string): Promise<Readonly<Record<string, number>>>;
  /** Journal entries in commit order, where journalling was asked for. */
  readJournal(shard: ShardId): Promise<readonly Buffer[]>;
  /** The index of timers: every entity with the time it is looked at next, ms. */
  readDues(shard: ShardId): Promise<ReadonlyMap<string, number>>;
  /** Entries waiting for the relay. */
  outboxLength(shard: ShardId): Promise<number>;
}

export const DEFAULT_COMMIT_BOUNDS: CommitBounds = { items: 20_000, bytes: 32 * 1024 * 1024 };
const HISTORY_KEEP = 10;
const HISTORY_TTL_SECONDS = 90 * 24 * 3600;
const TIMEOUT_MS = 5_000;

/**
 * The shard store on Redis. Every session has a connection of its own; reads from outside a shard share one that
 * reconnects, and reject with the client's error when Redis cannot be reached.
 */
export function createShardStore(options: ShardStoreOptions): RedisShardStore {
  const commandTimeoutMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const connectTimeoutMs = options.connectTimeoutMs ?? TIMEOUT_MS;
  const reader = createSharedConnection(options.url, { connectMs: connectTimeoutMs, silenceMs: commandTimeoutMs });

  return {
    async open(shard) {
      const timeouts = { connectMs: connectTimeoutMs, commandMs: commandTimeoutMs };
      const connection = await openSessionConnection(options.url, SESSION_SCRIPTS, timeouts);
      return createShardSession(connection, shard, {
        token: randomBytes(16).toString('hex'),
        codecVersion: options.codecVersion,
        commit: options.commitBounds ?? DEFAULT_COMMIT_BOUNDS,
        history: {
          keep: options.historyKeep ?? HISTORY_KEEP,
          ttlSeconds: options.historyTtlSeconds ?? HISTORY_TTL_SECONDS,
        },
      });
    },

    check: () => checkServer(reader),

    async initialise(shard, meta) {
      const fields = initialFields(meta).flat();
      const [answer, reason] = await runScript(reader, SCRIPTS.initialise, [shardKeys(shard).meta], fields);
      if (String(answer) === ANSWER.invalid) throw new Error(`initialise refused: ${String(reason)}`);
      return String(answer) === ANSWER.ok;
    },

    async readState(shard, entityId) {
      const keys = shardKeys(shard);
      const stateKey = keys.statePrefix + entityId;
      const [, bytes, trusted] = await runScript(reader, SCRIPTS.readState, [keys.meta, stateKey], []);
      return { bytes: Buffer.isBuffer(bytes) ? bytes : null, trusted: trusted === 1 };
    },

    async readMeta(shard): Promise<ShardMeta | null> {
      const fields = await reader.hgetall(shardKeys(shard).meta);
      const flat = Object.entries(fields).flat();
      if (flat.length === 0) return null;
      const meta = readMetaFields(flat);
      if (!meta) throw new Error(`meta of shard ${shard.topology}:${shard.partition} is incomplete or malformed`);
      return meta;
    },

    async readHistory(shard, entityId) {
      const records = await reader.lrangeBuffer(shardKeys(shard).historyPrefix + entityId, 0, -1);
      return records.map((record) => inflateRawSync(record));
    },

    countEntities: (shard) => reader.zcard(shardKeys(shard).due),

    async readKpis(shard, campaign) {
      const cells = await reader.hgetall(shardKeys(shard).kpiPrefix + campaign);
      return Object.fromEntries(Object.entries(cells).map(([cell, count]) => [cell, Number(count)]));
    },

    async readJournal(shard) {
      const entries = await reader.xrangeBuffer(shardKeys(shard).journal, '-', '+');
      return entries.map(([, fields]) => fields[1] ?? Buffer.alloc(0));
    },

    async readDues(shard) {
      const flat = await reader.zrange(shardKeys(shard).due, '0', '-1', 'WITHSCORES');
      const dues = new Map<string, number>();
      for (let i = 0; i + 1 < flat.length; i += 2) dues.set(flat[i] ?? '', Number(flat[i + 1]));
      return dues;
    },

    outboxLength: (shard) => reader.xlen(shardKeys(shard).outbox),

    async close() {
      reader.disconnect();
    },
  };
}
