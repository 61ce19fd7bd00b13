import type { AvroSchema } from './avro.ts';

/**
 * What a reader with the new schema could not, or not rightly, do with data written under the old one; empty when the
 * change is allowed. The rules are Avro's BACKWARD and stricter in one point: a removed enum symbol resolves to the
 * enum's default, so it can be read, but it changes what old records say.
 */
export function breakingChanges(reader: AvroSchema, writer: AvroSchema): readonly string[] {
  return compare(reader, writer, nameOf(reader));
}

interface Part {
  readonly type?: AvroSchema;
  readonly name?: string;
  readonly fields?: readonly FieldPart[];
  readonly symbols?: readonly string[];
  readonly default?: unknown;
  readonly items?: AvroSchema;
  readonly values?: AvroSchema;
  readonly size?: number;
}
interface FieldPart {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
}

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ['long', 'float', 'double'],
  long: ['float', 'double'],
  float: ['double'],
};

function compare(reader: AvroSchema, writer: AvroSchema, path: string): readonly string[] {
  if (isUnion(writer)) return writer.flatMap((branch) => compare(reader, branch, path));
  if (isUnion(reader)) return compareToUnion(reader, writer, path);
  const [now, before] = [partOf(reader), partOf(writer)];
  const [kind, oldKind] = [kindOf(reader), kindOf(writer)];
  if (kind !== oldKind) {
    return PROMOTIONS[oldKind]?.includes(kind) ? [] : [`${path}: type changed from ${oldKind} to ${kind}`];
  }
  if (now.name !== before.name) return [`${path}: renamed from ${before.name} to ${now.name}`];
  if (kind === 'record') return compareFields(now.fields ?? [], before.fields ?? [], path);
  if (kind === 'enum') return compareSymbols(now, before, path);
  if (kind === 'array') return compare(now.items ?? 'null', before.items ?? 'null', `${path}[]`);
  if (kind === 'map') return compare(now.values ?? 'null', before.values ?? 'null', `${path}{}`);
  return now.size === before.size ? [] : [`${path}: size changed from ${before.size} to ${now.size}`];
}

function compareToUnion(reader: readonly AvroSchema[], writer: AvroSchema, path: string): readonly string[] {
  const same = reader.find((branch) => kindOf(branch) === kindOf(writer));
  if (same !== undefined) return compare(same, writer, path);
  const readable = reader.some((branch) => compare(branch, writer, path).length === 0);
  return readable ? [] : [`${path}: ${kindOf(writer)} is not among the types any more`];
}

function compareFields(now: readonly FieldPart[], before: readonly FieldPart[], path: string): readonly string[] {
  const old = new Map(before.map((field) => [field.name, field]));
  return now.flatMap((field) => {
    const fieldPath = `${path}.${field.name}`;
    const was = old.get(field.name);
    if (was !== undefined) return compare(field.type, was.type, fieldPath);
    return 'default' in field ? [] : [`${fieldPath}: added without a default`];
  });
}

function compareSymbols(now: Part, before: Part, path: string): readonly string[] {
  const removed = (before.symbols ?? []).filter((symbol) => !now.symbols?.includes(symbol));
  return removed.map((symbol) => `${path}: symbol ${symbol} removed`);
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

function partOf(schema: AvroSchema): Part {
  return typeof schema === 'string' || isUnion(schema) ? {} : schema;
}

/** The type's name, of `{ "type": "long", "logicalType": … }` the inner one. */
function kindOf(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema;
  if (isUnion(schema)) return 'union';
  const { type } = partOf(schema);
  return type === undefined ? 'unknown' : kindOf(type);
}

function nameOf(schema: AvroSchema): string {
  return partOf(schema).name ?? kindOf(schema);
}
