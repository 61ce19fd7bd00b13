import {
  type AvroSchema,
  type Fields,
  fieldSchemas,
  type RecordInput,
  type RecordSchema,
  type RecordValue,
} from './avro.ts';
import {
  BudgetAsked,
  BudgetGranted,
  PersonalDataAccessed,
  PolicyActivated,
  PolicyChanged,
  PropensitiesLearned,
} from './control.ts';
import { DecisionMade } from './decision.ts';
import { type Event, type EventType, FAMILIES, type Family } from './schemas.ts';
import { ACCESS_TOPIC, AUDIT_TOPIC, CONTROL_TOPIC, DECISION_TOPIC, INPUT_TOPICS } from './topics.ts';

export const NAMESPACE = 'io.holdfast.events';

type Families = typeof FAMILIES;
type DeclaredRecords = {
  [F in Family]: { [N in keyof Families[F]]: Families[F][N] }[keyof Families[F]];
}[Family];

/** What is about one customer, and keyed by him: the business events and decisions. */
export type CustomerLogEvent = Event | RecordValue<typeof DecisionMade>;
export type CustomerLogEventType = CustomerLogEvent['type'];
/** What the operator decides for everybody, and what shards tell each other of it. */
type OperatorRecord =
  | typeof PolicyActivated
  | typeof PropensitiesLearned
  | typeof BudgetAsked
  | typeof BudgetGranted
  | typeof PolicyChanged
  | typeof PersonalDataAccessed;
/** Every value that travels on a topic in Avro: what is about customers, and what the operator decides for all of them. */
export type LogEvent = CustomerLogEvent | RecordValue<OperatorRecord>;
export type LogEventType = LogEvent['type'];
/** An event as a producer writes it: nullable and defaulted fields may be absent. */
export type EventInput<T extends LogEventType = EventType> = Extract<
  RecordInput<DeclaredRecords | typeof DecisionMade | OperatorRecord>,
  { readonly type: T }
>;

/** One record type on its topic. */
export interface SchemaEntry {
  readonly record: LogEventType;
  readonly topic: string;
  /** Subject in the schema registry: `<topic>-<full name>`. */
  readonly subject: string;
  readonly fullName: string;
  readonly schema: AvroSchema;
}

/** The complete Avro schema of a record, as registered. */
export function avroSchemaOf(record: RecordSchema<string, Fields>): AvroSchema {
  return {
    type: 'record',
    name: record.name,
    namespace: NAMESPACE,
    doc: record.doc,
    fields: fieldSchemas(record.fields),
  };
}

/** Every record type with its topic and subject, in the order of declaration. */
export function schemaTable(): readonly SchemaEntry[] {
  return TABLE;
}

/** The entry of a record type, undefined when there is none of that name. */
export function schemaEntry(record: string): SchemaEntry | undefined {
  return BY_RECORD.get(record);
}

const TABLE: readonly SchemaEntry[] = [
  ...families().flatMap(([family, records]) =>
    Object.values(records).map((record) => entry(INPUT_TOPICS[family], record)),
  ),
  entry(DECISION_TOPIC, DecisionMade),
  entry(CONTROL_TOPIC, PolicyActivated),
  entry(CONTROL_TOPIC, PropensitiesLearned),
  entry(CONTROL_TOPIC, BudgetAsked),
  entry(CONTROL_TOPIC, BudgetGranted),
  entry(AUDIT_TOPIC, PolicyChanged),
  entry(ACCESS_TOPIC, PersonalDataAccessed),
];
const BY_RECORD: ReadonlyMap<string, SchemaEntry> = new Map(TABLE.map((entry) => [entry.record, entry]));

function families(): [Family, Record<string, RecordSchema<EventType, Fields>>][] {
  return Object.entries(FAMILIES) as [Family, Record<string, RecordSchema<EventType, Fields>>][];
}

function entry(topic: string, record: RecordSchema<LogEventType, Fields>): SchemaEntry {
  const fullName = `${NAMESPACE}.${record.name}`;
  return { record: record.name, topic, subject: `${topic}-${fullName}`, fullName, schema: avroSchemaOf(record) };
}
