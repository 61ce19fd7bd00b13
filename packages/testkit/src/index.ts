export { type AlertStream, openAlertStream, type ReceivedAlert } from './alert-stream.ts';
export {
  createEngineWorld,
  type EngineWorld,
  WORLD_DEAD_LETTERS,
  WORLD_START_MS,
  type WorldOptions,
} from './engine-world.ts';
export { eventually } from './eventually.ts';
export { createFakeBroker, type FakeBroker } from './fake-log.ts';
export { createFakeContactQueue, type FakeContactQueue } from './fake-queue.ts';
export type { FakeShardStore, FakeStoreOptions, StoreFault, StoreOperation, StoreSnapshot } from './fake-store.ts';
export { createFakeShardStore } from './fake-store.ts';
export { createFakeShard, type FakeShard } from './fake-store-shard.ts';
export { type ProviderAnswer, type ProviderRequest, startHttpProvider } from './http-provider.ts';
export { type DatabaseOwner, redisDatabase } from './redis-database.ts';
export { type RedisServer, startRedisServer } from './redis-server.ts';
export { createShardMemory, type ShardMemory } from './shard-memory.ts';
export {
  createTallyTopology,
  TALLY_ANSWERS,
  TALLY_CONFIGURATION,
  TALLY_DECISIONS,
  TALLY_ERASURE,
  TALLY_INPUTS,
  type Tally,
  type TallyConfiguration,
  type TallyEvent,
  tallyConfiguration,
  tallyMessage,
  tallySetting,
  tallyTold,
} from './tally-topology.ts';
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
