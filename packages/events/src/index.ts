export type { AsyncApiDocument, AsyncApiOptions } from './async-api.ts';
export { asyncApiDocument } from './async-api.ts';
export type { AvroSchema, DefaultedField, Field, Fields, RecordInput, RecordSchema, RecordValue } from './avro.ts';
export {
  array,
  boolean,
  bytes,
  date,
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
export type { CloudEventOutcome, CloudEventReader } from './cloud-event.ts';
export { createCloudEventReader, fromCloudEvent } from './cloud-event.ts';
export type { CloudEvent } from './cloud-event-attributes.ts';
export type { WireAnswer, WireDecode } from './cloud-event-avro.ts';
export type { CloudEventError, CloudEventErrorCode } from './cloud-event-error.ts';
export type { Extensions, WithExtensions } from './cloud-event-extensions.ts';
export { MAX_EXTENSION_BYTES } from './cloud-event-extensions.ts';
export type { HttpEvents, HttpHeaders } from './cloud-event-http.ts';
export {
  BATCH_TYPE,
  decodeHeaderValue,
  encodeHeaderValue,
  fromHttp,
  STRUCTURED_TYPE,
  toHttpHeaders,
} from './cloud-event-http.ts';
export type { KafkaHeaders } from './cloud-event-kafka.ts';
export { fromKafka, toCloudEventHeaders } from './cloud-event-kafka.ts';
export { cloudEventType } from './cloud-event-type.ts';
export { breakingChanges } from './compatibility.ts';
export type { Problem } from './contract.ts';
export { checkContract, describeProblems, MAX_ID_LENGTH, MAX_TEXT_LENGTH } from './contract.ts';
export {
  BudgetAsked,
  BudgetGranted,
  PersonalDataAccessed,
  PolicyActivated,
  PolicyChanged,
  PropensitiesLearned,
} from './control.ts';
export { DecisionMade } from './decision.ts';
export type { DecodeOutcome, Decoder, Poison, PoisonCode } from './decoder.ts';
export { createDecoder } from './decoder.ts';
export type { Encoder, SchemaIds } from './encoder.ts';
export { ContractError, checkInput, createEncoder } from './encoder.ts';
export type {
  CustomerLogEvent,
  CustomerLogEventType,
  EventInput,
  LogEvent,
  LogEventType,
  SchemaEntry,
} from './schema-table.ts';
export { avroSchemaOf, NAMESPACE, schemaEntry, schemaTable } from './schema-table.ts';
export type { Event, EventOf, EventType, Family } from './schemas.ts';
export { FAMILIES } from './schemas.ts';
export {
  ACCESS_TOPIC,
  AUDIT_TOPIC,
  CONTROL_TOPIC,
  CUSTOMER_INPUTS,
  CUSTOMER_TOPOLOGY,
  DEAD_LETTER_TOPIC,
  DECISION_TOPIC,
  INPUT_TOPICS,
} from './topics.ts';
