import { createPartitionIntake, type IntakeAnswer, type PartitionIntake } from './partition-intake.ts';
import type { Clock } from './ports/clock.ts';
import type { InputLog, LogBatch } from './ports/log.ts';
import type { StopReason } from './ports/observer.ts';
import type { ShardMeta } from './ports/store.ts';

export interface InputsDeps {
  readonly log: InputLog;
  readonly clock: Clock;
  readonly partition: number;
  /** Something was taken or verified. */
  progressed(): void;
  stop(reason: StopReason, message: string): void;
  trouble(code: string, message: string): void;
}

export interface InputsOptions {
  readonly topics: readonly string[];
  readonly decisionTopic: string;
  /** An input that is read to its end before any is taken from; undefined for none. */
  readonly aheadTopic?: string | undefined;
  readonly bufferBytes: number;
  readonly retryMs: number;
}

/** The partitions one claim reads: compares, buffers, pauses and resumes them. */
export interface Inputs {
  readonly intakes: readonly PartitionIntake[];
  readonly decisions: PartitionIntake;
  /** The input that is read ahead; undefined once that is over. */
  ahead(): PartitionIntake | undefined;
  onBatch(batch: LogBatch): void;
  onDisturbed(topic: string): void;
  /** Starts delivery of every partition at the record before the expected one. */
  start(): Promise<void>;
  /** Reads on where a pause gave the buffer time to empty. */
  resumeDrained(): void;
  /** Every input was verified and the decision log read to its end, or as far as its buffer holds. */
  isReady(): boolean;
  /** What was read ahead is read once more, in its order. */
  leaveAhead(): void;
  /** The decision log was adopted: it is read no further. */
  leaveDecisions(): void;
  /** Nothing buffered and nothing more known. */
  isCaughtUp(): boolean;
  close(): void;
}

/** Meta must know every topic; the caller has checked that. */
export function createInputs(meta: ShardMeta, deps: InputsDeps, options: InputsOptions): Inputs {
  const intakes = options.topics.flatMap((topic) => {
    const position = meta.inputs[topic];
    return position ? [createPartitionIntake(topic, position)] : [];
  });
  const decisions = createPartitionIntake(options.decisionTopic, meta.relay);
  const byTopic = new Map([...intakes, decisions].map((intake) => [intake.topic, intake]));
  const aheadStart = options.aheadTopic === undefined ? undefined : meta.inputs[options.aheadTopic];
  let ahead = options.aheadTopic && aheadStart ? createPartitionIntake(options.aheadTopic, aheadStart) : undefined;
  const inOrder = ahead && byTopic.get(ahead.topic);
  if (ahead) byTopic.set(ahead.topic, ahead);
  const paused = new Set<PartitionIntake>();
  const asking = new Set<PartitionIntake>();
  /** Disturbed while the broker was asked: its answer may be older than the disturbance. */
  const outdated = new Set<PartitionIntake>();
  let isClosed = false;

  const resume = (intake: PartitionIntake, offset: number) => deps.log.resumeAt(intake.topic, deps.partition, offset);

  const apply = (intake: PartitionIntake, answer: IntakeAnswer) => {
    if (answer.kind === 'stop') return deps.stop(answer.reason, answer.detail);
    if (answer.kind === 'seek') {
      resume(intake, answer.offset);
      return deps.progressed();
    }
    if (answer.kind === 'ask-bounds') return void ask(intake);
    if (intake.bytes() > options.bufferBytes && !paused.has(intake)) {
      paused.add(intake);
      deps.log.pause(intake.topic, deps.partition);
    }
    deps.progressed();
  };

  const ask = async (intake: PartitionIntake): Promise<void> => {
    if (asking.has(intake)) return;
    asking.add(intake);
    for (;;) {
      let answer: IntakeAnswer | undefined;
      try {
        answer = intake.judge(await deps.log.bounds(intake.topic, deps.partition));
      } catch (error) {
        deps.trouble('broker', `the bounds of ${intake.topic} cannot be read: ${String(error)}`);
      }
      if (isClosed) return;
      if (outdated.delete(intake)) intake.distrust();
      else if (answer && answer.kind !== 'ask-bounds') {
        asking.delete(intake);
        return apply(intake, answer);
      }
      await deps.clock.sleep(options.retryMs);
    }
  };

  return {
    intakes,
    decisions,
    ahead: () => ahead,
    leaveAhead() {
      if (!ahead || !inOrder) return;
      paused.delete(ahead);
      byTopic.set(ahead.topic, inOrder);
      ahead = undefined;
      void ask(inOrder);
    },
    onBatch(batch) {
      const intake = byTopic.get(batch.topic);
      if (!intake || isClosed || asking.has(intake) || paused.has(intake)) return;
      apply(intake, intake.offer(batch));
    },
    onDisturbed(topic) {
      const intake = byTopic.get(topic);
      if (!intake || isClosed || paused.has(intake)) return;
      intake.distrust();
      if (asking.has(intake)) outdated.add(intake);
      else void ask(intake);
    },
    async start() {
      await Promise.all([...byTopic.values()].map(ask));
    },
    resumeDrained() {
      for (const intake of paused) {
        if (intake.bytes() > options.bufferBytes / 2) continue;
        paused.delete(intake);
        intake.distrust();
        resume(intake, intake.verifyFrom());
      }
    },
    isReady: () => intakes.every((intake) => intake.isVerified()) && (!decisions.hasMore() || paused.has(decisions)),
    leaveDecisions() {
      byTopic.delete(decisions.topic);
      deps.log.pause(decisions.topic, deps.partition);
    },
    isCaughtUp: () => intakes.every((intake) => intake.length() === 0 && !intake.hasMore()),
    close() {
      isClosed = true;
      for (const intake of byTopic.values()) deps.log.pause(intake.topic, deps.partition);
    },
  };
}
