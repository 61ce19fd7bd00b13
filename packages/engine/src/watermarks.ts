import type { EventIdentity } from './topology.ts';

/** Feeds tracked per shard; what is beyond is folded but has no watermark, and is counted. */
const MAX_FEEDS = 512;

/** How far each feed (`source|type`) has come in event time, less a grace for stragglers. */
export interface Watermarks {
  get(feed: string): number | undefined;
  all(): ReadonlyMap<string, number>;
  /** Moves the feed of this event on; answers whether the event is late, i.e. behind what its feed had reached. */
  advance(identity: EventIdentity, appendTime: number): boolean;
  /** What moved since the last `settle`, for the commit. */
  changes(): Readonly<Record<string, number>>;
  /** The changes were committed. */
  settle(): void;
  /** The changes were folded in vain: back to the last `settle`. */
  rollback(): void;
}

interface Feed {
  readonly name: string;
  mark: number;
  /** As of the last `settle`; undefined when the feed was not known then. */
  before: number | undefined;
  isChanged: boolean;
}

export function createWatermarks(start: Readonly<Record<string, number>>, graceMs: number): Watermarks {
  const feeds = new Map<string, Feed>();
  for (const [name, mark] of Object.entries(start)) feeds.set(name, { name, mark, before: mark, isChanged: false });
  /** The same feeds by source and type: an event's are not joined to be looked up. */
  let known = new Map<string, Map<string, Feed>>();
  /** The one looked up last: neighbours in the stream mostly share it, and an event's source is a text of its own to hash. */
  let latest: { readonly source: string; readonly type: string; readonly feed: Feed } | undefined;
  let changed: Feed[] = [];

  const note = (feed: Feed) => {
    if (feed.isChanged) return;
    feed.isChanged = true;
    changed.push(feed);
  };

  /** Answers the feed before it is moved on; undefined for one that begins now, or that nobody tracks. */
  const look = (identity: EventIdentity, reached: number): Feed | undefined => {
    const { source, type } = identity;
    if (latest && latest.type === type && latest.source === source) return latest.feed;
    const found = known.get(source)?.get(type);
    if (found) latest = { source, type, feed: found };
    if (found) return found;
    const name = feedOf(identity);
    const feed = feeds.get(name);
    if (feed) remember(source, type, feed);
    else if (feeds.size < MAX_FEEDS) {
      const begun = { name, mark: reached, before: undefined, isChanged: false };
      feeds.set(name, begun);
      note(begun);
    }
    return feed;
  };

  const remember = (source: string, type: string, feed: Feed) => {
    const ofSource = known.get(source) ?? new Map<string, Feed>();
    ofSource.set(type, feed);
    known.set(source, ofSource);
  };

  return {
    get: (feed) => feeds.get(feed)?.mark,
    all: () => new Map([...feeds.values()].map(({ name, mark }) => [name, mark])),
    advance(identity, appendTime) {
      const reached = Math.min(identity.occurredAt, appendTime) - graceMs;
      const feed = look(identity, reached);
      if (!feed) return false;
      const isLate = identity.occurredAt < feed.mark;
      if (reached > feed.mark) {
        note(feed);
        feed.mark = reached;
      }
      return isLate;
    },
    changes: () => Object.fromEntries(changed.map(({ name, mark }) => [name, mark])),
    settle() {
      for (const feed of changed) {
        feed.before = feed.mark;
        feed.isChanged = false;
      }
      changed = [];
    },
    rollback() {
      for (const feed of changed) {
        if (feed.before === undefined) feeds.delete(feed.name);
        else feed.mark = feed.before;
        feed.isChanged = false;
      }
      changed = [];
      known = new Map();
      latest = undefined;
    },
  };
}

/** Name of the feed an event belongs to. */
export function feedOf(identity: Pick<EventIdentity, 'source' | 'type'>): string {
  return `${identity.source}|${identity.type}`;
}
