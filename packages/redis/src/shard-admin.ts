import { hostname, userInfo } from 'node:os';
import type {
  Configuration,
  InputPosition,
  RefusedConfiguration,
  ShardId,
  ShardMeta,
  StoredTally,
} from '@holdfast/engine';
import type { Redis } from 'ioredis';
import { ANSWER } from './answers.ts';
import { shardKeys } from './keys.ts';
import { changedFields, generationIn, goneFields, type MetaFields, readMetaFields } from './meta.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';

/** A change somebody made by hand, kept in the shard. */
export interface OperatorEntry {
  readonly atMs: number;
  /** user@host. */
  readonly by: string;
  readonly what: string;
}

/** All that a shard says of itself. */
export interface ShardRecord {
  readonly meta: ShardMeta;
  /** Name of the worker that claimed last; empty before the first claim. */
  readonly owner: string;
  readonly claimedAtMs: number | undefined;
  /** False once the shard was fenced by hand and not claimed again. */
  readonly isOwned: boolean;
  /** The present claim has adopted and is near the end of the log: the dispatcher acts on the states. */
  readonly isTrusted: boolean;
  /** Why the last owner stopped; undefined where it did not. */
  readonly stopped: { readonly reason: string; readonly message: string; readonly atMs: number } | undefined;
  readonly heldUntilMs: number | undefined;
  readonly generation: string;
  /** A generation that was begun and neither swapped in nor removed. */
  readonly building: string;
  /** A generation that was swapped out and is not removed to the end. */
  readonly garbage: string | undefined;
  /** Newest first. */
  readonly operated: readonly OperatorEntry[];
  readonly outboxLength: number;
  readonly entities: number;
}

/** What an operator's change writes into meta. */
export interface ShardChange {
  /** The change counts only if the shard still stands there. */
  readonly version: number;
  /** In words, for those who look later. */
  readonly what: string;
  /** The hold under which it is done; undefined where the shard is not held. */
  readonly holdId?: string;
  readonly inputs?: Readonly<Record<string, InputPosition>>;
  readonly relay?: InputPosition;
  readonly clusterId?: string;
  readonly watermarks?: Readonly<Record<string, number>>;
  readonly generation?: string;
  readonly building?: string;
  readonly garbage?: string;
  /** What the states of that generation refer to. */
  readonly dictionary?: Readonly<Record<string, string>>;
  /** Numbers and settings that differ in it; null: it has none. */
  readonly tallies?: Readonly<Record<string, StoredTally | null>>;
  readonly settings?: Readonly<Record<string, string | null>>;
  /** What that generation is configured with, and how far its index of timers was judged by it. */
  readonly configuration?: Configuration;
  readonly refused?: RefusedConfiguration | null;
  readonly isSweepDue?: boolean;
  /** Fields of meta to remove. */
  readonly forget?: readonly ('hold' | 'building' | 'garbage')[];
}

export type ChangeAnswer =
  | { readonly kind: 'ok'; readonly version: number }
  /** Somebody changed the shard since it was read, or the hold is over: read it again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'uninitialised' };

export type HoldAnswer =
  | { readonly kind: 'ok'; readonly version: number; readonly untilMs: number }
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'uninitialised' };

/** What operators do to shards. Every change fences the owner, who claims again and finds the shard as it is then. */
export interface ShardAdmin {
  /** Null when there is no such shard. Throws when its meta cannot be read. */
  inspect(shard: ShardId): Promise<ShardRecord | null>;
  change(shard: ShardId, change: ShardChange): Promise<ChangeAnswer>;
  /** Keeps everybody from the shard for `ms`; under the same id it lasts longer. */
  hold(shard: ShardId, holdId: string, ms: number): Promise<HoldAnswer>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5_000;
const KEPT_ENTRIES = 10;

export function createShardAdmin(options: { readonly url: string }): ShardAdmin {
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs: TIMEOUT_MS });

  const operated = async (shard: ShardId): Promise<readonly OperatorEntry[]> =>
    readOperated((await redis.hget(shardKeys(shard).meta, 'operated')) ?? '');

  return {
    inspect: (shard) => inspect(redis, shard),
    async change(shard, change) {
      const entry: OperatorEntry = { atMs: Date.now(), by: `${userInfo().username}@${hostname()}`, what: change.what };
      const log = [entry, ...(await operated(shard))].slice(0, KEPT_ENTRIES);
      const fields: MetaFields = [...fieldsOf(change), ['operated', JSON.stringify(log)]];
      const gone = [...(change.forget ?? []), ...goneFields(change)];
      const args = [change.version, change.holdId ?? '', fields.length, ...fields.flat(), ...gone];
      const [answer, detail] = await runScript(redis, SCRIPTS.operate, [shardKeys(shard).meta], args);
      return changeAnswer(String(answer), detail);
    },
    async hold(shard, holdId, ms) {
      const [answer, detail, until] = await runScript(redis, SCRIPTS.hold, [shardKeys(shard).meta], [holdId, ms]);
      if (String(answer) === ANSWER.ok) {
        return { kind: 'ok', version: Number(String(detail)), untilMs: Number(String(until)) };
      }
      if (String(answer) === ANSWER.held) return { kind: 'held', untilMs: Number(String(detail)) };
      if (String(answer) === ANSWER.uninitialised) return { kind: 'uninitialised' };
      throw new Error(`the hold was refused: ${String(answer)} ${String(detail)}`);
    },
    async close() {
      redis.disconnect();
    },
  };
}

async function inspect(redis: Redis, shard: ShardId): Promise<ShardRecord | null> {
  const fields = await redis.hgetall(shardKeys(shard).meta);
  const flat = Object.entries(fields).flat();
  if (flat.length === 0) return null;
  const meta = readMetaFields(flat);
  if (!meta) throw new Error(`meta of shard ${shard.topology}:${shard.partition} is incomplete or malformed`);
  const generation = generationIn(flat);
  const keys = shardKeys(shard, generation);
  const token = fields.token ?? '';
  const until = /^\S+ (\d+)$/.exec(fields.hold ?? '')?.[1];
  return {
    meta,
    owner: fields.owner ?? '',
    claimedAtMs: fields.claimedAt === undefined ? undefined : Number(fields.claimedAt),
    isOwned: token !== '',
    isTrusted: token !== '' && token === fields.adopted,
    stopped:
      fields.stopped === undefined
        ? undefined
        : {
            reason: fields.stopped,
            message: fields.stoppedMessage ?? '',
            atMs: Number(fields.stoppedAt ?? 0),
          },
    heldUntilMs: until !== undefined && Number(until) > Date.now() ? Number(until) : undefined,
    generation,
    building: fields.building ?? '',
    garbage: fields.garbage,
    operated: readOperated(fields.operated ?? ''),
    outboxLength: await redis.xlen(keys.outbox),
    entities: await redis.zcard(keys.due),
  };
}

function fieldsOf(change: ShardChange): MetaFields {
  const { inputs = {}, watermarks = {} } = change;
  const fields = changedFields({ ...change, inputs, watermarks });
  for (const name of ['clusterId', 'generation', 'building', 'garbage'] as const) {
    const value = change[name];
    if (value !== undefined) fields.push([name, value]);
  }
  // What was tried from other positions says nothing of these.
  if (change.inputs) fields.push(['attempts', '0']);
  return fields;
}

function changeAnswer(answer: string, detail: unknown): ChangeAnswer {
  if (answer === ANSWER.ok) return { kind: 'ok', version: Number(String(detail)) };
  if (answer === ANSWER.rolledBack) return { kind: 'moved' };
  if (answer === ANSWER.held) return { kind: 'held', untilMs: Number(String(detail)) };
  if (answer === ANSWER.uninitialised) return { kind: 'uninitialised' };
  throw new Error(`the change was refused: ${answer} ${String(detail)}`);
}

function readOperated(text: string): readonly OperatorEntry[] {
  if (text === '') return [];
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) ? (entries as OperatorEntry[]) : [];
  } catch {
    return [];
  }
}
