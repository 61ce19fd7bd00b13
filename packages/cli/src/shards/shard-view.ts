import type { InputPosition } from '@holdfast/engine';
import { CUSTOMER_INPUTS, DECISION_TOPIC } from '@holdfast/events';
import type { ShardRecord } from '@holdfast/redis';
import type { ShardDesk } from './shard-desk.ts';

/** A position of a shard beside the log it is in. */
export interface InputView {
  readonly topic: string;
  readonly nextOffset: number;
  readonly low: number;
  readonly high: number;
  /** Records not folded yet; negative when the log ends before the position. */
  readonly lag: number;
  /** Age of the last folded record where others wait behind it, seconds: so old the oldest of them is at the most. */
  readonly behindSeconds: number;
}

/** One shard as operators see it. */
export interface ShardView {
  readonly partition: number;
  /** In a word: what it is doing, as far as the store knows. */
  readonly standing: 'served' | 'catching up' | 'stopped' | 'held' | 'unowned';
  readonly record: ShardRecord;
  readonly inputs: readonly InputView[];
  readonly relay: InputView;
  /** Over all inputs. */
  readonly lag: number;
  readonly behindSeconds: number;
}

export async function viewShard(desk: ShardDesk, partition: number, nowMs: number): Promise<ShardView> {
  const record = await desk.inspect(partition);
  const view = async (topic: string, position: InputPosition | undefined): Promise<InputView> => {
    const { low, high } = await desk.bounds(topic, partition);
    const nextOffset = position?.nextOffset ?? 0;
    const appendTime = position?.fingerprint.appendTime ?? 0;
    const lag = high - nextOffset;
    const ageSeconds = appendTime > 0 ? Math.max(0, Math.round((nowMs - appendTime) / 1_000)) : 0;
    return { topic, nextOffset, low, high, lag, behindSeconds: lag > 0 ? ageSeconds : 0 };
  };
  const inputs = await Promise.all(CUSTOMER_INPUTS.map((topic) => view(topic, record.meta.inputs[topic])));
  return {
    partition,
    standing: standingOf(record),
    record,
    inputs,
    relay: await view(DECISION_TOPIC, record.meta.relay),
    lag: inputs.reduce((sum, { lag }) => sum + Math.max(0, lag), 0),
    behindSeconds: Math.max(0, ...inputs.map(({ behindSeconds }) => behindSeconds)),
  };
}

function standingOf(record: ShardRecord): ShardView['standing'] {
  if (record.heldUntilMs !== undefined) return 'held';
  if (record.stopped) return 'stopped';
  if (!record.isOwned) return 'unowned';
  return record.isTrusted ? 'served' : 'catching up';
}
