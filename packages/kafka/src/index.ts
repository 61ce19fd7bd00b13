export type { ClientOptions, KafkaLogger } from './client.ts';
export {
  type CustomerSeal,
  createCustomerSeal,
  ERASURE_KIND,
  erasureWith,
  MIN_SECRET_LENGTH,
  type Unsealed,
} from './customer-seal.ts';
export { KafkaConfigurationError } from './errors.ts';
export type { EventProducer, EventProducerOptions, SendOutcome, SentEvent } from './event-producer.ts';
export { createEventProducer } from './event-producer.ts';
export { deleteGroup } from './group.ts';
export type { TopicPartition } from './init-records.ts';
export { INIT_KIND, KIND_HEADER, writeInitRecords } from './init-records.ts';
export type { InputLogOptions, KafkaInputLog } from './input-log.ts';
export { createInputLog } from './input-log.ts';
export { createOutputLog } from './output-log.ts';
export { type RecordPlace, readRecordsAt } from './record-lookup.ts';
export type { LogPlace } from './record-place.ts';
export { createRegisteredProducer, type RegisteredProducerOptions } from './registered-producer.ts';
export type { SchemaAnswer, SchemaRegistry, SchemaRegistryOptions } from './registry.ts';
export { createSchemaRegistry } from './registry.ts';
export type { RegistryDecodeOutcome, RegistryDecoder } from './registry-decoder.ts';
export { createRegistryDecoder } from './registry-decoder.ts';
export type { SchemaRegistryErrorCode } from './registry-error.ts';
export { SchemaRegistryError } from './registry-error.ts';
export type { TopicFollower, TopicFollowerDeps, TopicFollowerOptions } from './topic-follower.ts';
export { createTopicFollower } from './topic-follower.ts';
export type { ReadTopicOptions } from './topic-reader.ts';
export { offsetsAt, readTopic } from './topic-reader.ts';
export type { TopicDescription, TopicPlan } from './topics.ts';
export { ALL_TOPICS, clusterId, describeTopics, ensureTopics, KEPT_TOPICS, topicBounds } from './topics.ts';
