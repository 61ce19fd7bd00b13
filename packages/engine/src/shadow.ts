import type { DueEntity, PreparedRecord, ReleasedDecision, Work } from './batch.ts';
import { type AdoptionPart, createCommitter } from './committer.ts';
import { splitAtConfiguration } from './decoding.ts';
import { hasForeignMarks } from './erasures.ts';
import { createHeldBack } from './held-back.ts';
import { createInputs } from './inputs.ts';
import { createMerge } from './merge.ts';
import type { EngineOptions } from './options.ts';
import { createPace } from './pace.ts';
import type { Clock } from './ports/clock.ts';
import type { InputLog, LogBatch, LogRecord, PartitionBounds } from './ports/log.ts';
import type { EngineObserver } from './ports/observer.ts';
import type { OutboxMessage, ShardId, ShardMeta, ShardSession } from './ports/store.ts';
import { createWakeUp } from './signal.ts';
import { createSweep } from './sweep.ts';
import type { Topology } from './topology.ts';

export interface ShadowDeps<S, E> {
  readonly shard: ShardId;
  readonly topology: Topology<S, E>;
  /** Claimed, over keys of its own. */
  readonly session: ShardSession;
  readonly log: Pick<InputLog, 'resumeAt' | 'pause' | 'bounds'>;
  readonly clock: Clock;
  /**
   * When the live shard is known to have answered an event-time timer, by time. It looked at a moment of its own, and what
   * followed from it is in the log. More may be added at the end.
   */
  readonly firings: readonly DueEntity[];
  trouble(code: string, message: string): void;
  /** What would have gone to the outbox; it goes nowhere. */
  discarded(messages: readonly OutboxMessage[]): void;
}

export type ShadowAnswer = { readonly kind: 'ok' } | { readonly kind: 'failed'; readonly message: string };

/** Next offset per topic, exclusive. */
export type Limits = Readonly<Record<string, number>>;

/**
 * A shard folded once more beside the live one, by the same code: no relay, no jobs, no history, no kept records, and no further than it
 * is told. One call at a time.
 */
export interface Shadow<E> {
  onBatch(batch: LogBatch): void;
  onDisturbed(topic: string): void;
  /** Folds every record before these offsets, timers in between. Limits only grow. */
  foldTo(limits: Limits): Promise<ShadowAnswer>;
  /** Fires what is due by then. */
  fireUntil(nowMs: number): Promise<ShadowAnswer>;
  /** Takes decisions in that the fold did not make: they were released. */
  adopt(decisions: ReadonlyMap<string, readonly ReleasedDecision<E>[]>, nowMs: number): Promise<ShadowAnswer>;
  /** Records folded so far. */
  readonly folded: number;
  close(): void;
}

/** Stream time of one batch at the most, ms; a silence is answered that much later than by the live shard. */
const BATCH_SPAN_MS = 30_000;
/** A live shard takes no longer to go through its index, ms. */
const SWEEP_SPAN_MS = 3_600_000;
const OK: ShadowAnswer = { kind: 'ok' };
const NOTHING = { dues: [], records: [], adoptions: new Map<string, never>() };

/** `meta` is what the claim of the session answered. */
export function createShadow<S, E>(meta: ShardMeta, deps: ShadowDeps<S, E>, options: EngineOptions): Shadow<E> {
  const { shard, topology, session, log, clock } = deps;
  const { partition } = shard;
  const wakeUp = createWakeUp(clock);
  const limits = new Map<string, number>();
  const limitOf = (topic: string) => limits.get(topic) ?? meta.inputs[topic]?.nextOffset ?? 0;
  let failure: ShadowAnswer | undefined;
  let nextDueMs = 0;
  let folded = 0;
  let fired = 0;
  let waiting: readonly LogRecord[] = [];

  const fail = (message: string): ShadowAnswer => {
    failure ??= { kind: 'failed', message };
    wakeUp.wake();
    return failure;
  };

  if (hasForeignMarks(meta, topology.erasure)) fail('customers were erased under a key that is not given here');

  const inputs = createInputs(
    meta,
    {
      log: { ...unusedOf(log), bounds: async (topic) => cut(await log.bounds(topic, partition), limitOf(topic)) },
      clock,
      partition,
      progressed: () => wakeUp.wake(),
      stop: (reason, message) => void fail(`${reason}: ${message}`),
      trouble: deps.trouble,
    },
    { ...options, topics: topology.inputs, decisionTopic: topology.decisionTopic },
  );
  inputs.leaveDecisions();
  // All of it is a backlog: its order is never given up for latency.
  const merge = createMerge(inputs.intakes, { ...options.merge, liveWithinMs: Number.NEGATIVE_INFINITY });
  const pace = createPace(clock.now, options.batchSize);
  const heldBack = createHeldBack(clock.now, options.heldBackRetryMs);
  const committer = createCommitter(
    meta,
    { shard, topology, session: withoutEffects(session, deps.discarded), observer: quiet(deps), heldBack, pace },
    { ...options, journal: false },
  );

  const sweep = createSweep(session, options);

  const commit = async (work: Work<E>, part?: AdoptionPart): Promise<ShadowAnswer> => {
    const records = work.records.length;
    const outcome = await committer.commit(work, part);
    if (outcome.kind === 'defect') return fail(outcome.message);
    if (outcome.kind === 'lost') return fail(`the fresh keys were lost: ${outcome.failure.kind}`);
    nextDueMs = Math.min(nextDueMs, committer.takeEarliestDue());
    folded += records;
    return OK;
  };

  const decodeAll = async (records: readonly LogRecord[]): Promise<PreparedRecord<E>[]> => {
    const prepared: PreparedRecord<E>[] = [];
    for (const record of records) {
      let decoded = await topology.decode(record);
      while (decoded.kind === 'retry') {
        deps.trouble('registry', decoded.message);
        await clock.sleep(options.retryMs);
        decoded = await topology.decode(record);
      }
      prepared.push({ record, decoded });
    }
    return prepared;
  };

  /** Undefined when the fresh keys were lost. */
  const pollDue = async (nowMs: number): Promise<readonly DueEntity[] | undefined> => {
    if (nextDueMs > nowMs) return [];
    const answer = await session.poll(committer.version(), nowMs, options.timersPerRound);
    if (answer.kind !== 'ok') return void fail(`the fresh keys were lost: ${answer.kind}`);
    nextDueMs = answer.nextDueMs;
    return answer.due;
  };

  /** Fires in slices as long as there are more than one commit takes; answers the rest. */
  const fireFull = async (nowMs: number): Promise<readonly DueEntity[] | undefined> => {
    for (;;) {
      const dues = await pollDue(nowMs);
      if (!dues || dues.length < options.timersPerRound) return dues;
      const fired = await commit({ ...NOTHING, dues, nowMs: dues.at(-1)?.dueMs ?? 0, retryFromMs: nowMs });
      if (fired.kind !== 'ok') return undefined;
    }
  };

  /** A timer that its feed holds back waits for the end of the batch: so one spans little stream time. */
  const takeSome = (): readonly LogRecord[] => {
    const records = waiting;
    const untilMs = Math.min((records[0]?.appendTime ?? 0) + BATCH_SPAN_MS, nextFiringMs());
    const beyond = records.findIndex(({ appendTime }) => appendTime > untilMs);
    waiting = beyond < 0 ? [] : records.slice(beyond);
    return beyond < 0 ? records : records.slice(0, beyond);
  };

  const nextFiringMs = () => deps.firings[fired]?.dueMs ?? Number.POSITIVE_INFINITY;

  /** After every record of that millisecond: the live shard had folded the one that let the timer go. */
  const fireKnown = async (beforeMs: number): Promise<void> => {
    for (; nextFiringMs() < beforeMs && !failure; fired++) {
      const { id = '', dueMs = 0 } = deps.firings[fired] ?? {};
      await commit({ ...NOTHING, dues: [{ id, dueMs: dueMs + 1 }], nowMs: dueMs + 1, retryFromMs: dueMs + 1 });
    }
  };

  const foldSome = async (): Promise<boolean> => {
    if (waiting.length === 0) waiting = merge.take(clock.now(), pace.limit());
    await fireKnown(waiting[0]?.appendTime ?? 0);
    const records = takeSome();
    inputs.resumeDrained();
    if (records.length === 0) return false;
    const prepared = await decodeAll(records);
    waiting = [...splitAtConfiguration(prepared), ...waiting];
    const last = prepared.at(-1)?.record;
    if (last) await foldPrepared(prepared, last.appendTime);
    return true;
  };

  const foldPrepared = async (prepared: PreparedRecord<E>[], atMs: number) => {
    const dues = await fireFull(atMs);
    if (dues) await commit({ ...NOTHING, dues, records: prepared, nowMs: 0, retryFromMs: atMs });
    if (committer.configuration().isSweeping) await sweepAll(atMs);
  };

  /**
   * Judges every entity again by rules that changed when states are due, at once. Whom the live shard is known to have
   * answered while it was about it is left to that moment.
   */
  const sweepAll = async (nowMs: number) => {
    const answered = new Set(firingsUntil(nowMs + SWEEP_SPAN_MS).map(({ id }) => id));
    sweep.start();
    while (sweep.nextMs() !== undefined && !failure) {
      const slice = await sweep.take(committer.version(), clock.now(), nowMs);
      if (slice.kind !== 'slice') return void fail(`the fresh keys were lost: ${slice.kind}`);
      const dues = slice.dues.filter(({ id }) => !answered.has(id));
      const work = { ...NOTHING, dues, records: [], nowMs, retryFromMs: nowMs };
      await commit(work, slice.isLast ? { isSweepDue: false } : undefined);
    }
  };

  /** Known firings that are still to come, up to then. */
  const firingsUntil = (untilMs: number): readonly DueEntity[] => {
    const coming = deps.firings.slice(fired);
    const beyond = coming.findIndex(({ dueMs }) => dueMs > untilMs);
    return beyond < 0 ? coming : coming.slice(0, beyond);
  };

  return {
    onBatch(batch) {
      const limit = limitOf(batch.topic);
      const records = [...batch.records].filter(({ offset }) => offset < limit);
      const nextOffset = batch.nextOffset ?? (batch.records.at(-1)?.offset ?? -1) + 1;
      if (nextOffset >= limit) log.pause(batch.topic, partition);
      if (records.length === 0 && batch.records.length > 0) return;
      const highWatermark = Math.min(batch.highWatermark, limit);
      inputs.onBatch({ ...batch, records, highWatermark, nextOffset: Math.min(nextOffset, limit) });
    },
    onDisturbed: (topic) => inputs.onDisturbed(topic),
    get folded() {
      return folded;
    },
    async foldTo(wanted) {
      for (const [topic, limit] of Object.entries(wanted)) {
        if (limit <= (limits.get(topic) ?? -1)) continue;
        limits.set(topic, limit);
        inputs.onDisturbed(topic);
      }
      while (!failure) {
        if (await foldSome()) continue;
        if (inputs.isCaughtUp()) return OK;
        await wakeUp.wait(options.retryMs);
      }
      return failure;
    },
    async fireUntil(nowMs) {
      await fireKnown(nowMs);
      for (;;) {
        const dues = await fireFull(nowMs);
        if (!dues) return failure ?? OK;
        if (dues.length === 0) return OK;
        const fired = await commit({ ...NOTHING, dues, nowMs, retryFromMs: nowMs });
        if (fired.kind !== 'ok') return fired;
      }
    },
    adopt: (adoptions, nowMs) =>
      adoptions.size === 0 ? Promise.resolve(OK) : commit({ ...NOTHING, adoptions, nowMs, retryFromMs: nowMs }),
    close: () => inputs.close(),
  };
}

function cut({ low, high }: PartitionBounds, limit: number): PartitionBounds {
  return { low, high: Math.min(high, limit) };
}

/** The rest of the log's port is for those who own a partition. */
function unusedOf({ resumeAt, pause }: Pick<InputLog, 'resumeAt' | 'pause'>) {
  const unused = () => Promise.reject(new Error('a shadow owns no partition'));
  return {
    resumeAt,
    pause,
    start: unused,
    clusterId: unused,
    confirmAssignment: unused,
    reportProgress: unused,
    close: unused,
  };
}

function withoutEffects(session: ShardSession, discarded: (messages: readonly OutboxMessage[]) => void): ShardSession {
  return {
    ...session,
    async commit(version, commit) {
      // What was told and decided outlives generations: the live shard has it.
      const answer = await session.commit(version, { ...commit, outbox: [], history: [], told: [] });
      if (answer.kind === 'ok' && commit.outbox.length > 0) discarded(commit.outbox);
      return answer;
    },
  };
}

function quiet({ trouble }: Pick<ShadowDeps<never, never>, 'trouble'>): EngineObserver {
  const nothing = () => undefined;
  return {
    phase: nothing,
    committed: nothing,
    configured: nothing,
    released: nothing,
    trouble: (_, code, message) => trouble(code, message),
  };
}
