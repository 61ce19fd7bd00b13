import type { Clock, OutputLog, ShardMeta } from '@holdfast/engine';
import { CONTROL_TOPIC, CUSTOMER_TOPOLOGY, type PropensitiesLearned } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { openPolicy } from '@holdfast/policy-folder';
import type { RedisShardStore } from '@holdfast/redis';
import {
  addLearningCells,
  LEARNING_KPI,
  learningRound,
  PROPENSITIES,
  packedFilesOf,
  propensitiesMessage,
} from '@holdfast/telecom';

/** What became of a round. */
export type RoundOutcome =
  /** Every partition has the record. */
  | { readonly kind: 'told'; readonly posteriors: number }
  /** Every shard decides by what was learnt. */
  | { readonly kind: 'no-news'; readonly posteriors: number }
  /** The shard that learns moved to another worker, or this one ends. */
  | { readonly kind: 'not-ours' }
  /** It could not be read, or not every partition was told: the next round finds who was not. */
  | { readonly kind: 'failed'; readonly error: unknown };

export interface LearnerObserver {
  round(outcome: RoundOutcome): void;
}

export interface LearnerDeps {
  readonly store: Pick<RedisShardStore, 'readMeta' | 'readKpis'>;
  readonly output: Pick<OutputLog, 'produce'>;
  /** Holds until the first that is published. */
  readonly policy: CompiledPolicy;
  encode(record: PropensitiesLearned): Buffer;
  /** Whether the shard of partition 0 is served here: its worker learns for all. */
  isOurs(): boolean;
  readonly clock: Pick<Clock, 'now' | 'alarm'>;
  readonly observer: LearnerObserver;
}

export interface LearnerOptions {
  /** From the end of a round to the next, ms; 0: never. */
  readonly everyMs: number;
  readonly partitionCount: number;
}

export interface Learner {
  /** Begins no further round, and waits for the end of the present one. */
  close(): Promise<void>;
}

/**
 * Reads what all shards have counted, learns from it, and tells every shard when that is news. Nothing fences it: after a move
 * of partition 0 two workers may learn for a while. Both read committed counts, so they tell the same but for what was counted
 * between; each record replaces the one before, and the next round compares with what shards keep then.
 */
export function createLearner(deps: LearnerDeps, { everyMs, partitionCount }: LearnerOptions): Learner {
  const policies = createPoliciesInForce(deps.policy);
  const shards = Array.from({ length: partitionCount }, (_, partition) => ({ topology: CUSTOMER_TOPOLOGY, partition }));
  const { store, output, clock, observer } = deps;
  let isClosed = false;
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();

  const isOurs = () => !isClosed && deps.isOurs();

  const look = async (): Promise<RoundOutcome> => {
    const cells = new Map<string, number>();
    const metas: (ShardMeta | null)[] = [];
    for (const shard of shards) {
      if (!isOurs()) return { kind: 'not-ours' };
      metas.push(await store.readMeta(shard));
      addLearningCells(cells, await store.readKpis(shard, LEARNING_KPI));
    }
    const policy = policies(metas[0]);
    const kept = metas.map((meta) => meta?.settings?.[PROPENSITIES]);
    const { learnt, news } = learningRound({ cells, kept, policy, nowMs: clock.now() });
    if (!news) return { kind: 'no-news', posteriors: learnt.length };
    const message = propensitiesMessage(deps.encode(news));
    for (const { partition } of shards) {
      if (!isOurs()) return { kind: 'not-ours' };
      await output.produce(CONTROL_TOPIC, partition, [message]);
    }
    return { kind: 'told', posteriors: news.posteriors.length };
  };
  const round = async (): Promise<void> => {
    observer.round(await look().catch((error) => ({ kind: 'failed', error })));
    if (!isClosed) cancel = clock.alarm(everyMs, begin);
  };
  const begin = () => {
    running = round();
  };

  if (everyMs > 0) cancel = clock.alarm(everyMs, begin);
  return {
    async close() {
      isClosed = true;
      cancel();
      await running;
    },
  };
}

/** The policy that a shard works by; compiled once as long as it is the same. Throws when this release cannot open it. */
function createPoliciesInForce(first: CompiledPolicy): (meta: ShardMeta | null | undefined) => CompiledPolicy {
  let last: { readonly name: string; readonly policy: CompiledPolicy } | undefined;
  return (meta) => {
    const kept = meta?.configuration;
    if (!kept) return first;
    if (last?.name === kept.name) return last.policy;
    const opened = openPolicy(packedFilesOf(kept), kept.name);
    if (opened.kind === 'refused') throw new Error(`policy ${kept.name} cannot be used: ${opened.message}`);
    last = { name: kept.name, policy: opened.policy };
    return opened.policy;
  };
}
