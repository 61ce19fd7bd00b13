import { takeSlice } from './adoption.ts';
import type { DueEntity, ReleasedDecision, Work } from './batch.ts';
import { createCaution } from './caution.ts';
import { type AdoptionPart, type CommitOutcome, createCommitter } from './committer.ts';
import { createDecoding, splitAtConfiguration } from './decoding.ts';
import { takeErasures } from './erasure-ahead.ts';
import { createHeldBack } from './held-back.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { createLag } from './lag.ts';
import { createMerge } from './merge.ts';
import type { EngineOptions } from './options.ts';
import { createPace } from './pace.ts';
import type { Clock } from './ports/clock.ts';
import type { InputLog, LogRecord, OutputLog } from './ports/log.ts';
import type { EngineObserver, StopReason } from './ports/observer.ts';
import type { ContactQueue } from './ports/queue.ts';
import { FAR_FUTURE, type ShardId, type ShardMeta, type ShardSession, type StoreFailure } from './ports/store.ts';
import { createRelay, type Relay } from './relay.ts';
import { createWakeUp } from './signal.ts';
import type { ClaimStanding, Hindrance } from './standing.ts';
import { createSweep, type SweepSlice } from './sweep.ts';
import type { Topology } from './topology.ts';
import { createTrust } from './trust.ts';

export interface ClaimDeps<S, E> {
  /** This worker lost the claim before and lives. */
  readonly hasOutlived: boolean;
  readonly shard: ShardId;
  readonly topology: Topology<S, E>;
  readonly session: ShardSession;
  readonly log: InputLog;
  readonly output: OutputLog;
  readonly queue: ContactQueue;
  readonly clock: Clock;
  readonly observer: EngineObserver;
}

export type ClaimEnd =
  | { readonly kind: 'lost'; readonly failure: StoreFailure }
  | { readonly kind: 'stopped'; readonly reason: StopReason; readonly message: string }
  | { readonly kind: 'closed' };

/** One claim of one shard, from the answer of the store to the moment it is lost, stopped or given back. */
export interface Claim {
  readonly inputs: Inputs;
  run(): Promise<ClaimEnd>;
  /** Ends the claim after the commit in flight. */
  close(): void;
  /** Ends it as one that may have been lost: it is claimed again only after the assignment was confirmed. */
  giveUp(reason: string): void;
  /** Next offset to fold, per topic that moved. */
  positions(): ReadonlyMap<string, number>;
  /** At least one record was committed. */
  hasProgress(): boolean;
  /** The log has records that were not folded, and nothing known keeps them from it. */
  hasWork(): boolean;
  /** Differs from what it was when anything was taken or committed. */
  progress(): string;
  standing(): ClaimStanding;
  sawEnd(topic: string, high: number): void;
}

const RELAY_BATCH = 500;
const NO_SLICE: Pick<SweepSlice, 'dues' | 'isLast'> = { dues: [], isLast: false };
const NOTHING = { dues: [], records: [], adoptions: new Map<string, never>(), nowMs: 0 };

export function createClaim<S, E>(meta: ShardMeta, deps: ClaimDeps<S, E>, options: EngineOptions): Claim {
  const { shard, topology, session, clock, observer } = deps;
  const wakeUp = createWakeUp(clock);
  const pace = createPace(clock.now, options.batchSize);
  const heldBack = createHeldBack(clock.now, options.heldBackRetryMs);
  const committer = createCommitter(meta, { ...deps, heldBack, pace }, options);
  const sweep = createSweep(session, options);
  if (meta.isSweepDue) sweep.start();
  let end: ClaimEnd | undefined;
  let pending: LogRecord[] = [];
  let nextDueMs = 0;
  let lastPollMs = 0;
  let relay: Relay | undefined;
  let reachedMs = 0;
  let hindrance: Hindrance | undefined;
  let isAdopting = true;
  const caution = createCaution(meta.attempts, deps.hasOutlived, options);

  const finish = (reason: ClaimEnd) => {
    end ??= reason;
    wakeUp.wake();
  };
  const lost = (failure: StoreFailure) => finish({ kind: 'lost', failure });

  const inputs = createInputs(
    meta,
    {
      log: deps.log,
      clock,
      partition: shard.partition,
      progressed: () => wakeUp.wake(),
      stop: (reason, message) => finish({ kind: 'stopped', reason, message }),
      trouble: (code, message) => observer.trouble(shard, code, message),
    },
    {
      ...options,
      topics: topology.inputs,
      decisionTopic: topology.decisionTopic,
      aheadTopic: topology.erasure?.topic,
    },
  );
  const merge = createMerge(inputs.intakes, options.merge);

  const lag = createLag(inputs.intakes);
  const trust = createTrust(lag, inputs.isCaughtUp);
  const trustChange = () => trust.change(clock.now(), reachedMs, pending[0]?.appendTime);

  const commit = async (work: Work<E>, adoption?: AdoptionPart): Promise<boolean> => {
    reachedMs = work.records.at(-1)?.record.appendTime ?? reachedMs;
    const adopted = isAdopting ? undefined : trustChange();
    const attempts = caution.countAfter(work.records.length);
    const part =
      adopted === undefined && attempts === undefined
        ? adoption
        : {
            ...adoption,
            ...(adopted === undefined ? {} : { adopted }),
            ...(attempts === undefined ? {} : { attempts }),
          };
    const { length } = work.records;
    // What is awaited does not hold the batch.
    return settle(committer.commit(work, part), length, adopted);
  };

  const settle = async (committing: Promise<CommitOutcome>, records: number, adopted: boolean | undefined) => {
    const outcome = await committing;
    if (outcome.kind === 'ok') {
      caution.committed(records);
      if (adopted !== undefined) trust.committed(adopted);
      if (adopted === false) observer.trouble(shard, 'behind', 'nothing is sent until it is near the end of the log');
    }
    if (outcome.kind === 'lost') lost(outcome.failure);
    if (outcome.kind === 'defect') finish({ kind: 'stopped', reason: 'step-defect', message: outcome.message });
    nextDueMs = Math.min(nextDueMs, committer.takeEarliestDue());
    if (outcome.kind === 'ok' && committer.outboxLength() > 0) relay?.wake();
    return outcome.kind === 'ok';
  };

  const quarantine = (record: LogRecord) => {
    const fault = isAdopting ? undefined : caution.verdict();
    if (!fault) return undefined;
    observer.trouble(shard, fault.code, `${record.topic}/${record.partition}@${record.offset}: ${fault.message}`);
    return fault;
  };

  const decodeAll = createDecoding<E>({
    topology,
    quarantine,
    registryAway(message) {
      observer.trouble(shard, 'registry', message);
      hindrance = 'registry';
    },
  });

  const decodeReleased = async (record: LogRecord) => {
    while (!end) {
      const [prepared] = (await decodeAll([record])) ?? [];
      hindrance = prepared ? undefined : hindrance;
      if (prepared) return prepared.decoded;
      await clock.sleep(options.retryMs);
    }
    return undefined;
  };

  /**
   * Takes the decisions found in the log since the stored relay offset into the states: they were released. In slices, as
   * they come: after a rebuild it is the whole log. Answers false when the claim ended before.
   */
  const adopt = async (): Promise<boolean> => {
    const opened = openRelay();
    relay = opened;
    let reached = meta.relay;
    let isFinished = true;
    while (!end) {
      if (!inputs.isReady()) {
        await wakeUp.wait(1_000);
        continue;
      }
      const slice = await takeSlice(inputs.decisions, options.batchSize, decodeReleased);
      isFinished = (await opened.finishReleased(slice.hashes)) && isFinished;
      if (end) break;
      // What was not finished is found again by the next claim.
      if (isFinished) reached = slice.position ?? reached;
      inputs.resumeDrained();
      isAdopting = inputs.decisions.length() > 0 || inputs.decisions.hasMore();
      const nowMs = clock.now();
      const work = { dues: [], records: [], adoptions: slice.adoptions, nowMs, retryFromMs: nowMs };
      // Who has nothing to fold cannot fail at it.
      const part = { relay: reached, attempts: inputs.isCaughtUp() ? 0 : caution.attempts };
      if (!(await commit(work, part))) return false;
      if (isAdopting) continue;
      inputs.leaveDecisions();
      opened.start();
      return true;
    }
    return false;
  };

  /**
   * Erasures further down the log go first: a restored backup, or a log read again, must not serve who was erased since.
   * Answers false when the claim ended before.
   */
  const eraseAhead = async (): Promise<boolean> => {
    for (let ahead = inputs.ahead(); ahead && !end; ahead = inputs.ahead()) {
      const erased = await takeErasures(ahead, options.batchSize, decodeReleased);
      if (erased.size > 0 && !(await commit({ ...NOTHING, erasures: erased, retryFromMs: clock.now() }))) return false;
      inputs.resumeDrained();
      if (ahead.length() > 0) continue;
      if (!ahead.hasMore()) inputs.leaveAhead();
      else await wakeUp.wait(1_000);
    }
    return !end;
  };

  const openRelay = () => {
    const remaining = (entries: number) => {
      committer.setOutboxLength(entries);
      wakeUp.wake();
    };
    return createRelay(
      { ...deps, version: committer.versionAhead, lost, remaining },
      { decisionTopic: topology.decisionTopic, batchSize: RELAY_BATCH, retryMs: options.retryMs },
    );
  };

  /** While nothing can be folded the log goes on, and the dispatcher must not act upon what it does not see. */
  const loseTrust = async () => {
    if (trustChange() === false) await commit({ ...NOTHING, retryFromMs: clock.now() });
  };

  /** Timers due at `nowMs`; undefined when the claim was lost. */
  const pollDue = async (nowMs: number, wallMs: number): Promise<readonly DueEntity[] | undefined> => {
    const isNothingDue = nowMs === 0 || nextDueMs > nowMs;
    if (isNothingDue && wallMs - lastPollMs < options.idlePollMs) return [];
    const answer = await session.poll(committer.version(), nowMs, options.timersPerRound);
    if (answer.kind !== 'ok') {
      lost(answer);
      return undefined;
    }
    lastPollMs = wallMs;
    nextDueMs = answer.nextDueMs;
    return answer.due;
  };

  /**
   * A part of the index that is to be judged again, as timers due at `atMs`, if it is time; undefined when the claim was
   * lost.
   */
  const sweepSome = async (atMs: number, wallMs: number) => {
    const nextMs = sweep.nextMs();
    if (nextMs === undefined || wallMs < nextMs || atMs <= 0) return NO_SLICE;
    const slice = await sweep.take(committer.version(), wallMs, atMs);
    if (slice.kind === 'slice') return slice;
    lost(slice);
    return undefined;
  };

  /** What was due, or swept, and is not folded now. */
  const askAgain = (dues: readonly DueEntity[], slice: typeof NO_SLICE) => {
    if (dues.length > 0) nextDueMs = 0;
    if (slice.dues.length > 0 || slice.isLast) sweep.start();
  };

  /** Answers whether there is, or may be, more to do at once. */
  const round = async (): Promise<boolean> => {
    if (committer.outboxLength() > options.maxOutbox) {
      hindrance = 'outbox-full';
      observer.trouble(
        shard,
        'outbox-full',
        `the outbox holds ${committer.outboxLength()} entries; intake waits for them`,
      );
      await loseTrust();
      return false;
    }
    const wallMs = clock.now();
    const records = pending.length > 0 ? pending : merge.take(wallMs, Math.min(caution.limit(), pace.limit()));
    pending = [];
    inputs.resumeDrained();
    const isAtRest = records.length === 0 && inputs.isCaughtUp();
    const restNowMs = isAtRest ? wallMs - options.timerGraceMs : 0;
    const nowMs = records.at(-1)?.appendTime ?? restNowMs;
    const polled = await pollDue(nowMs, wallMs);
    const swept = polled && (await sweepSome(records[0]?.appendTime ?? restNowMs, wallMs));
    if (!polled || !swept) return false;
    const dues = swept.dues.length > 0 ? [...polled, ...swept.dues] : polled;
    pace.begin();
    const failure = await committer.readAhead(records, dues);
    if (failure) {
      lost(failure);
      return false;
    }
    const prepared = await decodeAll(records);
    if (!prepared) {
      pending = records;
      askAgain(dues, swept);
      await loseTrust();
      await clock.sleep(options.retryMs);
      return true;
    }
    hindrance = undefined;
    const isIdle = records.length === 0 && dues.length === 0;
    // They are in what was prepared; nothing that waited is to keep them beyond it.
    records.length = 0;
    pending = splitAtConfiguration(prepared);
    // Of what is due up to the last record some may not be reached now.
    if (pending.length > 0) askAgain(dues, NO_SLICE);
    const isConfigured = prepared.at(-1)?.decoded.kind === 'configuration';
    const adoptions = new Map<string, ReleasedDecision<E>[]>();
    if (isIdle && !swept.isLast && trustChange() === undefined) return false;
    const work = { dues, records: prepared, adoptions, nowMs: restNowMs, retryFromMs: nowMs };
    const isCommitted = await commit(work, swept.isLast ? { isSweepDue: false } : undefined);
    if (isCommitted && isConfigured && committer.configuration().isSweeping) sweep.start();
    return isCommitted;
  };

  const restMs = (): number => {
    // The relay wakes the claim when the outbox gets shorter.
    if (hindrance === 'outbox-full') return options.idlePollMs;
    const untilDueMs = inputs.isCaughtUp() ? nextDueMs + options.timerGraceMs : FAR_FUTURE;
    const untilSweepMs = (inputs.isCaughtUp() ? sweep.nextMs() : undefined) ?? FAR_FUTURE;
    const untilPollMs = lastPollMs + options.idlePollMs;
    const untilMs = Math.min(merge.holdUntilMs() ?? FAR_FUTURE, untilDueMs, untilPollMs, untilSweepMs);
    return Math.max(1, Math.min(untilMs - clock.now(), options.idlePollMs));
  };

  return {
    inputs,
    positions: committer.positions,
    sawEnd: lag.sawEnd,
    hasWork: () => !hindrance && lag.standings().some((input) => input.lag > 0),
    progress() {
      const taken = [...inputs.intakes, inputs.decisions].map((intake) => intake.reach());
      return `${committer.version()} ${taken.join()}`;
    },
    standing: () => ({
      inputs: lag.standings(),
      behindMs: lag.behindMs(clock.now(), pending[0]?.appendTime),
      outboxLength: committer.outboxLength(),
      hindrance,
      heldBack: heldBack.feeds(),
      watermarks: committer.watermarks(),
      configuration: committer.configuration(),
    }),
    hasProgress: committer.hasProgress,
    close: () => finish({ kind: 'closed' }),
    giveUp: (reason) => lost({ kind: 'unknown', reason }),
    async run() {
      observer.phase(shard, 'adopting');
      observer.configured(shard, committer.configuration());
      void inputs.start();
      if ((await eraseAhead()) && (await adopt())) {
        observer.phase(shard, 'running');
        const pauseMs = caution.pauseMs(shard.partition);
        if (pauseMs > 0) await clock.sleep(pauseMs);
      }
      while (!end) {
        if (!(await round()) && !end) await wakeUp.wait(restMs());
      }
      inputs.close();
      await relay?.close();
      return end;
    },
  };
}
