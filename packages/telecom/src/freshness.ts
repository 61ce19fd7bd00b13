import type { StepContext } from '@holdfast/engine';

/** Sources of recorded history begin so: their event times follow the replay, not the clock. */
const RECORDED = 'recorded:';

/** An occurrence in a feed. */
export interface FeedMoment {
  readonly source: string;
  readonly type: string;
  /** Event time, ms. */
  readonly atMs: number;
}

export function feedName(source: string, type: string): string {
  return `${source}|${type}`;
}

/**
 * How old an occurrence is when it is noticed, ms: by stream time, or by how far its own feed has come when the feed
 * replays recorded history.
 */
export function ageOf(moment: FeedMoment, context: StepContext): number {
  if (!moment.source.startsWith(RECORDED)) return context.nowMs - moment.atMs;
  const watermark = context.watermark(feedName(moment.source, moment.type));
  return watermark === undefined ? 0 : watermark - moment.atMs;
}
