import { describeTopics } from '@holdfast/kafka';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { atShardDesk } from '../shards/shard-desk.ts';
import { viewShard } from '../shards/shard-view.ts';
import { type Check, type Finding, fail, ok, warn } from './check.ts';

/** A shard's position in a topic where records wait behind it. */
export interface WaitingInput {
  readonly partition: number;
  readonly topic: string;
  /** Records that retention took before they were folded. */
  readonly lost: number;
  /** Append time of the last folded record, ms: retention takes nothing later before what was appended then. */
  readonly foldedAtMs: number;
  /** -1: for ever. */
  readonly retentionMs: number;
}

const REBASE = 'holdfast shard show says what; holdfast shard rebase decides';
const DAY_S = 86_400;

/** Whether the log's start comes near to what shards have not folded yet. */
export function retentionCheck(addresses: Addresses): Check {
  return {
    name: 'retention',
    async run() {
      try {
        const nowMs = Date.now();
        return judgeRetention(await waitingInputs(addresses, nowMs), nowMs);
      } catch (error) {
        if (error instanceof StackFailure) return warn(error.message, error.hint ?? 'npx holdfast init');
        throw error;
      }
    },
  };
}

async function waitingInputs(addresses: Addresses, nowMs: number): Promise<readonly WaitingInput[]> {
  const topics = await describeTopics({
    brokers: addresses.brokers,
    ...addresses.kafkaSecurity,
    clientId: 'holdfast-doctor',
  });
  const retentionOf = (name: string) => topics.find(({ topic }) => topic === name)?.retentionMs ?? -1;
  return atShardDesk(addresses, async (desk) => {
    const partitions = Array.from({ length: desk.partitions }, (_, partition) => partition);
    const shards = await Promise.all(partitions.map((partition) => viewShard(desk, partition, nowMs)));
    return shards.flatMap(({ partition, inputs, record }) =>
      inputs.flatMap(({ topic, lag, low, nextOffset }) => {
        const foldedAtMs = record.meta.inputs[topic]?.fingerprint.appendTime ?? 0;
        const lost = Math.max(0, low - nextOffset);
        return lag > 0 ? [{ partition, topic, lost, foldedAtMs, retentionMs: retentionOf(topic) }] : [];
      }),
    );
  });
}

/** Worst first: records lost, then the position that retention reaches next. */
export function judgeRetention(waiting: readonly WaitingInput[], nowMs: number): Finding {
  const lost = waiting.find((input) => input.lost > 0);
  if (lost) return fail(`shard ${lost.partition}: ${lost.lost} records of ${lost.topic} are gone unfolded`, REBASE);
  const limited = waiting.filter(({ retentionMs }) => retentionMs >= 0);
  const seconds = limited.map(({ foldedAtMs, retentionMs }) => Math.round((foldedAtMs + retentionMs - nowMs) / 1_000));
  const least = Math.min(...seconds);
  if (limited.length === 0) return ok('nothing waits that retention could take');
  const next = limited[seconds.indexOf(least)];
  const found = `shard ${next?.partition} has ${Math.max(0, least)} s until the start of ${next?.topic} passes its position`;
  return least < DAY_S ? warn(found, 'start workers, or raise retention.ms of the topic') : ok(found);
}
