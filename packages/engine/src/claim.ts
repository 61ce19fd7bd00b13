import { type AdoptionPart, type CommitOutcome, createCommitter, type Work } from './committer.ts';
import { fingerprintOf, hashOf } from './fingerprint.ts';
import type { DueEntity, PreparedRecord, ReleasedDecision } from './fold.ts';
import { createInputs, type Inputs } from './inputs.ts';
import { createMerge } from './merge.ts';
import type { EngineOptions } from './options.ts';
import type { Clock } from './ports/clock.ts';
import type { InputLog, LogRecord, OutputLog } from './ports/log.ts';
import type { EngineObserver, StopReason } from './ports/observer.ts';
import type { ContactQueue } from './ports/queue.ts';
import { FAR_FUTURE, type ShardId, type ShardMeta, type ShardSession, type StoreFailure } from './ports/store.ts';
import { createRelay, type Relay } from './relay.ts';
import { createWakeUp } from './signal.ts';
import type { Topology } from './topology.ts';

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
  /** Next offset to fold, per topic that moved. */
  positions(): ReadonlyMap<string, number>;
  /** At least one record was committed. */
  readonly hasProgress: boolean;
}

const RELAY_BATCH = 500;
/** States further behind the log are not acted upon: an opt-out, or a report of what was sent, may not be folded yet. */
const TRUSTED_LAG_MS = 30_000;

export function createClaim<S, E>(meta: ShardMeta, deps: ClaimDeps<S, E>, options: EngineOptions): Claim {
  const { hasOutlived } = deps;
  const { shard, topology, session, clock, observer } = deps;
  const wakeUp = createWakeUp(clock);
  const committer = createCommitter(meta, deps, options);
  let end: ClaimEnd | undefined;
  let pending: LogRecord[] = [];
  let nextDueMs = 0;
  let lastPollMs = 0;
  let relay: Relay | undefined;
  let reachedMs = 0;
  let isTrusted = false;
  // Counted only once a claim begins to fold; what this worker outlived is no record's fault.
  const attempts = hasOutlived ? 1 : meta.attempts + 1;

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
    { ...options, topics: topology.inputs, decisionTopic: topology.decisionTopic },
  );
  const merge = createMerge(inputs.intakes, options.merge);

  const isFresh = () => pending.length === 0 && (inputs.isCaughtUp() || clock.now() - reachedMs < TRUSTED_LAG_MS);

  const commit = async (work: Work<E>, adoption?: AdoptionPart): Promise<boolean> => {
    reachedMs = work.records.at(-1)?.record.appendTime ?? reachedMs;
    const trust: AdoptionPart | undefined = !isTrusted && isFresh() ? { adopted: true } : undefined;
    const outcome: CommitOutcome = await committer.commit(work, trust ? { ...adoption, ...trust } : adoption);
    if (outcome.kind === 'ok' && trust) isTrusted = true;
    if (outcome.kind === 'lost') lost(outcome.failure);
    if (outcome.kind === 'defect') finish({ kind: 'stopped', reason: 'step-defect', message: outcome.message });
    nextDueMs = Math.min(nextDueMs, committer.takeEarliestDue());
    if (outcome.kind === 'ok' && committer.outboxLength > 0) relay?.wake();
    return outcome.kind === 'ok';
  };

  /** Undefined when the schema registry could not be asked. */
  const decodeAll = async (records: readonly LogRecord[]): Promise<PreparedRecord<E>[] | undefined> => {
    const prepared: PreparedRecord<E>[] = [];
    for (const record of records) {
      const answer = topology.decode(record);
      const decoded = answer instanceof Promise ? await answer : answer;
      if (decoded.kind === 'retry') {
        observer.trouble(shard, 'registry', decoded.message);
        return undefined;
      }
      prepared.push({ record, decoded });
    }
    return prepared;
  };

  const decodeReleased = async (record: LogRecord): Promise<PreparedRecord<E>['decoded'] | undefined> => {
    while (!end) {
      const [prepared] = (await decodeAll([record])) ?? [];
      if (prepared) return prepared.decoded;
      await clock.sleep(options.retryMs);
    }
    return undefined;
  };

  /** Takes the decisions found in the log since the stored relay offset into the states: they were released. */
  const adopt = async (): Promise<boolean> => {
    const adoptions = new Map<string, ReleasedDecision<E>[]>();
    const released = new Set<string>();
    let last: LogRecord | undefined;
    for (let record = inputs.decisions.shift(); record; record = inputs.decisions.shift()) {
      last = record;
      released.add(hashOf(record));
      const decoded = await decodeReleased(record);
      if (decoded?.kind !== 'event') continue;
      const { entityId, event } = decoded;
      adoptions.set(entityId, [...(adoptions.get(entityId) ?? []), { offset: record.offset, event }]);
    }
    relay = openRelay(released);
    const isFinished = await relay.finishReleased();
    if (end) return false;
    const nowMs = clock.now();
    const isAdopted = await commit(
      { dues: [], records: [], adoptions, nowMs, retryFromMs: nowMs },
      {
        relay: last && isFinished ? { nextOffset: last.offset + 1, fingerprint: fingerprintOf(last) } : meta.relay,
        // Who has nothing to fold cannot fail at it.
        attempts: inputs.isCaughtUp() ? 0 : attempts,
      },
    );
    if (!isAdopted) return false;
    inputs.leaveDecisions();
    relay.start();
    return true;
  };

  const openRelay = (released: ReadonlySet<string>) => {
    const remaining = (entries: number) => {
      committer.setOutboxLength(entries);
      wakeUp.wake();
    };
    return createRelay(
      { ...deps, version: committer.versionAhead, lost, remaining },
      { decisionTopic: topology.decisionTopic, batchSize: RELAY_BATCH, retryMs: options.retryMs, released },
    );
  };

  const limit = () => (attempts >= options.quarantineAfter && !committer.hasProgress ? 1 : options.batchSize);

  const quarantine = (first: LogRecord) => {
    if (committer.hasProgress || attempts <= options.quarantineAfter) return;
    const message = `${attempts - 1} workers in a row ended while this record was next`;
    committer.blame(first, { code: 'quarantined', message });
    observer.trouble(shard, 'quarantined', `${first.topic}/${first.partition}@${first.offset}: ${message}`);
  };

  /** Timers due at `nowMs`; undefined when the claim was lost. */
  const pollDue = async (nowMs: number, wallMs: number): Promise<readonly DueEntity[] | undefined> => {
    const isNothingDue = nowMs === 0 || nextDueMs > nowMs;
    if (isNothingDue && wallMs - lastPollMs < options.idlePollMs) return [];
    const answer = await session.poll(committer.version, nowMs, options.timersPerRound);
    if (answer.kind !== 'ok') {
      lost(answer);
      return undefined;
    }
    lastPollMs = wallMs;
    nextDueMs = answer.nextDueMs;
    return answer.due;
  };

  /** Answers whether there is, or may be, more to do at once. */
  const round = async (): Promise<boolean> => {
    if (committer.outboxLength > options.maxOutbox) {
      observer.trouble(
        shard,
        'outbox-full',
        `the outbox holds ${committer.outboxLength} entries; intake waits for them`,
      );
      return false;
    }
    const wallMs = clock.now();
    const records = pending.length > 0 ? pending : merge.take(wallMs, limit());
    pending = [];
    inputs.resumeDrained();
    const prepared = await decodeAll(records);
    if (!prepared) {
      pending = records;
      await clock.sleep(options.retryMs);
      return true;
    }
    if (records[0]) quarantine(records[0]);
    const isAtRest = records.length === 0 && inputs.isCaughtUp();
    const restNowMs = isAtRest ? wallMs - options.timerGraceMs : 0;
    const nowMs = records.at(-1)?.appendTime ?? restNowMs;
    const dues = await pollDue(nowMs, wallMs);
    if (!dues) return false;
    const adoptions = new Map<string, ReleasedDecision<E>[]>();
    if (dues.length >= options.timersPerRound) {
      // More are due than one commit takes: they go first, in slices, before the records they precede.
      pending = records;
      return commit({ dues, records: [], adoptions, nowMs: dues.at(-1)?.dueMs ?? 0, retryFromMs: nowMs });
    }
    if (records.length === 0 && dues.length === 0 && (isTrusted || !isFresh())) return false;
    return commit({ dues, records: prepared, adoptions, nowMs: restNowMs, retryFromMs: nowMs });
  };

  const restMs = (): number => {
    const untilDueMs = inputs.isCaughtUp() ? nextDueMs + options.timerGraceMs : FAR_FUTURE;
    const untilMs = Math.min(merge.holdUntilMs() ?? FAR_FUTURE, untilDueMs, lastPollMs + options.idlePollMs);
    return Math.max(1, Math.min(untilMs - clock.now(), options.idlePollMs));
  };

  return {
    inputs,
    positions: committer.positions,
    get hasProgress() {
      return committer.hasProgress;
    },
    close: () => finish({ kind: 'closed' }),
    async run() {
      observer.phase(shard, 'adopting');
      void inputs.start();
      while (!end && !inputs.isReady()) await wakeUp.wait(1_000);
      if (!end && (await adopt())) observer.phase(shard, 'running');
      while (!end) {
        if (!(await round()) && !end) await wakeUp.wait(restMs());
      }
      inputs.close();
      await relay?.close();
      return end;
    },
  };
}
