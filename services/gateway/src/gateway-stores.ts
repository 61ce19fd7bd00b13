import type { Event } from '@holdfast/events';
import {
  createAlertFeed,
  createContactMarks,
  createInteractionStore,
  createRecentAnswers,
  createRecommendationStore,
  createShardStore,
  createWorkList,
  openStoreConnection,
  type StoreConnection,
} from '@holdfast/redis';
import { STATE_LAYOUT } from '@holdfast/telecom';

/** What the gateway reads and writes in Redis. Of shards it only reads. */
export interface GatewayStores extends Omit<ReturnType<typeof openAll>, 'close'> {
  close(): Promise<void>;
}

export interface GatewayStoresOptions {
  readonly redisUrl: string;
  readonly queueUrl: string;
  /** So many changes of work items wait for the log at most. */
  readonly mostUntold: number;
}

export function openGatewayStores(options: GatewayStoresOptions): GatewayStores {
  const servers = [...new Set([options.redisUrl, options.queueUrl])];
  const connections = new Map(servers.map((url) => [url, openStoreConnection(url)]));
  const stores = openAll(options, connections);
  return {
    ...stores,
    async close() {
      await Promise.all(Object.values(stores).map((store) => store.close()));
      for (const connection of connections.values()) connection.close();
    },
  };
}

/** What a recommendation reads and keeps goes over one connection for each server. */
function openAll(
  { redisUrl, queueUrl: url, mostUntold }: GatewayStoresOptions,
  connections: ReadonlyMap<string, StoreConnection>,
) {
  const connection = connections.get(url);
  return {
    shards: createShardStore({
      ...{ url: redisUrl, connection: connections.get(redisUrl), codecVersion: STATE_LAYOUT },
    }),
    feed: createAlertFeed({ url }),
    marks: createContactMarks({ url }),
    /** Events told here that shards may not have folded yet. */
    recent: createRecentAnswers<Event>({ url, connection }),
    recommended: createRecommendationStore({ url, connection }),
    interactions: createInteractionStore({ url }),
    items: createWorkList({ url, mostUntold }),
  };
}
