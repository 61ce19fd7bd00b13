import { jsonSchemaOf } from './json-schema.ts';
import { type SchemaEntry, schemaTable } from './schema-table.ts';
import { ACCESS_TOPIC, AUDIT_TOPIC, CONTROL_TOPIC, DEAD_LETTER_TOPIC, DECISION_TOPIC, INPUT_TOPICS } from './topics.ts';

/** A JSON document. */
export type AsyncApiDocument = Readonly<Record<string, unknown>>;

export interface AsyncApiOptions {
  readonly title: string;
  readonly version: string;
}

const REQUIRED_BY_CLOUD_EVENTS = ['ce_specversion', 'ce_id', 'ce_source', 'ce_type'];

const CHANNELS: Readonly<Record<string, string>> = {
  [INPUT_TOPICS.usage]: 'What customers use, as rated by billing or the network. Keyed by customerId.',
  [INPUT_TOPICS.subscription]: 'Lines, plans, suspensions, contracts and bills. Keyed by customerId.',
  [INPUT_TOPICS.churn]: 'Signs that a customer may leave, complaints and faults that touch him. Keyed by customerId.',
  [INPUT_TOPICS.customer]: 'Who a customer is, what he allows, and to whom he belongs. Keyed by customerId.',
  [INPUT_TOPICS.interaction]: 'What passed between a customer and the operator. Keyed by customerId.',
  [DECISION_TOPIC]: 'What was decided for a customer, and why. Keyed by customerId.',
  [CONTROL_TOPIC]: 'What the operator decides for everybody: one copy per partition. Written by Holdfast alone.',
  [AUDIT_TOPIC]: 'Who did what: one record in one partition.',
  [ACCESS_TOPIC]: 'Who looked at, or changed, what is known of a customer. Keyed by his pseudonym.',
  [DEAD_LETTER_TOPIC]:
    'Records that could not be folded, as they came, with the headers __connect.errors.* that say why.',
};

/** What others write; everything else is written by Holdfast. */
const TAKEN: readonly string[] = Object.values(INPUT_TOPICS);

/**
 * The topics and their records as an AsyncAPI 3.0 document. A payload is described as it is when decoded; `x-avro-schema` is the
 * schema as registered, by which it is written.
 */
export function asyncApiDocument({ title, version }: AsyncApiOptions): AsyncApiDocument {
  const entries = schemaTable();
  return {
    asyncapi: '3.0.0',
    info: {
      title,
      version,
      description:
        'Kafka topics of Holdfast. Values are Avro in the Confluent wire format: a zero byte, the schema id as four bytes, big endian, ' +
        'then the record. Subjects are `<topic>-<full name of the record>`. Keys are the customer id as UTF-8; partitions follow ' +
        "murmur2 of the key, as Java's and kafkajs' default producers have it. A record of another partitioner is sent to its own.",
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/avro',
    channels: Object.fromEntries(
      Object.entries(CHANNELS).map(([topic, description]) => [
        channelId(topic),
        {
          address: topic,
          description,
          messages: messagesOf(topic, entries),
          bindings: { kafka: { topic, bindingVersion: '0.5.0' } },
        },
      ]),
    ),
    operations: Object.fromEntries(Object.keys(CHANNELS).map((topic) => operation(topic, entries))),
    components: {
      messages: Object.fromEntries(entries.map((entry) => [entry.record, message(entry)])),
      securitySchemes: {
        sasl: {
          type: 'scramSha512',
          description: 'As the cluster of the installation asks for it; none where it is open.',
        },
      },
    },
  };
}

function messagesOf(topic: string, entries: readonly SchemaEntry[]) {
  const own = entries.filter((entry) => entry.topic === topic);
  return Object.fromEntries(own.map(({ record }) => [record, { $ref: `#/components/messages/${record}` }]));
}

/** From the view of Holdfast: it receives what others send. */
function operation(topic: string, entries: readonly SchemaEntry[]) {
  const channel = `#/channels/${channelId(topic)}`;
  const isTaken = TAKEN.includes(topic);
  const own = entries.filter((entry) => entry.topic === topic);
  return [
    `${isTaken ? 'receive' : 'send'}${channelId(topic)}`,
    {
      action: isTaken ? 'receive' : 'send',
      channel: { $ref: channel },
      summary: CHANNELS[topic],
      security: [{ $ref: '#/components/securitySchemes/sasl' }],
      messages: own.map(({ record }) => ({ $ref: `${channel}/messages/${record}` })),
    },
  ];
}

function message({ record, subject, schema }: SchemaEntry) {
  const { doc } = schema as { readonly doc?: string };
  return {
    name: record,
    title: record,
    summary: doc,
    contentType: 'application/avro',
    headers: {
      type: 'object',
      description: 'Of the Kafka binding of CloudEvents, where the producer adds them; no consumer needs them.',
      properties: Object.fromEntries(
        [...REQUIRED_BY_CLOUD_EVENTS, 'ce_subject', 'ce_time'].map((name) => [name, { type: 'string' }]),
      ),
    },
    payload: jsonSchemaOf(schema),
    'x-avro-schema': schema,
    bindings: {
      kafka: {
        key: { type: 'string', description: 'The customerId.' },
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicRecordNameStrategy',
        bindingVersion: '0.5.0',
      },
    },
    'x-subject': subject,
  };
}

/** `telecom.usage.v1` is `TelecomUsageV1`. */
function channelId(topic: string): string {
  return topic
    .split(/[.-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
