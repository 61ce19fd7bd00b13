/**
 * Avro record schemas written once, as values: the schema for the registry and the TypeScript type come from the same
 * lines. Reader rules are Avro 1.11's; every field added later needs a default.
 */

export type AvroSchema = string | readonly AvroSchema[] | { readonly [key: string]: unknown };

/** A field's schema, its default if it has one, and (only in the type) the value it decodes to. */
export interface Field<T> {
  readonly schema: AvroSchema;
  readonly fallback?: unknown;
  readonly value?: T;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

export interface RecordSchema<N extends string, F extends Fields> {
  readonly name: N;
  readonly doc: string;
  readonly fields: F;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;

/** The decoded form of a record, with its name as `type`. */
export type RecordValue<R> =
  R extends RecordSchema<infer N, infer F> ? { readonly type: N } & { readonly [K in keyof F]: ValueOf<F[K]> } : never;

export const string = (): Field<string> => ({ schema: 'string' });
export const boolean = (): Field<boolean> => ({ schema: 'boolean' });
export const int = (): Field<number> => ({ schema: 'int' });
export const double = (): Field<number> => ({ schema: 'double' });
/** Amounts in the minor unit of the record's `currency`. */
export const long = (): Field<number> => ({ schema: 'long' });
/** Milliseconds since the epoch, UTC. */
export const instant = (): Field<number> => ({ schema: { type: 'long', logicalType: 'timestamp-millis' } });
export const strings = (): Field<readonly string[]> => ({ schema: { type: 'array', items: 'string' }, fallback: [] });

/** An open set of words: the last one stands for a value this reader does not know yet. */
export function oneOf<const S extends readonly [string, ...string[]]>(name: string, symbols: S): Field<S[number]> {
  return { schema: { type: 'enum', name, symbols, default: symbols[symbols.length - 1] } };
}

export function optional<T>(field: Field<T>): Field<T | null> {
  return { schema: ['null', field.schema], fallback: null };
}

export function withDefault<T>(field: Field<T>, fallback: T): Field<T> {
  return { ...field, fallback };
}

export function record<const N extends string, F extends Fields>(name: N, doc: string, fields: F): RecordSchema<N, F> {
  return { name, doc, fields };
}
