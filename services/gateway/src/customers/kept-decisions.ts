import type { ShardStore } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, type DecisionMade } from '@holdfast/events';
import type { RegistryDecoder } from '@holdfast/kafka';

/** The newest decisions about a customer; undefined while some of them cannot be read. Rejects when none can be asked for. */
export type KeptDecisions = (customerId: string, partition: number) => Promise<readonly DecisionMade[] | undefined>;

/** Reads them from the history that his shard keeps. */
export function createKeptDecisions(
  store: Pick<ShardStore, 'readHistory'>,
  decoder: Pick<RegistryDecoder, 'decode'>,
): KeptDecisions {
  return async (customerId, partition) => {
    const records = await store.readHistory({ topology: CUSTOMER_TOPOLOGY, partition }, customerId);
    const decisions: DecisionMade[] = [];
    for (const record of records) {
      const decoded = await decoder.decode(record);
      if (decoded.kind === 'retry') return undefined;
      if (decoded.kind === 'event' && decoded.event.type === 'DecisionMade') decisions.push(decoded.event);
    }
    return decisions;
  };
}
