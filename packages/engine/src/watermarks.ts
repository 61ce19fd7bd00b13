import type { EventIdentity } from './topology.ts';

/** Feeds tracked per shard; what is beyond is folded but has no watermark, and is counted. */
const MAX_FEEDS = 512;

/** How far each feed (`source|type`) has come in event time, less a grace for stragglers. */
export interface Watermarks {
  get(feed: string): number | undefined;
  /** Moves the feed of this event on; answers whether the event is late, i.e. behind what its feed had reached. */
  advance(identity: EventIdentity, appendTime: number): boolean;
  /** What moved since the last `settle`, for the commit. */
  changes(): Readonly<Record<string, number>>;
  /** The changes were committed. */
  settle(): void;
  /** The changes were folded in vain: back to the last `settle`. */
  rollback(): void;
}

export function createWatermarks(start: Readonly<Record<string, number>>, graceMs: number): Watermarks {
  const marks = new Map(Object.entries(start));
  const before = new Map<string, number | undefined>();
  return {
    get: (feed) => marks.get(feed),
    advance(identity, appendTime) {
      const feed = feedOf(identity);
      const current = marks.get(feed);
      const reached = Math.min(identity.occurredAt, appendTime) - graceMs;
      if (current === undefined ? marks.size < MAX_FEEDS : reached > current) {
        if (!before.has(feed)) before.set(feed, current);
        marks.set(feed, reached);
      }
      return current !== undefined && identity.occurredAt < current;
    },
    changes: () => Object.fromEntries([...before.keys()].map((feed) => [feed, marks.get(feed) ?? 0])),
    settle: () => before.clear(),
    rollback() {
      for (const [feed, value] of before) {
        if (value === undefined) marks.delete(feed);
        else marks.set(feed, value);
      }
      before.clear();
    },
  };
}

/** Name of the feed an event belongs to. */
export function feedOf(identity: Pick<EventIdentity, 'source' | 'type'>): string {
  return `${identity.source}|${identity.type}`;
}
