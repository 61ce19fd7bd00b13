import { randomUUID } from 'node:crypto';
import { cloudEventType, createEncoder, schemaEntry, schemaTable } from '@holdfast/events';
import { createSchemaRegistry } from '@holdfast/kafka';
import kafkajs from 'kafkajs';
import type { StoryEvent } from './customers.ts';

/** A way into Holdfast, as somebody outside has it. */
export interface Transport {
  /** Resolves when every event was accepted. */
  send(events: readonly StoryEvent[]): Promise<void>;
  close(): Promise<void>;
}

/** The plain client with registered Avro: keys by customer, the client's own partitioner. */
export async function kafkaTransport(brokers: readonly string[], registryUrl: string): Promise<Transport> {
  const registry = createSchemaRegistry({ url: registryUrl });
  const encoder = createEncoder(await registry.idsOf(schemaTable()));
  registry.close();
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: `billing-${randomUUID()}`,
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  return {
    async send(events) {
      const byTopic = Map.groupBy(events, topicOf);
      const topicMessages = [...byTopic].map(([topic, some]) => ({
        topic,
        messages: some.map((event) => ({ key: event.customerId, value: encoder.encode(event) })),
      }));
      await producer.sendBatch({ topicMessages });
    },
    close: () => producer.disconnect(),
  };
}

const BATCH = 500;

/** CloudEvents batches over HTTP, for a billing system without Kafka. */
export function httpTransport(gatewayUrl: string, producerKey: string): Transport {
  return {
    async send(events) {
      for (let i = 0; i < events.length; i += BATCH) {
        const response = await fetch(`${gatewayUrl}/v1/events`, {
          method: 'POST',
          headers: { authorization: `Bearer ${producerKey}`, 'content-type': 'application/cloudevents-batch+json' },
          body: JSON.stringify(events.slice(i, i + BATCH).map(toCloudEvent)),
        });
        const answers = (await response.json()) as { status: string }[];
        const refused = Array.isArray(answers) ? answers.filter(({ status }) => status !== 'accepted') : [answers];
        if (refused.length > 0)
          throw new Error(`not accepted (${response.status}): ${JSON.stringify(refused.slice(0, 3))}`);
      }
    },
    close: async () => undefined,
  };
}

function toCloudEvent({ type, eventId, source, occurredAt, customerId, ...data }: StoryEvent) {
  return {
    specversion: '1.0',
    id: eventId,
    source,
    type: cloudEventType(type),
    time: new Date(occurredAt).toISOString(),
    subject: customerId,
    data,
  };
}

function topicOf({ type }: StoryEvent): string {
  const entry = schemaEntry(type);
  if (!entry) throw new Error(`${type} has no topic`);
  return entry.topic;
}
