import type { StepContext } from '@holdfast/engine';

/** Sources of recorded history begin so: their event times follow the replay, not the clock. */
const RECORDED = 'recorded:';

/** Whether a source, or a feed by its name, replays recorded history. */
export function isRecorded(source: string): boolean {
  return source.startsWith(RECORDED);
}

/** An occurrence in a feed. */
export interface FeedMoment {
  readonly source: string;
  readonly type: string;
  /** Event time, ms. */
  readonly atMs: number;
}

/** The one asked for last: neighbours in the stream mostly share it, and a name put together anew is hashed anew. */
const last = { source: '', type: '', name: '|' };

export function feedName(source: string, type: string): string {
  if (source === last.source && type === last.type) return last.name;
  last.source = source;
  last.type = type;
  last.name = `${source}|${type}`;
  return last.name;
}

/**
 * How old an occurrence is when it is noticed, ms: by stream time, or by how far its own feed has come when the feed
 * replays recorded history.
 */
export function ageOf(moment: FeedMoment, context: StepContext): number {
  if (!isRecorded(moment.source)) return context.nowMs - moment.atMs;
  const watermark = context.watermark(feedName(moment.source, moment.type));
  return watermark === undefined ? 0 : watermark - moment.atMs;
}
