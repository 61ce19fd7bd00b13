import { CUSTOMER_INPUTS } from '@holdfast/events';
import type { KafkaMessage } from 'kafkajs';
import { createMerge } from '../../packages/engine/src/merge.ts';
import { createPartitionIntake } from '../../packages/engine/src/partition-intake.ts';
import type { LogRecord } from '../../packages/engine/src/ports/log.ts';
import { packRecords } from '../../packages/kafka/src/record-pack.ts';

export interface Part {
  readonly name: string;
  /** CPU µs per event. */
  readonly micros: number;
}

export type Intakes = readonly ReturnType<typeof createPartitionIntake>[];

/** Which family an event is of is told by its schema; the topic only matters for the merge. */
const USAGE_TOPIC = 'telecom.usage.v1';
const FETCHED_TOGETHER = 10_000;
const BATCH = 1_000;
const NOTHING = { nextOffset: 0, fingerprint: { offset: -1, appendTime: 0, hash: '' } };

/** Partition 0 of every input topic, with nothing known of it yet. */
export function createIntake(): Intakes {
  return CUSTOMER_INPUTS.map((topic) => {
    const intake = createPartitionIntake(topic, NOTHING);
    intake.judge({ low: 0, high: 0 });
    return intake;
  });
}

/** Everything through the intake of one topic and the merge, in fetches and batches as large as the worker's. */
export function takeAll(intakes: Intakes, messages: readonly KafkaMessage[]): LogRecord[] {
  const first = intakes.find(({ topic }) => topic === USAGE_TOPIC);
  const merge = createMerge(intakes);
  const taken: LogRecord[] = [];
  for (let from = 0; from < messages.length; from += FETCHED_TOGETHER) {
    const fetched = messages.slice(from, from + FETCHED_TOGETHER);
    const packed = packRecords(first?.topic ?? '', 0, fetched);
    first?.offer({ topic: first.topic, partition: 0, ...packed, highWatermark: messages.length });
    for (let batch = merge.take(Date.now(), BATCH); batch.length > 0; batch = merge.take(Date.now(), BATCH)) {
      for (const record of batch) taken.push(record);
    }
  }
  return taken;
}
