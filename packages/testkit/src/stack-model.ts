import type { StackAddresses, StackKind } from '../../../infra/stack/index.mjs';

/** One service of a test's stack. Its port and its data outlast all of these. */
export interface ServiceHandle {
  /** Ends the service in its own order. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data; resolves when it is ready. */
  start(): Promise<void>;
  /** Holds it still: connections stay open and nothing answers. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

export interface RedisHandle extends ServiceHandle {
  /** Removes every key, as somebody's FLUSHALL would; connections stay. */
  wipe(): Promise<void>;
}

/** A real broker, registry and Redis of their own, on free ports, with data in a temporary place. */
export interface Stack extends StackAddresses {
  readonly kind: StackKind;
  readonly broker: ServiceHandle;
  readonly registry: ServiceHandle;
  readonly redis: RedisHandle;
  /** Ends everything and removes the data. */
  stop(): Promise<void>;
}
