import type { Configuration, Refusal, RefusedConfiguration } from '../configuration.ts';

/**
 * The shard store in the engine's words. `packages/redis` is the real one, `packages/testkit` has the fake; both pass
 * one contract suite. The protocol behind it is described in `packages/engine/DESIGN.md`.
 */

/** One shard: partition `partition` of every input topic of `topology`. */
export interface ShardId {
  readonly topology: string;
  readonly partition: number;
}

/** What is remembered of the last folded record of a partition, to notice a log that was recreated. */
export interface Fingerprint {
  readonly offset: number;
  /** Append time, ms since the epoch. */
  readonly appendTime: number;
  /** 64-bit hash of key and value, 16 hex digits. */
  readonly hash: string;
}

/** Where a shard stands in one input topic (or in the decision log). */
export interface InputPosition {
  /** The next offset to fold. */
  readonly nextOffset: number;
  /** Of the record at `nextOffset - 1` or the last one before it. */
  readonly fingerprint: Fingerprint;
}

/** A number of a shard. */
export interface StoredTally {
  /** A safe integer, never 0. */
  readonly value: number;
  /** From then on it counts as 0, ms since the epoch; absent when it stays. */
  readonly untilMs?: number;
}

export interface ShardMeta {
  readonly version: number;
  /** The layout the states are written in; a worker that cannot read it refuses to claim. */
  readonly minCodec: number;
  readonly clusterId: string;
  readonly partitionCount: number;
  readonly inputs: Readonly<Record<string, InputPosition>>;
  /** Position up to which the decision log was adopted or written by the relay in one unbroken run. */
  readonly relay: InputPosition;
  /** Per feed (`source|type`), ms since the epoch. */
  readonly watermarks: Readonly<Record<string, number>>;
  /** Claims in a row that began to fold from these offsets and committed no record. */
  readonly attempts: number;
  /** Who was erased, by the topology's mark of the id, and when, ms since the epoch. Absent when nobody was. */
  readonly erasures?: Readonly<Record<string, number>>;
  /** What states refer to by name instead of holding it each: text by name. Absent before the first. */
  readonly dictionary?: Readonly<Record<string, string>>;
  /** Numbers that the shard's entities share, by name. Absent when there are none. */
  readonly tallies?: Readonly<Record<string, StoredTally>>;
  /** What records told the shard to keep, by name. Absent before the first. */
  readonly settings?: Readonly<Record<string, string>>;
  /** What the shard is configured with. Absent before the first configuration record. */
  readonly configuration?: Configuration;
  /** The newest configuration record was not put into force. Absent when it was. */
  readonly refused?: RefusedConfiguration;
  /** Configuration records that were not put into force here, the oldest first; a rebuild refuses them again. */
  readonly refusals?: readonly Refusal[];
  /** The index of timers was not gone through to its end since the configuration changed. */
  readonly isSweepDue?: boolean;
}

export type StoreFailure =
  /** Another owner claimed the shard. */
  | { readonly kind: 'fenced' }
  /** Same token, other version: the store lost writes. */
  | { readonly kind: 'rolled-back' }
  /** There is no meta: never initialised, or wiped. */
  | { readonly kind: 'uninitialised' }
  /** No reply, broken connection, READONLY, LOADING …: it may or may not have happened. The session is dead. */
  | { readonly kind: 'unknown'; readonly reason: string };

export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly meta: ShardMeta }
  | { readonly kind: 'incompatible'; readonly minCodec: number }
  /** A rebuild compares or swaps the shard; nobody owns it before `untilMs`, store time, unless it is let go earlier. */
  | { readonly kind: 'held'; readonly untilMs: number }
  | Exclude<StoreFailure, { kind: 'fenced' | 'rolled-back' }>;

/** A message that may leave only after the commit that wrote it. */
export interface OutboxMessage {
  /** Topic the message goes to; `JOB_ONLY` when there is nothing to produce, only a job to add. */
  readonly topic: string;
  /** Partition to produce to; undefined lets the producer hash the key. */
  readonly partition?: number;
  /** null where it is about no entity, and for a dead letter whose record had none. */
  readonly key: Buffer | null;
  /** null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer>>;
  /** A job for a channel's queue, added after the produce was acknowledged. */
  readonly job?: OutboxJob;
}

export interface OutboxJob {
  readonly channel: string;
  /** Becomes the job id: equal ids are one job. */
  readonly contactId: string;
  readonly entityId: string;
  /** Not before, ms since the epoch. */
  readonly sendAt: number;
  /** Not after, ms since the epoch. */
  readonly sendBy: number;
}

export interface OutboxEntry {
  readonly id: string;
  /** Version of the commit that wrote it. */
  readonly version: number;
  readonly message: OutboxMessage;
}

export interface KpiIncrement {
  readonly campaign: string;
  readonly cell: string;
  readonly by: number;
}

export interface HistoryEntry {
  readonly entityId: string;
  /** One decision record as it is; the store compresses it, and keeps the newest ones for a while. */
  readonly record: Buffer;
}

export interface ToldEntry {
  readonly entityId: string;
  /** The value of a record the entity was told, as it was in the log. The store keeps the newest ones for a while, equal ones once. */
  readonly record: Buffer;
}

/** Everything one micro-batch changes, written all or not at all. */
export interface Commit {
  /** Entities whose state, place among the timers, history and kept records go, before anything else is written. */
  readonly deletions?: readonly string[];
  /** Marks of erased entities, with the time of the erasure. Kept for good. */
  readonly erasures?: Readonly<Record<string, number>>;
  /** Entries the shard's dictionary did not have. Kept for good. */
  readonly dictionary?: Readonly<Record<string, string>>;
  /** Only those that changed; null: there is none any more. */
  readonly tallies?: Readonly<Record<string, StoredTally | null>>;
  /** Only those that changed. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Only the topics that moved. */
  readonly inputs: Readonly<Record<string, InputPosition>>;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly states: readonly { readonly id: string; readonly bytes: Buffer }[];
  /** Earliest due time per entity, ms; `FAR_FUTURE` when none. Every entity has one member. */
  readonly dues: readonly { readonly id: string; readonly dueMs: number }[];
  readonly outbox: readonly OutboxMessage[];
  readonly kpis: readonly KpiIncrement[];
  readonly history: readonly HistoryEntry[];
  /** In the order of folding. Absent when there is nothing to keep. */
  readonly told?: readonly ToldEntry[];
  /** Set by adoption only. */
  readonly relay?: InputPosition;
  /** In force for what is folded after this commit. */
  readonly configuration?: Configuration;
  /** Null: none is refused any more. */
  readonly refused?: RefusedConfiguration | null;
  /** Only when one came to them: all that are remembered. */
  readonly refusals?: readonly Refusal[];
  /** True with a configuration that changes when states are due, false when the index was gone through since. */
  readonly isSweepDue?: boolean;
  /**
   * Only when it changes. True: adopted and near the log's end, the dispatcher may trust the states of this claim. False:
   * the shard fell behind, an opt-out may not be folded yet.
   */
  readonly adopted?: boolean;
  /** New count of attempts: one more as folding begins, 0 with the first record committed. */
  readonly attempts?: number;
  /** Kept, in commit order, only where a test asked for it: what the oracle folds. */
  readonly journal?: Buffer;
}

export type CommitAnswer =
  | { readonly kind: 'ok'; readonly version: number; readonly outboxLength: number }
  | StoreFailure;
export type ReadAnswer = { readonly kind: 'ok'; readonly states: readonly (Buffer | null)[] } | StoreFailure;
export type PollAnswer =
  | {
      readonly kind: 'ok';
      readonly due: readonly {
        readonly id: string;
        readonly dueMs: number;
      }[] /** Score of the first entity not in the list; `FAR_FUTURE` when none. */;
      readonly nextDueMs: number;
    }
  | StoreFailure;
export type SweepAnswer =
  | {
      readonly kind: 'ok';
      readonly entries: readonly { readonly id: string; readonly dueMs: number }[];
      /** Where to go on; undefined at the end. */
      readonly cursor: string | undefined;
    }
  | StoreFailure;
export type OutboxAnswer =
  | { readonly kind: 'ok'; readonly entries: readonly OutboxEntry[]; readonly length: number }
  | StoreFailure;
export type TrimAnswer = { readonly kind: 'ok'; readonly relayMoved: boolean } | StoreFailure;

/** What was asked to outlive a failover or a power cut. */
export type DurableAnswer =
  /** `by` says what has it: a replica, the disk, or nothing that could be asked for more. */
  | { readonly kind: 'ok'; readonly by: 'replica' | 'disk' | 'nothing' }
  /** Not within the time given; the session goes on. */
  | { readonly kind: 'not-yet' }
  | StoreFailure;

export interface Trim {
  /** Exact entry ids, all written at `entriesVersion` or before. */
  readonly ids: readonly string[];
  readonly entriesVersion: number;
  /** Offset at which the produce into the decision log began; null when nothing went there. */
  readonly producedFrom: number | null;
  /** Where the decision log stands after it; taken only when `producedFrom` is the stored relay offset. */
  readonly relay: InputPosition | null;
}

/**
 * A token on a connection of its own. After any answer but `ok` or `claimed` the session is useless: close it and open
 * another. Never resends a command. One call at a time, except `readOutbox`/`trim`, which may overlap the rest.
 */
export interface ShardSession {
  claim(): Promise<ClaimAnswer>;
  /** States by id, in order, null where there is none. */
  read(ids: readonly string[]): Promise<ReadAnswer>;
  commit(version: number, commit: Commit): Promise<CommitAnswer>;
  /** Entities due at or before `nowMs`, earliest first. */
  poll(version: number, nowMs: number, limit: number): Promise<PollAnswer>;
  /**
   * A part of the index of timers, about `limit` entries, from `cursor` on; the first part without one. An entity that is in
   * the index from the first part to the last is in one of them, wherever it moves meanwhile; it may be in several.
   */
  sweep(version: number, cursor: string | undefined, limit: number): Promise<SweepAnswer>;
  readOutbox(version: number, limit: number): Promise<OutboxAnswer>;
  trim(version: number, trim: Trim): Promise<TrimAnswer>;
  /**
   * Waits until everything this session has read or written outlives the loss of the server: a replica has it where there
   * is one, else the disk where the server can tell.
   */
  awaitDurable(timeoutMs: number): Promise<DurableAnswer>;
  /** Leaves in the shard why its owner stops; the next claim forgets it. Nothing is written where the token is not ours. */
  noteStopped(reason: string, message: string): Promise<void>;
  close(): Promise<void>;
}

/** What a reader outside the shard may see: the dispatcher, the gateway, the command line. */
export interface StateView {
  readonly bytes: Buffer | null;
  /** The present claim has committed its adoption and has come near the end of the log since. */
  readonly trusted: boolean;
}

export interface ShardStore {
  /** Opens a connection with a fresh random 128-bit token; nothing is written before `claim`. */
  open(shard: ShardId): Promise<ShardSession>;
  /** Refuses what the engine cannot run on: no AOF, `maxmemory-policy` other than noeviction. */
  check(): Promise<{ readonly ok: true } | { readonly ok: false; readonly problem: string; readonly fix: string }>;
  /** Writes the meta of a new shard. Answers false, and changes nothing, when it exists. */
  initialise(shard: ShardId, meta: Omit<ShardMeta, 'version' | 'attempts'>): Promise<boolean>;
  readState(shard: ShardId, entityId: string): Promise<StateView>;
  readMeta(shard: ShardId): Promise<ShardMeta | null>;
  /** Decision records, the newest first: so many, all without a number. */
  readHistory(shard: ShardId, entityId: string, newest?: number): Promise<readonly Buffer[]>;
  /** Records the entity was told, the newest folded first; one that was sent again in other bytes is there again. */
  readTold(shard: ShardId, entityId: string): Promise<readonly Buffer[]>;
  countEntities(shard: ShardId): Promise<number>;
  close(): Promise<void>;
}

/** Score of an entity without a timer: it still is a member, so that the ZSET lists all entities. */
export const FAR_FUTURE = 9_000_000_000_000_000;

/** Topic of an outbox message that asks for a job again: the log has its decision already. */
export const JOB_ONLY = '';
