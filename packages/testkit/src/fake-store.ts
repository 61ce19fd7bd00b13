import type {
  ClaimAnswer,
  CommitAnswer,
  DurableAnswer,
  OutboxAnswer,
  PollAnswer,
  ReadAnswer,
  ShardId,
  ShardMeta,
  ShardSession,
  ShardStore,
  StoreFailure,
  SweepAnswer,
  TrimAnswer,
} from '@holdfast/engine';
import { createFakeShard, type FakeBounds, type FakeShard, refuseTooLarge } from './fake-store-shard.ts';

export type StoreOperation = 'claim' | 'read' | 'commit' | 'poll' | 'sweep' | 'read-outbox' | 'trim' | 'await-durable';

/** What befalls one call of a session. Every kind but `delayed-reply` ends the session with `unknown`. */
export type StoreFault =
  /** The command never arrived. */
  | { readonly kind: 'lost-request' }
  /** It was executed, the reply did not come back. */
  | { readonly kind: 'lost-reply' }
  /** The caller is told `unknown` at once, while the command arrives only when `until` resolves. */
  | { readonly kind: 'late-request'; readonly until: Promise<void> }
  /** Executed at once; the reply comes when `until` resolves. */
  | { readonly kind: 'delayed-reply'; readonly until: Promise<void> };

export interface FakeStoreOptions {
  readonly codecVersion?: number;
  readonly bounds?: FakeBounds;
  readonly historyKeep?: number;
  readonly toldKeep?: number;
  /** Asked before each call; `session` counts the sessions opened, from 1. */
  readonly fault?: (call: {
    readonly session: number;
    readonly shard: ShardId;
    readonly operation: StoreOperation;
  }) => StoreFault | undefined;
  /** True switches the token and version checks off: the runs that must fail without the fence. */
  readonly isUnfenced?: boolean;
}

/** Everything the store held at one moment. */
export type StoreSnapshot = ReadonlyMap<string, FakeShard>;

/** The port in memory, with the accidents a test may ask for. Sessions opened before stay usable: they are the zombies. */
export interface FakeShardStore extends ShardStore {
  /** The store of a process that reads another highest layout, on the same shards. */
  withCodecVersion(codecVersion: number): ShardStore;
  /** Finalises an upgrade for one shard, as the command does. */
  finaliseLayout(shard: ShardId, layout: number): 'raised' | 'already' | 'older-worker';
  snapshot(): StoreSnapshot;
  /** Goes back to a snapshot, as a failover to a stale replica or a restored backup does. */
  restore(snapshot: StoreSnapshot): void;
  /** Forgets a shard, or everything. */
  wipe(shard?: ShardId): void;
  /** All connections break: every session open now is dead. */
  disconnectAll(): void;
  /** What sessions are told of how far their writes have come; `replica` at first. */
  setDurable(answer: Exclude<DurableAnswer, StoreFailure>): void;
  /** No claim succeeds until `untilMs`; undefined lets go. */
  hold(shard: ShardId, untilMs: number | undefined): void;
  /** Why the owner stopped, as it noted it; undefined where none did since the last claim. */
  stoppedReason(shard: ShardId): string | undefined;
  kpis(shard: ShardId, campaign: string): Readonly<Record<string, number>>;
  journal(shard: ShardId): readonly Buffer[];
  outboxLength(shard: ShardId): number;
  entityIds(shard: ShardId): readonly string[];
}

const BOUNDS: FakeBounds = { items: 20_000, bytes: 32 * 1024 * 1024 };

export function createFakeShardStore(options: FakeStoreOptions = {}): FakeShardStore {
  let shards = new Map<string, FakeShard>();
  let sessions = 0;
  let connectionEra = 0;
  let durability: Exclude<DurableAnswer, StoreFailure> = { kind: 'ok', by: 'replica' };
  const durable = () => durability;
  const settings = {
    bounds: options.bounds ?? BOUNDS,
    historyKeep: options.historyKeep ?? 10,
    toldKeep: options.toldKeep ?? 50,
    isUnfenced: options.isUnfenced ?? false,
  };
  const nameOf = (shard: ShardId) => `${shard.topology}:${shard.partition}`;
  const find = (shard: ShardId) => shards.get(nameOf(shard));

  const open = (shard: ShardId, codecVersion: number): ShardSession => {
    const session = ++sessions;
    const era = connectionEra;
    const token = `token-${session}`;
    let death: string | undefined;

    const unknown = (reason: string) => {
      death ??= reason;
      return { kind: 'unknown', reason: death } as const;
    };
    const isDead = () => {
      if (era !== connectionEra) death ??= 'connection broken';
      return death !== undefined;
    };
    const call = async <A>(operation: StoreOperation, run: (shard: FakeShard | undefined) => A) => {
      if (isDead()) return unknown('connection broken');
      const fault = options.fault?.({ session, shard, operation });
      if (fault?.kind === 'lost-request') return unknown('request lost');
      if (fault?.kind === 'late-request') {
        void fault.until.then(() => run(find(shard)));
        return unknown('no reply in time');
      }
      const answer = run(find(shard));
      if (fault?.kind === 'lost-reply') return unknown('reply lost');
      if (fault?.kind === 'delayed-reply') await fault.until;
      return isDead() ? unknown('connection broken') : answer;
    };
    const uninitialised = { kind: 'uninitialised' } as const;

    return {
      claim: () => call<ClaimAnswer>('claim', (found) => found?.claim(token, codecVersion) ?? uninitialised),
      read: (ids) =>
        call<ReadAnswer>('read', (found) => ({ kind: 'ok', states: ids.map((id) => found?.state(id) ?? null) })),
      commit: async (version, commit) => {
        refuseTooLarge(commit, settings.bounds);
        return call<CommitAnswer>('commit', (found) => found?.commit(token, version, commit) ?? uninitialised);
      },
      poll: (version, nowMs, limit) =>
        call<PollAnswer>('poll', (found) => found?.poll(token, version, nowMs, limit) ?? uninitialised),
      sweep: (version, cursor, limit) =>
        call<SweepAnswer>('sweep', (found) => found?.sweep(token, version, cursor, limit) ?? uninitialised),
      readOutbox: (version, limit) =>
        call<OutboxAnswer>('read-outbox', (found) => found?.readOutbox(token, version, limit) ?? uninitialised),
      trim: (version, trim) => call<TrimAnswer>('trim', (found) => found?.trim(token, version, trim) ?? uninitialised),
      awaitDurable: () => call<DurableAnswer>('await-durable', () => durable()),
      noteStopped: async (reason) => {
        if (!isDead()) find(shard)?.noteStopped(token, reason);
      },
      close: async () => {
        death ??= 'session closed';
      },
    };
  };

  const copyAll = (from: StoreSnapshot) => new Map([...from].map(([name, shard]) => [name, shard.copy()]));

  const codecVersion = options.codecVersion ?? 1;
  const store: ShardStore = {
    open: async (shard) => open(shard, codecVersion),
    check: async () => ({ ok: true }),
    async initialise(shard, meta) {
      if (find(shard)) return false;
      shards.set(nameOf(shard), createFakeShard(meta, settings));
      return true;
    },
    readState: async (shard, id) => ({
      bytes: find(shard)?.state(id) ?? null,
      trusted: find(shard)?.isTrusted() ?? false,
    }),
    readMeta: async (shard): Promise<ShardMeta | null> => find(shard)?.meta() ?? null,
    readHistory: async (shard, id, newest) => find(shard)?.history(id).slice(0, newest) ?? [],
    readTold: async (shard, id) => find(shard)?.told(id) ?? [],
    countEntities: async (shard) => find(shard)?.entityIds().length ?? 0,
    close: async () => undefined,
  };

  return {
    ...store,
    withCodecVersion: (other) => ({ ...store, open: async (shard) => open(shard, other) }),
    finaliseLayout: (shard, layout) => find(shard)?.finaliseLayout(layout) ?? 'older-worker',
    snapshot: () => copyAll(shards),
    restore(snapshot) {
      shards = copyAll(snapshot);
    },
    wipe(shard) {
      if (shard) shards.delete(nameOf(shard));
      else shards.clear();
    },
    disconnectAll() {
      connectionEra += 1;
    },
    setDurable(answer) {
      durability = answer;
    },
    hold: (shard, untilMs) => find(shard)?.hold(untilMs),
    stoppedReason: (shard) => find(shard)?.stoppedReason(),
    kpis: (shard, campaign) => find(shard)?.kpis(campaign) ?? {},
    journal: (shard) => find(shard)?.journal() ?? [],
    outboxLength: (shard) => find(shard)?.outboxLength() ?? 0,
    entityIds: (shard) => find(shard)?.entityIds() ?? [],
  };
}
