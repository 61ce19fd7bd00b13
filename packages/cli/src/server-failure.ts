import { SchemaRegistryError } from '@holdfast/kafka';
import { StackFailure } from '../../../infra/stack/index.mjs';

/** What a server's absence throws is for the operator to mend; a defect of ours stays what it is. */
export function asFailure(error: unknown): unknown {
  if (error instanceof StackFailure || !(error instanceof Error)) return error;
  if (error instanceof SchemaRegistryError) return new StackFailure(error.message, 'holdfast doctor');
  if (error.name === 'MaxRetriesPerRequestError') return new StackFailure('Redis cannot be reached', 'holdfast doctor');
  if (error.name.startsWith('KafkaJS')) return new StackFailure(`Kafka: ${error.message}`, 'holdfast doctor');
  return error;
}
