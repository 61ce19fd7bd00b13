import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AvroSchema,
  DECISION_TOPIC,
  INPUT_TOPICS,
  MAX_EXTENSION_BYTES,
  MAX_ID_LENGTH,
  MAX_TEXT_LENGTH,
  type SchemaEntry,
  schemaTable,
} from '../src/index.ts';
import { FIELD_MEANINGS } from './field-meanings.ts';

/**
 * `RECORDS.md`, the layouts of the records for those who write or read them without our code, made from the schemas:
 *
 *     node packages/events/test/record-layouts.ts
 */
export const RECORDS_FILE: string = fileURLToPath(new URL('../RECORDS.md', import.meta.url));

interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
}

/** What other systems write, and what they may read. Control and audit records are for Holdfast alone. */
const TOPICS: readonly string[] = [...Object.values(INPUT_TOPICS), DECISION_TOPIC];
const COMMON = ['eventId', 'source', 'occurredAt', 'customerId'];

/** The text of the file. Throws for a field whose meaning nobody wrote down. */
export function recordLayouts(): string {
  const table = schemaTable();
  const sections = TOPICS.map((topic) =>
    topicSection(
      topic,
      table.filter((entry) => entry.topic === topic),
    ),
  );
  const [first] = table;
  const common = first === undefined ? [] : fieldsOf(first).filter(({ name }) => COMMON.includes(name));
  return [INTRODUCTION, fieldTable('', common), '', ...sections].join('\n');
}

const INTRODUCTION = `# Records

<!-- Made by \`node packages/events/test/record-layouts.ts\`; a test checks that it is current. -->

Values are Avro in the Confluent wire format: a zero byte, the id of the schema as four bytes, big end first, then the record.
The id is what the registry gave the subject \`<topic>-<full name>\` (\`TopicRecordNameStrategy\`); register nothing, look it up:
\`GET /subjects/telecom.usage.v1-io.holdfast.events.UsageRecorded/versions/latest\`. Full names are
\`io.holdfast.events.<record>\`.

The key is \`customerId\`, as UTF-8. Partition by murmur2, as Java's client does by default and librdkafka with
\`partitioner=murmur2_random\`; a record on another partition is sent on to its own, a little later and out of order.
Times are milliseconds since 1970 in UTC (\`timestamp-millis\`), days are days since 1970 (\`date\`). Ids have 1 to ${MAX_ID_LENGTH}
characters, other texts at most ${MAX_TEXT_LENGTH}. A record that breaks its contract goes to \`holdfast.dead-letter.v1\`; the others go on.
A field with a default may be left out by JSON producers; in Avro it is written. New versions only add such fields.

Headers are yours, but for names that begin with \`holdfast-\`; a record that is set aside or sent on keeps them. An event that the
gateway was handed with extension attributes of CloudEvents (\`traceparent\`) has them, and its other attributes, as the \`ce_\`
headers of CloudEvents' Kafka binding: at most ${MAX_EXTENSION_BYTES} bytes of extensions, names and values.

Runnable producers in Java, Python, Node and with kcat: [packages/kafka/examples](../kafka/examples).

Every record begins with these:
`;

function topicSection(topic: string, entries: readonly SchemaEntry[]): string {
  return [`## ${topic}`, '', ...entries.map(recordSection)].join('\n');
}

function recordSection(entry: SchemaEntry): string {
  const { doc } = entry.schema as { readonly doc: string };
  const own = fieldsOf(entry).filter(({ name }) => entry.topic === DECISION_TOPIC || !COMMON.includes(name));
  const layout = own.length === 0 ? 'Nothing else.' : fieldTable(entry.record, own);
  return `### ${entry.record}\n\n${doc}\n\n${layout}\n`;
}

function fieldsOf({ schema }: SchemaEntry): readonly AvroField[] {
  return (schema as { readonly fields: readonly AvroField[] }).fields;
}

function fieldTable(record: string, fields: readonly AvroField[]): string {
  const rows = fields.map((field) => [
    `\`${field.name}\``,
    typeText(field.type),
    defaultText(field),
    meaningOf(record, field.name),
  ]);
  return tableText([['field', 'type', 'default', 'meaning'], ...rows]);
}

/** Padded as the formatter of the repository pads tables. */
function tableText(rows: readonly (readonly string[])[]): string {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.slice(1).map(line)].join('\n');
}

function meaningOf(record: string, field: string): string {
  const meaning = FIELD_MEANINGS[`${record}.${field}`] ?? FIELD_MEANINGS[field];
  if (meaning !== undefined) return meaning;
  throw new Error(`nobody wrote down what ${record}.${field} means: add it to packages/events/test/field-meanings.ts`);
}

function defaultText(field: AvroField): string {
  return 'default' in field ? `\`${JSON.stringify(field.default)}\`` : '';
}

function typeText(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema)) return (schema as readonly AvroSchema[]).map(typeText).join(' or ');
  const { type, logicalType, symbols, items, values, fields } = schema as Readonly<Record<string, unknown>>;
  if (typeof logicalType === 'string') return `${String(type)} \`${logicalType}\``;
  if (type === 'enum') return (symbols as readonly string[]).join(', ');
  if (type === 'array') return `list of ${typeText(items as AvroSchema)}`;
  if (type === 'map') return `map of ${typeText(values as AvroSchema)}`;
  if (type !== 'record') return String(type);
  return `{ ${(fields as readonly AvroField[]).map((field) => `${field.name}: ${typeText(field.type)}`).join('; ')} }`;
}

if (import.meta.main) writeFileSync(RECORDS_FILE, recordLayouts());
