import type { ShardStanding } from '@holdfast/engine';
import type { Logger } from '@holdfast/observability';
import { heldBackByFeed } from './standing-metrics.ts';

/** Says when a feed begins and ends to hold back timers. Feeds are `source|type`, nothing of a customer. */
export interface FeedWatch {
  look(standings: readonly ShardStanding[]): void;
}

/** Feeds named in one line at the most. */
const MAX_NAMED = 20;

export function createFeedWatch(logger: Logger): FeedWatch {
  let silent = new Map<string, number>();
  return {
    look(standings) {
      const now = heldBackByFeed(standings);
      const begun = [...now].filter(([feed]) => !silent.has(feed)).slice(0, MAX_NAMED);
      const ended = [...silent.keys()].filter((feed) => !now.has(feed)).slice(0, MAX_NAMED);
      for (const [feed, timers] of begun) logger.warn({ feed, timers }, 'a silent feed holds timers back');
      for (const feed of ended) logger.info({ feed }, 'a feed holds no timers back any more');
      silent = now;
    },
  };
}
