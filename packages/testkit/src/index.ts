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
export {
  createTallyTopology,
  TALLY_DECISIONS,
  TALLY_INPUTS,
  type Tally,
  type TallyEvent,
  tallyMessage,
} from './tally-topology.ts';
export { createVirtualClock, type VirtualClock } from './virtual-clock.ts';
