import { randomUUID } from 'node:crypto';
import type { LogBatch, LogRecord, Shadow } from '@holdfast/engine';
import { DECISION_TOPIC } from '@holdfast/events';
import { createInputLog, deleteGroup, type KafkaInputLog } from '@holdfast/kafka';
import type { Addresses } from '../../addresses.ts';
import { clientOf, SHARD_TOPICS } from '../shard-desk.ts';

/** The log through a consumer group of the rebuild's own: it disturbs no worker. */
export interface RebuildLog {
  readonly log: KafkaInputLog;
  /** Whom the batches of a partition go to from now on; undefined for nobody. */
  feed(partition: number, shadow: Pick<Shadow<never>, 'onBatch' | 'onDisturbed'> | undefined): void;
  /** Every decision of a partition, in order. */
  decisions(partition: number, take: (record: LogRecord) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Resolves once the group has its partitions. */
export async function openRebuildLog(addresses: Addresses): Promise<RebuildLog> {
  const client = clientOf(addresses);
  const groupId = `holdfast-rebuild-${randomUUID()}`;
  const log = createInputLog({ ...client, groupId, topics: SHARD_TOPICS });
  const fed = new Map<number, Pick<Shadow<never>, 'onBatch' | 'onDisturbed'>>();
  const assigned = Promise.withResolvers<void>();
  const crashed = Promise.withResolvers<never>();
  crashed.promise.catch(() => undefined);
  let reader: ((batch: LogBatch) => void) | undefined;
  await log.start({
    assigned(partitions) {
      assigned.resolve();
      // After a rebalance of our own group positions are lost: everybody verifies again.
      for (const partition of partitions) for (const topic of SHARD_TOPICS) fed.get(partition)?.onDisturbed(topic);
    },
    batch: (batch) => (batch.topic === DECISION_TOPIC ? reader?.(batch) : fed.get(batch.partition)?.onBatch(batch)),
    disturbed: (topic, partition) => fed.get(partition)?.onDisturbed(topic),
    crashed: crashed.reject,
  });
  await Promise.race([assigned.promise, crashed.promise]);
  return {
    log,
    feed(partition, shadow) {
      if (shadow) fed.set(partition, shadow);
      else fed.delete(partition);
    },
    async decisions(partition, take) {
      const { low, high } = await log.bounds(DECISION_TOPIC, partition);
      let next = low;
      while (next < high) {
        const batch = await Promise.race([nextBatch(partition, next), crashed.promise]);
        for (const record of batch.records) if (record.offset >= next && record.offset < high) await take(record);
        next = Math.max(next, batch.nextOffset ?? (batch.records.at(-1)?.offset ?? next - 1) + 1);
      }
      log.pause(DECISION_TOPIC, partition);
    },
    async close() {
      await log.close();
      await deleteGroup(client, groupId);
    },
  };

  function nextBatch(partition: number, offset: number): Promise<LogBatch> {
    return new Promise((resolve) => {
      reader = (batch) => {
        if (batch.partition !== partition || reader === undefined) return;
        reader = undefined;
        log.pause(DECISION_TOPIC, partition);
        resolve(batch);
      };
      log.resumeAt(DECISION_TOPIC, partition, offset);
    });
  }
}
