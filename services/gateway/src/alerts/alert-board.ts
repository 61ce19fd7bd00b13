import { setTimeout as delay } from 'node:timers/promises';
import type { AlertPlace } from './alert-filter.ts';
import { placeOf } from './alert-filter.ts';
import { alertFrame } from './alert-frame.ts';

export interface FeedAlert {
  readonly id: string;
  readonly json: string;
}

export interface AlertSource {
  /** Alerts after this id as they come, until the signal aborts. */
  tail(options: { readonly after: string; readonly signal: AbortSignal }): AsyncIterable<FeedAlert>;
  /** Up to `max` alerts after this id, oldest first. */
  read(range: { readonly after: string; readonly max: number }): Promise<readonly FeedAlert[]>;
  /** Id of the newest alert. */
  lastId(): Promise<string>;
  /** Id of the oldest one that is kept; undefined when there is none. */
  firstId(): Promise<string | undefined>;
  isAlertId(text: string): boolean;
  /** Negative when `a` came before `b`. */
  compareIds(a: string, b: string): number;
}

/** An alert as it goes out to everybody who may see it. */
export interface PostedAlert {
  readonly id: string;
  readonly place: AlertPlace;
  readonly frame: Buffer;
}

/** Listeners who see the same: what is new is looked at, and put together, once for all of them. */
export interface Audience {
  sees(place: AlertPlace): boolean;
  readonly listeners: Set<BoardListener>;
}

export interface BoardListener {
  /** Frames of what is new for its audience. */
  post(frames: Buffer): void;
}

/** The newest alerts, read from the feed once for all listeners of this process. */
export interface AlertBoard {
  /** Resolves when the place of the feed is known; rejects when it cannot be read. */
  ready(): Promise<void>;
  /** Id of the newest alert that was posted: who is joined has seen all up to it that he sees. */
  head(): string;
  /** The id after which the board begins. */
  floor(): string;
  /** Alerts after this id; undefined when they must be read from the feed, as the board does not reach back so far. */
  after(id: string): readonly PostedAlert[] | undefined;
  join(key: string, sees: Audience['sees'], listener: BoardListener): void;
  leave(key: string, listener: BoardListener): void;
  close(): void;
}

export interface AlertBoardOptions {
  /** Alerts kept for listeners that are a little behind. */
  readonly keep: number;
  /** What comes within this time goes out together, ms. */
  readonly gatherMs: number;
}

const RETRY_MS = 200;

/** One reader of the feed for all listeners. While the feed cannot be read they stay, and miss nothing of it. */
export function createAlertBoard(source: AlertSource, options: AlertBoardOptions): AlertBoard {
  const closing = new AbortController();
  const audiences = new Map<string, Audience>();
  let recent: PostedAlert[] = [];
  /** The id after which `recent` begins; nothing before the place of the feed is known. */
  let floor = '';
  let head = '';
  let fresh: PostedAlert[] = [];
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> | undefined;

  const post = () => {
    timer = undefined;
    const news = fresh;
    fresh = [];
    head = news.at(-1)?.id ?? head;
    recent.push(...news);
    if (recent.length > options.keep) {
      floor = recent.at(-options.keep - 1)?.id ?? floor;
      recent = recent.slice(-options.keep);
    }
    for (const { sees, listeners } of audiences.values()) {
      const frames = Buffer.concat(news.filter(({ place }) => sees(place)).map(({ frame }) => frame));
      if (frames.length > 0) for (const listener of listeners) listener.post(frames);
    }
  };
  const take = (alert: FeedAlert) => {
    fresh.push({ id: alert.id, place: placeOf(alert.json), frame: alertFrame(alert) });
    timer ??= setTimeout(post, options.gatherMs);
  };
  const follow = async () => {
    const { signal } = closing;
    while (!signal.aborted) {
      try {
        const after = fresh.at(-1)?.id ?? head;
        for await (const alert of source.tail({ after, signal })) take(alert);
      } catch {
        // The feed is away; the place is kept, so nothing is missed by trying again.
        await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  return {
    ready() {
      starting ??= source.lastId().then(
        (id) => {
          floor = head = id;
          void follow();
        },
        (error) => {
          starting = undefined;
          throw error;
        },
      );
      return starting;
    },
    head: () => head,
    floor: () => floor,
    after(id) {
      if (source.compareIds(id, floor) < 0) return undefined;
      return recent.slice(recent.findLastIndex((alert) => source.compareIds(alert.id, id) <= 0) + 1);
    },
    join(key, sees, listener) {
      const audience = audiences.get(key) ?? { sees, listeners: new Set() };
      audiences.set(key, audience);
      audience.listeners.add(listener);
    },
    leave(key, listener) {
      const audience = audiences.get(key);
      audience?.listeners.delete(listener);
      if (audience?.listeners.size === 0) audiences.delete(key);
    },
    close() {
      closing.abort();
      clearTimeout(timer);
    },
  };
}
