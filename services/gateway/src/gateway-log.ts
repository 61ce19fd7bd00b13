import { createEncoder, type EventInput, schemaTable } from '@holdfast/events';
import {
  createEventProducer,
  createOutputLog,
  createRegistryDecoder,
  createSchemaRegistry,
  type EventProducer,
  type RegistryDecoder,
  type SchemaRegistry,
} from '@holdfast/kafka';
import { createLateDependency, type KafkaConnection, type LateDependency, type Logger } from '@holdfast/observability';
import type { AppendOutcome, GatewayEvent } from './events/event-intake.ts';

export interface GatewayLogConfig extends KafkaConnection {
  readonly registryUrl: string;
}

/** What the gateway has to do with Kafka and the schema registry. */
export interface GatewayLog {
  /** For further clients of this gateway. */
  readonly client: { readonly brokers: readonly string[]; readonly clientId: string };
  readonly registry: SchemaRegistry;
  readonly decoder: RegistryDecoder;
  /** Control records, such as erasures. */
  readonly output: ReturnType<typeof createOutputLog>;
  /** The producer of events, once the registry could be asked. */
  readonly producer: LateDependency<EventProducer>;
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly GatewayEvent[]): Promise<readonly AppendOutcome[]>;
  /** Whether the log of accesses has it. */
  appendAccess(access: EventInput<'PersonalDataAccessed'>): Promise<boolean>;
  /** Resolves when events and accesses can be appended; false when the gateway was closed before. */
  ready(): Promise<boolean>;
  /** Asks the registry no more. */
  stopAsking(): void;
  /** Sends what waits. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const CLIENT_ID = 'holdfast-gateway';
/** Few, so that an HTTP client hears of an absent broker within seconds; it sends again itself. */
const SEND_RETRIES = 2;
const REQUEST_TIMEOUT_MS = 5_000;
/** Long enough to share a batch with the looks of the same moment. */
const ACCESS_LINGER_MS = 1;

export function openGatewayLog(config: GatewayLogConfig, logger: Logger): GatewayLog {
  const connection = { brokers: config.brokers, ...config.kafkaSecurity };
  const registry = createSchemaRegistry({ url: config.registryUrl });
  const open = (clientId: string, lingerMs?: number) =>
    createLateDependency(
      async () => {
        const encoder = createEncoder(await registry.idsOf(schemaTable()));
        const bounds = { retries: SEND_RETRIES, requestTimeoutMs: REQUEST_TIMEOUT_MS };
        const options = { ...connection, clientId, ...bounds, ...(lingerMs === undefined ? {} : { lingerMs }) };
        return createEventProducer(options, { encoder, logger });
      },
      { name: 'schema registry', logger },
    );
  const producer = open(CLIENT_ID);
  // Of its own: a look at a customer does not wait behind a batch of events.
  const accesses = open(`${CLIENT_ID}-accesses`, ACCESS_LINGER_MS);
  const output = createOutputLog({ ...connection, clientId: `${CLIENT_ID}-control` }, { logger });
  return {
    client: { ...connection, clientId: CLIENT_ID },
    registry,
    decoder: createRegistryDecoder(registry),
    output,
    producer,
    append: (events) => append(events, producer),
    appendAccess: async (access) => (await accesses.current()?.send([access]))?.[0]?.kind === 'accepted',
    ready: async () => (await Promise.all([producer.arrived(), accesses.arrived()])).every(Boolean),
    stopAsking() {
      producer.close();
      accesses.close();
    },
    async flush() {
      await Promise.all([producer.current()?.close(), accesses.current()?.close(), output.close()]);
    },
    async close() {
      registry.close();
    },
  };
}

function append(
  events: readonly GatewayEvent[],
  producer: LateDependency<EventProducer>,
): Promise<readonly AppendOutcome[]> {
  const sender = producer.current();
  if (sender !== undefined) return sender.send(events);
  const message = 'the schema registry cannot be asked yet; send the event again';
  return Promise.resolve(events.map(() => ({ kind: 'unavailable', message })));
}
