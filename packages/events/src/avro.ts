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

/** A field a producer may leave out. */
export interface DefaultedField<T> extends Field<T> {
  readonly fallback: unknown;
}

export type Fields = Readonly<Record<string, Field<unknown>>>;

export interface RecordSchema<N extends string, F extends Fields> {
  readonly name: N;
  readonly doc: string;
  readonly fields: F;
}

type ValueOf<F> = F extends Field<infer T> ? T : never;
type FieldValues<F> = { readonly [K in keyof F]: ValueOf<F[K]> };
type DefaultedKeys<F> = { [K in keyof F]: F[K] extends { readonly fallback: unknown } ? K : never }[keyof F];
type FieldInputs<F> = { readonly [K in Exclude<keyof F, DefaultedKeys<F>>]: ValueOf<F[K]> } & {
  readonly [K in DefaultedKeys<F>]?: ValueOf<F[K]> | undefined;
};

/** The decoded form of a record, with its name as `type`. */
export type RecordValue<R> = R extends RecordSchema<infer N, infer F> ? { readonly type: N } & FieldValues<F> : never;

/** What an encoder takes: like the decoded form, but every field with a default may be absent. */
export type RecordInput<R> = R extends RecordSchema<infer N, infer F> ? { readonly type: N } & FieldInputs<F> : never;

export const string = (): Field<string> => ({ schema: 'string' });
export const boolean = (): Field<boolean> => ({ schema: 'boolean' });
export const int = (): Field<number> => ({ schema: 'int' });
export const double = (): Field<number> => ({ schema: 'double' });
/** Amounts in the minor unit of the record's `currency`. */
export const long = (): Field<number> => ({ schema: 'long' });
/** Milliseconds since the epoch, UTC. */
export const instant = (): Field<number> => ({ schema: { type: 'long', logicalType: 'timestamp-millis' } });
/** A day of the calendar, in days since 1970-01-01. */
export const date = (): Field<number> => ({ schema: { type: 'int', logicalType: 'date' } });
export const bytes = (): Field<Buffer> => ({ schema: 'bytes' });
export const strings = (): DefaultedField<readonly string[]> => ({ ...array(string()), fallback: [] });

export function array<T>(items: Field<T>): Field<readonly T[]> {
  return { schema: { type: 'array', items: items.schema } };
}

/** Keys are strings. */
export function map<T>(values: Field<T>): Field<Readonly<Record<string, T>>> {
  return { schema: { type: 'map', values: values.schema } };
}

/** A record inside a record. Its name is unique within the outer record; elements need all their fields when encoded. */
export function nested<F extends Fields>(name: string, fields: F): Field<FieldValues<F>> {
  return { schema: { type: 'record', name, fields: fieldSchemas(fields) } };
}

/** Avro names are letters, digits and underscores; a hyphen is what slips in. */
type Symbols<S> = { readonly [K in keyof S]: S[K] extends `${string}-${string}` ? never : S[K] };

/** An open set of words: the last one stands for a value this reader does not know yet. */
export function oneOf<const S extends readonly [string, ...string[]]>(
  name: string,
  symbols: S & Symbols<S>,
): Field<S[number]> {
  return { schema: { type: 'enum', name, symbols, default: symbols[symbols.length - 1] } };
}

export function optional<T>(field: Field<T>): DefaultedField<T | null> {
  return { schema: ['null', field.schema], fallback: null };
}

export function withDefault<T>(field: Field<T>, fallback: NoInfer<T>): DefaultedField<T> {
  return { ...field, fallback };
}

/** `type` is taken by the record's name in the decoded form. */
export function record<const N extends string, F extends Fields>(
  name: N,
  doc: string,
  fields: F & { readonly type?: never },
): RecordSchema<N, F> {
  return { name, doc, fields };
}

/** The `fields` of an Avro record schema, in declaration order. */
export function fieldSchemas(fields: Fields): readonly AvroSchema[] {
  return Object.entries(fields).map(([name, field]) =>
    field.fallback === undefined ? { name, type: field.schema } : { name, type: field.schema, default: field.fallback },
  );
}
