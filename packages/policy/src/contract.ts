import { type AvroSchema, FAMILIES } from '@holdfast/events';

/** Types a policy author sees: every number is a double. */
export type ValueType = 'double' | 'string' | 'bool' | 'strings';

export interface FieldType {
  readonly type: ValueType;
  /** Only whole numbers occur: sums need no fractions. */
  readonly isWhole: boolean;
  /** Whether it may be empty. */
  readonly isOptional?: boolean;
  /** The words of a closed set. */
  readonly symbols?: readonly string[];
}

/** What a policy may speak about. */
export interface PolicyContract {
  /** Fields by event type. */
  readonly events: Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  readonly attributes: Readonly<Record<string, ValueType>>;
  readonly channels: readonly string[];
  /** What attributes can come to, where that is known. */
  readonly ranges?: Readonly<Record<string, { readonly min: number; readonly max: number }>>;
  /** Attributes that have a value of every customer. */
  readonly alwaysKnown?: readonly string[];
  /** Event types that are never told to a customer: no trigger on them can fire. */
  readonly neverTold?: readonly string[];
  /** Channels that somebody delivers; all when absent. */
  readonly delivered?: readonly string[];
  /** Ids that no campaign may have, as figures of something else go by them. */
  readonly takenCampaigns?: readonly string[];
  /** What goals are measured by; anything when absent. `*_` stands for any beginning. */
  readonly goals?: readonly string[];
  /** Triggers that nothing fires: a campaign that lists one answers whoever asks. No trigger of a policy can have the id. */
  readonly requestTriggers?: readonly string[];
  /** Placeholders of scripts and reasons beside features, attributes and event fields. */
  readonly placeholders?: readonly string[];
  /** What a customer's state remembers for triggers: kinds of events they wait for, and timers kept apart. */
  readonly limits?: { readonly awaited: number; readonly timed: number };
}

interface AnyRecord {
  readonly name: string;
  readonly fields: Readonly<Record<string, { readonly schema: AvroSchema }>>;
}

/** Fields and types of every business event, from the schemas themselves. */
export function eventFields(): PolicyContract['events'] {
  const events: Record<string, Record<string, FieldType>> = {};
  const families: readonly Readonly<Record<string, AnyRecord>>[] = Object.values(FAMILIES);
  for (const family of families) {
    for (const { name, fields } of Object.values(family)) {
      const types: Record<string, FieldType> = {};
      for (const [field, { schema }] of Object.entries(fields)) {
        const type = fieldType(schema);
        if (type !== undefined) types[field] = type;
      }
      events[name] = types;
    }
  }
  return events;
}

/** Undefined for what conditions cannot look at (bytes, nested records). */
function fieldType(schema: AvroSchema): FieldType | undefined {
  if (schema === 'string') return { type: 'string', isWhole: false };
  if (schema === 'boolean') return { type: 'bool', isWhole: false };
  if (schema === 'int' || schema === 'long') return { type: 'double', isWhole: true };
  if (schema === 'double' || schema === 'float') return { type: 'double', isWhole: false };
  if (typeof schema === 'string') return undefined;
  if (isUnion(schema)) {
    const present = schema.find((branch) => branch !== 'null');
    const type = present === undefined ? undefined : fieldType(present);
    return type && { ...type, isOptional: schema.includes('null') };
  }
  return complexType(schema as { readonly [key: string]: unknown });
}

function complexType(schema: { readonly [key: string]: unknown }): FieldType | undefined {
  if (schema.type === 'enum') return { type: 'string', isWhole: false, symbols: schema.symbols as readonly string[] };
  if (schema.type === 'array') return schema.items === 'string' ? { type: 'strings', isWhole: false } : undefined;
  return typeof schema.type === 'string' && schema.type !== 'record' && schema.type !== 'map'
    ? fieldType(schema.type)
    : undefined;
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

/** The contract without inherited names: `from: constructor` is as unknown as any other word. */
export function ownNamesOnly(contract: PolicyContract): PolicyContract {
  const events = Object.entries(contract.events).map(([type, fields]) => [type, withoutPrototype(fields)] as const);
  return {
    ...contract,
    events: withoutPrototype(Object.fromEntries(events)),
    attributes: withoutPrototype(contract.attributes),
  };
}

function withoutPrototype<T extends object>(value: T): T {
  const bare: T = Object.setPrototypeOf({ ...value }, null);
  return bare;
}
