import { createEncoder, type SchemaEntry, type SchemaIds, schemaEntry } from '@holdfast/events';
import type { KafkaLogger } from './client.ts';
import { asError } from './errors.ts';
import {
  createEventProducer,
  type EventProducer,
  type EventProducerOptions,
  type SendOutcome,
  type SentEvent,
} from './event-producer.ts';
import { createSchemaRegistry, type SchemaRegistry } from './registry.ts';

export interface RegisteredProducerOptions extends EventProducerOptions {
  /** Base of the registry's Confluent API, e.g. `http://registry:8081/apis/ccompat/v7`. */
  readonly registryUrl: string;
}

/**
 * The producer for who has brokers and a registry and nothing else of ours: it looks up the ids of the schemas it needs, each
 * once, when the first event of a type is sent. While the registry cannot be asked, or does not have a schema yet, events of
 * that type are `unavailable`; they can be sent again under the same id.
 */
export function createRegisteredProducer(
  options: RegisteredProducerOptions,
  deps: { readonly logger?: KafkaLogger } = {},
): EventProducer {
  const { registryUrl, ...producerOptions } = options;
  const registry = createSchemaRegistry({ url: registryUrl });
  const ids: Mutable<SchemaIds> = {};
  const producer = createEventProducer(producerOptions, { ...deps, encoder: createEncoder(ids) });
  const learn = createLearning(registry, ids);
  let turn: Promise<unknown> = Promise.resolve();
  return {
    async send(events) {
      // One after another, so that who waits for the registry is not overtaken by events of the same customer.
      const learnt = turn.then(() => learn(new Set(events.map(({ type }) => type))));
      turn = learnt;
      const away = await learnt;
      const sent = (await producer.send(events.filter(({ type }) => !away.has(type)))).values();
      return events.map(({ type }) => unavailable(away.get(type)) ?? (sent.next().value as SendOutcome));
    },
    async close() {
      await turn;
      await producer.close();
      registry.close();
    },
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** After a failure the registry is left alone for so long. */
const ASK_AGAIN_MS = 1_000;

/** Makes the ids of types known; answers why, for those whose id is not. Never rejects. */
function createLearning(
  registry: Pick<SchemaRegistry, 'idsOf'>,
  ids: Mutable<SchemaIds>,
): (types: ReadonlySet<SentEvent['type']>) => Promise<ReadonlyMap<string, string>> {
  const failures = new Map<string, { readonly message: string; readonly atMs: number }>();
  const learn = async (entry: SchemaEntry): Promise<string | undefined> => {
    const last = failures.get(entry.record);
    if (last !== undefined && performance.now() - last.atMs < ASK_AGAIN_MS) return last.message;
    try {
      Object.assign(ids, await registry.idsOf([entry]));
      failures.delete(entry.record);
      return undefined;
    } catch (error) {
      const { message } = asError(error);
      failures.set(entry.record, { message, atMs: performance.now() });
      return message;
    }
  };
  return async (types) => {
    const away = new Map<string, string>();
    for (const type of types) {
      const entry = schemaEntry(type);
      // The producer itself refuses what is no type at all.
      if (entry === undefined || ids[type] !== undefined) continue;
      const message = await learn(entry);
      if (message !== undefined) away.set(type, message);
    }
    return away;
  };
}

function unavailable(why: string | undefined): SendOutcome | undefined {
  return why === undefined ? undefined : { kind: 'unavailable', message: why };
}
