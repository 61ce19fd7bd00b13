import avsc, { type ForSchemaOptions, type Type } from 'avsc';
import type { AvroSchema } from './avro.ts';

/** The codec of a schema. Throws when it is not valid Avro. Logical types stay numbers. */
export function avroType(schema: AvroSchema, options?: Partial<ForSchemaOptions>): Type {
  return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], options);
}
