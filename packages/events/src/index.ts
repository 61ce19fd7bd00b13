export type { AvroSchema, RecordValue } from './avro.ts';
export type { Event, EventOf, EventType, Family } from './schemas.ts';
export { FAMILIES } from './schemas.ts';
export { CONTROL_TOPIC, CUSTOMER_INPUTS, DEAD_LETTER_TOPIC, DECISION_TOPIC, INPUT_TOPICS } from './topics.ts';
