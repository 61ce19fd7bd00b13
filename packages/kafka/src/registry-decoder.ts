import { createDecoder, type LogEvent, type PoisonCode } from '@holdfast/events';
import type { SchemaRegistry } from './registry.ts';

export type RegistryDecodeOutcome =
  | { readonly kind: 'event'; readonly event: LogEvent }
  /** Never decodable. `unknown-schema-id`: the registry itself does not know the id. */
  | {
      readonly kind: 'poison';
      readonly code: PoisonCode | 'empty-value' | 'unknown-schema-id';
      readonly message: string;
      /** What was decoded, where nothing but the contract is broken. */
      readonly event?: LogEvent;
    }
  /** The registry cannot be asked now. */
  | { readonly kind: 'retry'; readonly message: string };

export interface RegistryDecoder {
  /** Synchronous once the value's schema is known. Never throws, never rejects. */
  decode(value: Buffer | null): RegistryDecodeOutcome | Promise<RegistryDecodeOutcome>;
}

/** A decoder that fetches the schemas it does not know, each once. */
export function createRegistryDecoder(registry: Pick<SchemaRegistry, 'schemaById'>): RegistryDecoder {
  const decoder = createDecoder();
  const learn = async (value: Buffer, schemaId: number): Promise<RegistryDecodeOutcome> => {
    const answer = await registry.schemaById(schemaId);
    if (answer.kind === 'unreachable') return { kind: 'retry', message: answer.message };
    if (answer.kind === 'found' && !decoder.knows(schemaId)) decoder.addSchema(schemaId, answer.schema);
    const outcome = decoder.decode(value);
    return outcome.kind === 'unknown-schema' ? unknownSchema(schemaId) : outcome;
  };
  return {
    decode(value) {
      if (value === null) return { kind: 'poison', code: 'empty-value', message: 'the record has no value' };
      const outcome = decoder.decode(value);
      return outcome.kind === 'unknown-schema' ? learn(value, outcome.schemaId) : outcome;
    },
  };
}

function unknownSchema(schemaId: number): RegistryDecodeOutcome {
  return {
    kind: 'poison',
    code: 'unknown-schema-id',
    message: `the schema registry has no schema ${schemaId}; was the record written with another registry?`,
  };
}
