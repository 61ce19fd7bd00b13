import { type OutputLog, type ProducedMessage, partitionOf, type ShardId, type ShardStore } from '@holdfast/engine';
import { CONTROL_TOPIC, CUSTOMER_TOPOLOGY } from '@holdfast/events';

/** Where the control record of an erasure lies. It names nobody. */
export interface ErasurePlace {
  readonly partition: number;
  readonly offset: number;
}

export type ErasureStart =
  | ({ readonly kind: 'begun' } & ErasurePlace)
  /** There is no installation. */
  | { readonly kind: 'uninitialised' }
  /** His shard remembers others by another key: its workers would wait at the record. */
  | { readonly kind: 'foreign-key' };

export interface ErasureDeps {
  readonly store: Pick<ShardStore, 'readMeta'>;
  readonly output: Pick<OutputLog, 'produce'>;
  /** Of the key that the workers have. */
  readonly seal: { seal(customerId: string): ProducedMessage; markOf(customerId: string): string };
}

/** Appends the record that erases a customer. It is in the log for good once this has answered `begun`. Rejects as store and log do. */
export async function beginErasure(customerId: string, { store, output, seal }: ErasureDeps): Promise<ErasureStart> {
  const first = await store.readMeta({ topology: CUSTOMER_TOPOLOGY, partition: 0 });
  if (first === null) return { kind: 'uninitialised' };
  const partition = partitionOf(Buffer.from(customerId), first.partitionCount);
  const meta = await store.readMeta(shardOf(partition));
  const [ownKey] = seal.markOf('').split('.');
  const marks = Object.keys(meta?.erasures ?? {});
  if (marks.some((mark) => mark.split('.')[0] !== ownKey)) return { kind: 'foreign-key' };
  const { baseOffset } = await output.produce(CONTROL_TOPIC, partition, [seal.seal(customerId)]);
  return { kind: 'begun', partition, offset: baseOffset };
}

/** Whether the shard has folded it: then nothing of the customer is left in it. Undefined where there is no such shard. */
export async function isErasureFolded(
  { partition, offset }: ErasurePlace,
  store: Pick<ShardStore, 'readMeta'>,
): Promise<boolean | undefined> {
  const meta = await store.readMeta(shardOf(partition));
  return meta === null ? undefined : (meta.inputs[CONTROL_TOPIC]?.nextOffset ?? 0) > offset;
}

export interface ErasureWait {
  readonly store: Pick<ShardStore, 'readMeta'>;
  /** Resolves so much later. */
  delay(ms: number): Promise<unknown>;
  nowMs(): number;
}

const POLL_MS = 200;

/** Waits for it, `waitMs` at the most. */
export async function awaitErasure(place: ErasurePlace, waitMs: number, wait: ErasureWait): Promise<boolean> {
  const endMs = wait.nowMs() + waitMs;
  for (;;) {
    if (await isErasureFolded(place, wait.store)) return true;
    if (wait.nowMs() >= endMs) return false;
    await wait.delay(POLL_MS);
  }
}

function shardOf(partition: number): ShardId {
  return { topology: CUSTOMER_TOPOLOGY, partition };
}
