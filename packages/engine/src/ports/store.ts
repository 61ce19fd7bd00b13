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
  /** Content address of the active policy; empty before the first one. */
  readonly policyVersion: string;
  /** Claims in a row that began to fold from these offsets and committed no record. */
  readonly attempts: number;
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
  | Exclude<StoreFailure, { kind: 'fenced' | 'rolled-back' }>;

/** A message that may leave only after the commit that wrote it. */
export interface OutboxMessage {
  /** Topic the message goes to; `JOB_ONLY` when there is nothing to produce, only a job to add. */
  readonly topic: string;
  /** Partition to produce to; undefined lets the producer hash the key. */
  readonly partition?: number;
  /** null only for a dead letter whose record had none. */
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

/** Everything one micro-batch changes, written all or not at all. */
export interface Commit {
  /** Only the topics that moved. */
  readonly inputs: Readonly<Record<string, InputPosition>>;
  readonly watermarks: Readonly<Record<string, number>>;
  readonly states: readonly { readonly id: string; readonly bytes: Buffer }[];
  /** Earliest due time per entity, ms; `FAR_FUTURE` when none. Every entity has one member. */
  readonly dues: readonly { readonly id: string; readonly dueMs: number }[];
  readonly outbox: readonly OutboxMessage[];
  readonly kpis: readonly KpiIncrement[];
  readonly history: readonly HistoryEntry[];
  /** Set by adoption only. */
  readonly relay?: InputPosition;
  readonly policyVersion?: string;
  /** Set once, by the adoption or the first commit after it near the log's end: the dispatcher may trust the states of this claim. */
  readonly adopted?: true;
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
export type OutboxAnswer =
  | { readonly kind: 'ok'; readonly entries: readonly OutboxEntry[]; readonly length: number }
  | StoreFailure;
export type TrimAnswer = { readonly kind: 'ok'; readonly relayMoved: boolean } | StoreFailure;

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
  readOutbox(version: number, limit: number): Promise<OutboxAnswer>;
  trim(version: number, trim: Trim): Promise<TrimAnswer>;
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
  readHistory(shard: ShardId, entityId: string): Promise<readonly Buffer[]>;
  countEntities(shard: ShardId): Promise<number>;
  close(): Promise<void>;
}

/** Score of an entity without a timer: it still is a member, so that the ZSET lists all entities. */
export const FAR_FUTURE = 9_000_000_000_000_000;

/** Topic of an outbox message that asks for a job again: the log has its decision already. */
export const JOB_ONLY = '';
