export type { AvroSchema, DefaultedField, Field, Fields, RecordInput, RecordSchema, RecordValue } from './avro.ts';
export {
  array,
  boolean,
  bytes,
  double,
  instant,
  int,
  long,
  map,
  nested,
  oneOf,
  optional,
  record,
  string,
  strings,
  withDefault,
} from './avro.ts';
export { DecisionMade } from './decision.ts';
export type { EventInput, LogEvent, LogEventType, SchemaEntry } from './schema-table.ts';
export { avroSchemaOf, NAMESPACE, schemaEntry, schemaTable } from './schema-table.ts';
export type { Event, EventOf, EventType, Family } from './schemas.ts';
export { FAMILIES } from './schemas.ts';
export { CONTROL_TOPIC, CUSTOMER_INPUTS, DEAD_LETTER_TOPIC, DECISION_TOPIC, INPUT_TOPICS } from './topics.ts';
