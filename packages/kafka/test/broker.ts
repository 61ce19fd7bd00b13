import { randomUUID } from 'node:crypto';
import type { LogBatch, LogHandler, LogRecord } from '@holdfast/engine';
import type { Kafka } from 'kafkajs';
import { inject } from 'vitest';
import { createClient } from '../src/client.ts';
import { ensureTopics } from '../src/topics.ts';

/** How to reach the run's broker. */
export function client(): { readonly brokers: readonly string[]; readonly clientId: string } {
  return { brokers: inject('stack').brokers, clientId: 'kafka-int' };
}

/** A plain kafkajs client, for what other programs do to a log. */
export function foreignKafka(): Kafka {
  return createClient(client());
}

/** Creates topics of names nobody else uses. */
export async function createTopics(count: number, partitions: number): Promise<string[]> {
  const topics = Array.from({ length: count }, (_, index) => `t${index}-${randomUUID()}`);
  await ensureTopics({ ...client(), topics, partitions, replicationFactor: 1 });
  return topics;
}

/** Lets go of the records before `offset`, as retention does. */
export async function dropRecordsBefore(topic: string, offset: number): Promise<void> {
  const admin = foreignKafka().admin();
  await admin.connect();
  // kafkajs forgets to load the topic's metadata for the deletion; asking for offsets does.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(offset) }] });
  await admin.disconnect();
}

export function uniqueGroup(): string {
  return `g-${randomUUID()}`;
}

/** Tries until it passes; the last failure says what was missing. */
export async function eventually(check: () => void | Promise<void>, withinMs = 20_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** A handler that writes down what it is told. */
export interface Recorder extends LogHandler {
  readonly assignments: (readonly number[])[];
  readonly batches: LogBatch[];
  readonly disturbances: string[];
  readonly crashes: Error[];
  offsets(topic: string, partition: number): number[];
  records(): LogRecord[];
}

/** `onAssigned` runs inside the callback, as the engine does it. */
export function recorder(onAssigned: (partitions: readonly number[]) => void = () => undefined): Recorder {
  const assignments: (readonly number[])[] = [];
  const batches: LogBatch[] = [];
  const disturbances: string[] = [];
  const crashes: Error[] = [];
  const records = () => batches.flatMap((batch) => [...batch.records]);
  return {
    assignments,
    batches,
    disturbances,
    crashes,
    records,
    offsets: (topic, partition) =>
      records()
        .filter((record) => record.topic === topic && record.partition === partition)
        .map(({ offset }) => offset),
    assigned(partitions) {
      assignments.push(partitions);
      onAssigned(partitions);
    },
    batch: (batch) => void batches.push(batch),
    disturbed: (topic, partition, reason) => void disturbances.push(`${topic}/${partition}: ${reason}`),
    crashed: (error) => void crashes.push(error),
  };
}
