/**
 * `unreachable`: try again later. `incompatible`: readers of old records would break; change the schema. `refused`: the
 * registry said no for another reason. `not-registered`: somebody with the right to write has to register first.
 */
export type SchemaRegistryErrorCode = 'unreachable' | 'incompatible' | 'refused' | 'not-registered';

/** What registering or looking up schemas failed of; the message names the subject. */
export class SchemaRegistryError extends Error {
  readonly code: SchemaRegistryErrorCode;
  constructor(code: SchemaRegistryErrorCode, message: string) {
    super(message);
    this.name = 'SchemaRegistryError';
    this.code = code;
  }
}
