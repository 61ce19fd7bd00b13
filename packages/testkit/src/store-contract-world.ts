import type {
  Commit,
  InputPosition,
  OutboxMessage,
  ShardId,
  ShardMeta,
  ShardSession,
  ShardStore,
  Trim,
} from '@holdfast/engine';

/** A store under test, with the accidents the suite needs. Every harness has shards of its own. */
export interface StoreHarness {
  readonly store: ShardStore;
  /** The store of a process that reads another highest layout of states, on the same data. */
  storeFor(codecVersion: number): ShardStore;
  readonly topology: string;
  /** Remembers the shard; the answer goes back to it. */
  snapshot(shard: ShardId): Promise<() => Promise<void>>;
  wipe(shard: ShardId): Promise<void>;
  kpis(shard: ShardId, campaign: string): Promise<Readonly<Record<string, number>>>;
  journal(shard: ShardId): Promise<readonly Buffer[]>;
  stoppedReason(shard: ShardId): Promise<string | undefined>;
  /** Holds the shard as a rebuild does; the answer lets go. */
  hold(shard: ShardId): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly codecVersion: number;
  readonly bounds: { readonly items: number; readonly bytes: number };
}

/** What the parts of the suite share: the store and the shard of the test that runs, and how to own it. */
export interface StoreWorld {
  readonly harness: StoreHarness;
  readonly shard: ShardId;
  open(): Promise<ShardSession>;
  owner(): Promise<{ readonly session: ShardSession; readonly version: number; readonly meta: ShardMeta }>;
  /** Commits and answers the new version. */
  committed(session: ShardSession, version: number, changes: Partial<Commit>): Promise<number>;
}

export const FENCED = { kind: 'fenced' } as const;

export const META: Omit<ShardMeta, 'version' | 'attempts'> = {
  minCodec: 2,
  clusterId: 'cluster-1',
  partitionCount: 8,
  inputs: { usage: positionOf(10), churn: positionOf(0) },
  relay: positionOf(7),
  watermarks: {},
};

export function positionOf(nextOffset: number): InputPosition {
  return {
    nextOffset,
    fingerprint: { offset: nextOffset - 1, appendTime: 1_000 + nextOffset, hash: '00ff00ff00ff00ff' },
  };
}

export function trimOf(changes: Partial<Trim>): Trim {
  return { ids: [], entriesVersion: 0, producedFrom: null, relay: null, ...changes };
}

export function stateOf(id: string, text: string): { readonly id: string; readonly bytes: Buffer } {
  return { id, bytes: Buffer.from(text) };
}

export function messageOf(text: string): OutboxMessage {
  return { topic: 'holdfast.decision.v1', key: Buffer.from(text), value: Buffer.from(`value of ${text}`), headers: {} };
}

export async function entriesOf(session: ShardSession, version: number) {
  const answer = await session.readOutbox(version, 100);
  if (answer.kind !== 'ok') throw new Error(`readOutbox answered ${answer.kind}`);
  return answer.entries;
}
