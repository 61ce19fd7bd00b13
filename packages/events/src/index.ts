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
export type { CloudEventError, CloudEventErrorCode, CloudEventOutcome } from './cloud-event.ts';
export { cloudEventType, fromCloudEvent, toCloudEventHeaders } from './cloud-event.ts';
export { breakingChanges } from './compatibility.ts';
export type { Problem } from './contract.ts';
export { checkContract, describeProblems, MAX_ID_LENGTH, MAX_TEXT_LENGTH } from './contract.ts';
export { DecisionMade } from './decision.ts';
export type { DecodeOutcome, Decoder, Poison, PoisonCode } from './decoder.ts';
export { createDecoder } from './decoder.ts';
export type { Encoder, SchemaIds } from './encoder.ts';
export { ContractError, checkInput, createEncoder } from './encoder.ts';
export type { EventInput, LogEvent, LogEventType, SchemaEntry } from './schema-table.ts';
export { avroSchemaOf, NAMESPACE, schemaEntry, schemaTable } from './schema-table.ts';
export type { Event, EventOf, EventType, Family } from './schemas.ts';
export { FAMILIES } from './schemas.ts';
export {
  CONTROL_TOPIC,
  CUSTOMER_INPUTS,
  CUSTOMER_TOPOLOGY,
  DEAD_LETTER_TOPIC,
  DECISION_TOPIC,
  INPUT_TOPICS,
} from './topics.ts';
