import type { ProducedMessage } from '@holdfast/engine';
import type { PropensitiesLearned } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { KIND_HEADER } from './budget-grants.ts';
import { OWN_SOURCE } from './decision-record.ts';
import { isNews, keepable, type LearningCells, type Learnt, learn } from './learning.ts';
import { PROPENSITIES_KIND, readPosteriors } from './posteriors.ts';

/** What all shards together were asked. */
export interface LearningQuestion {
  readonly cells: LearningCells;
  /** What each shard keeps under `PROPENSITIES`, by partition. */
  readonly kept: readonly (string | undefined)[];
  readonly policy: CompiledPolicy;
  readonly nowMs: number;
}

export interface LearningRound {
  readonly learnt: readonly Learnt[];
  /** Partitions whose shards would decide otherwise. */
  readonly behind: readonly number[];
  /** For every partition; undefined where no shard is behind. */
  readonly news: PropensitiesLearned | undefined;
}

/**
 * What was learnt, and what shards are to be told of it. A shard that missed the last record is found by what it keeps, so
 * nobody has to remember what was told. Two who ask at the same time tell nearly the same, and whichever record comes last
 * holds until the next round, which compares with what is kept then.
 */
export function learningRound({ cells, kept, policy, nowMs }: LearningQuestion): LearningRound {
  const learnt = learn(cells, policy, nowMs);
  const posteriors = keepable(learnt);
  const other = new Set([...new Set(kept)].filter((text) => isNews(posteriors, readPosteriors(text), policy)));
  const behind = [...kept.keys()].filter((partition) => other.has(kept[partition]));
  if (behind.length === 0) return { learnt, behind, news: undefined };
  const news: PropensitiesLearned = {
    type: 'PropensitiesLearned',
    eventId: `propensities:${nowMs}`,
    source: OWN_SOURCE,
    occurredAt: nowMs,
    learntUntil: nowMs,
    segments: policy.learning.segments.map(({ name }) => name),
    posteriors,
  };
  return { learnt, behind, news };
}

/** The record of it for a partition of the control topic. `value` is the record in the wire format. */
export function propensitiesMessage(value: Buffer): ProducedMessage {
  return { key: null, value, headers: { [KIND_HEADER]: Buffer.from(PROPENSITIES_KIND) } };
}
