import { fingerprintOf, type InputPosition, type LogRecord } from '@holdfast/engine';
import { DECISION_TOPIC } from '@holdfast/events';
import { readRecordsAt } from '@holdfast/kafka';
import type { ShardRecord } from '@holdfast/redis';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { clientOf, SHARD_TOPICS, type ShardDesk, shardOf } from './shard-desk.ts';

/** Where the operator wants an input to go on. */
export type Target = 'earliest' | 'latest' | number;

/** One position before and after. */
export interface Move {
  readonly topic: string;
  readonly from: number;
  readonly position: InputPosition;
  readonly consequence: string;
}

export interface RebasePlan {
  readonly partition: number;
  readonly record: ShardRecord;
  readonly moves: readonly Move[];
  /** The cluster whose log it is now; undefined when it is the one known before. */
  readonly clusterId: string | undefined;
}

/** What `rebase` would do, with the fingerprints read from the log. Nothing is changed. Throws `StackFailure`. */
export async function planRebase(
  desk: ShardDesk,
  addresses: Addresses,
  wanted: { readonly partition: number; readonly topics: readonly string[]; readonly to: Target },
): Promise<RebasePlan> {
  const { partition, to } = wanted;
  const topics = topicsOf(wanted.topics);
  const record = await desk.inspect(partition);
  const clusterId = await desk.clusterId();
  const isOther = clusterId !== record.meta.clusterId;
  if (isOther && topics.length < SHARD_TOPICS.length) {
    throw new StackFailure(
      `the shard was folded from cluster ${record.meta.clusterId}, this is ${clusterId}: no position of it is valid here`,
      'name every topic: --topic all',
    );
  }
  const moves: Move[] = [];
  for (const topic of topics) {
    const stored = topic === DECISION_TOPIC ? record.meta.relay : record.meta.inputs[topic];
    const bounds = await desk.bounds(topic, partition);
    const nextOffset = offsetOf(topic, to, bounds);
    const position = { nextOffset, fingerprint: await fingerprintBefore(addresses, topic, partition, nextOffset) };
    const from = stored?.nextOffset ?? 0;
    moves.push({ topic, from, position, consequence: consequenceOf(topic, from, nextOffset, bounds.low) });
  }
  return { partition, record, moves, clusterId: isOther ? clusterId : undefined };
}

/** Writes the plan, if the shard still stands where it stood. Throws `StackFailure`. */
export async function applyRebase(desk: ShardDesk, plan: RebasePlan): Promise<void> {
  const { partition, record, moves, clusterId } = plan;
  const inputs = moves.filter(({ topic }) => topic !== DECISION_TOPIC);
  const relay = moves.find(({ topic }) => topic === DECISION_TOPIC);
  const answer = await desk.admin.change(shardOf(partition), {
    version: record.meta.version,
    what: `rebase ${moves.map(({ topic, from, position }) => `${topic} ${from} → ${position.nextOffset}`).join(', ')}`,
    inputs: Object.fromEntries(inputs.map(({ topic, position }) => [topic, position])),
    ...(relay && { relay: relay.position }),
    ...(clusterId !== undefined && { clusterId }),
  });
  if (answer.kind === 'ok') return;
  throw new StackFailure(
    `shard ${partition} was not changed: ${REFUSED[answer.kind]}`,
    'look at it again, then decide',
  );
}

const REFUSED = {
  moved: 'it went on in the meantime',
  held: 'a rebuild holds it',
  uninitialised: 'it is not there any more',
} as const;

/** For people: what will be lost, or folded a second time. */
export function describePlan({ partition, moves, clusterId }: RebasePlan): string {
  const lines = moves.map(
    ({ topic, from, position, consequence }) => `  ${topic}  ${from} → ${position.nextOffset}: ${consequence}`,
  );
  const cluster = clusterId === undefined ? [] : [`  from now on the log is that of cluster ${clusterId}`];
  return `${[`shard ${partition}`, ...lines, ...cluster].join('\n')}\n`;
}

function topicsOf(wanted: readonly string[]): readonly string[] {
  if (wanted.includes('all')) return SHARD_TOPICS;
  const unknown = wanted.find((topic) => !SHARD_TOPICS.includes(topic));
  if (unknown === undefined) return [...new Set(wanted)];
  throw new StackFailure(`${unknown} is no input of a shard`, `one of: ${SHARD_TOPICS.join(', ')}, all`);
}

function offsetOf(topic: string, to: Target, { low, high }: { readonly low: number; readonly high: number }): number {
  if (to === 'earliest') return low;
  if (to === 'latest') return high;
  if (to >= low && to <= high) return to;
  throw new StackFailure(`${topic} has offsets ${low} to ${high}, not ${to}`, 'choose one of them, earliest or latest');
}

/** Markers have offsets and are nobody's records: so far back one is looked for. */
const LOOK_BACK = 32;

async function fingerprintBefore(addresses: Addresses, topic: string, partition: number, nextOffset: number) {
  const offsets = Array.from({ length: LOOK_BACK }, (_, back) => nextOffset - 1 - back).filter((offset) => offset >= 0);
  const places = offsets.map((offset) => ({ partition, offset }));
  const found: ReadonlyMap<string, LogRecord> = await readRecordsAt({ ...clientOf(addresses), topic, places });
  const last = [...found.values()].sort((a, b) => b.offset - a.offset)[0];
  // There is no record before the first one: the engine takes it as gone by retention.
  return last ? fingerprintOf(last) : { offset: nextOffset - 1, appendTime: 0, hash: '' };
}

function consequenceOf(topic: string, from: number, to: number, low: number): string {
  if (topic === DECISION_TOPIC) return decisionConsequence(from, to);
  const gone = from < low ? [`${low - from} records are gone from the log`] : [];
  const skipped = to - Math.max(from, low);
  if (skipped > 0) gone.push(`${skipped} records are passed over and never folded`);
  if (skipped < 0 && from >= low)
    gone.push(`${-skipped} records are folded a second time, as far as they still are there`);
  return gone.join('; ') || 'nothing is lost and nothing folded twice';
}

function decisionConsequence(from: number, to: number): string {
  if (to > from) return `${to - from} released decisions are not adopted: the profiles may not know of them`;
  return to < from ? `${from - to} decisions are adopted once more, which changes nothing` : 'nothing changes';
}
