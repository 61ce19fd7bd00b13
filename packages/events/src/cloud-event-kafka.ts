import type { WithExtensions } from './cloud-event-extensions.ts';
import { parseJson } from './cloud-event-payload.ts';
import { cloudEventType } from './cloud-event-type.ts';
import { isJson, parseMediaType } from './media-type.ts';
import type { CustomerLogEventType, EventInput } from './schema-table.ts';

/** A record's headers as a client hands them out. */
export type KafkaHeaders = Readonly<Record<string, Buffer | string | undefined>>;

const PREFIX = 'ce_';

/** The `ce_` headers of Kafka's binary content mode, extension attributes among them. Consumers here never need them. */
export function toCloudEventHeaders(
  event: WithExtensions<EventInput<CustomerLogEventType>>,
): Readonly<Record<string, Buffer>> {
  const headers: Record<string, string> = {
    'content-type': 'application/avro',
    ce_specversion: '1.0',
    ce_id: event.eventId,
    ce_source: event.source,
    ce_type: cloudEventType(event.type),
    ce_time: new Date(event.occurredAt).toISOString(),
    ce_subject: event.customerId,
  };
  for (const [name, text] of Object.entries(event.extensions ?? {})) headers[PREFIX + name] = text;
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
}

/**
 * The CloudEvent of a record, binary or structured in JSON, still unchecked, as `readAttributes` takes it; undefined for a
 * record that is none. Header values are UTF-8 and not encoded.
 * https://github.com/cloudevents/spec, bindings/kafka-protocol-binding.md
 */
export function fromKafka(headers: KafkaHeaders, value: Buffer | null): unknown {
  const contentType = headers['content-type']?.toString() ?? '';
  const type = parseMediaType(contentType);
  if (type?.essence === 'application/cloudevents+json') return value === null ? undefined : parseJson(value);
  if (headers.ce_specversion === undefined) return undefined;
  const event: Record<string, unknown> = Object.create(null);
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith(PREFIX) && text !== undefined) event[name.slice(PREFIX.length)] = text.toString();
  }
  if (contentType !== '') event.datacontenttype = contentType;
  if (value === null) return { ...event };
  return { ...event, data: type !== undefined && isJson(type.essence) ? parseJson(value) : value };
}
