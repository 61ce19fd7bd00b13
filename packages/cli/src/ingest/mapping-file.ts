import { type AvroSchema, type EventInput, FAMILIES, schemaEntry } from '@holdfast/events';
import { createReporter, type Diagnostic, type Reporter } from '@holdfast/policy';
import { type Conversion, conversionOf, fieldTypeOf } from './conversion.ts';
import { type FieldRule, type Mapping, mappingSchema } from './mapping-model.ts';
import type { CompiledField, CompiledMapping, CompiledType } from './row-mapper.ts';
import { readYamlDocument, type YamlDocument } from './yaml-document.ts';

export interface MappingFile extends CompiledMapping {
  /** What is wrong with the mapping for a file that has these columns and no others. */
  missingColumns(columns: readonly string[]): readonly Diagnostic[];
}

export type ReadMapping =
  | { readonly kind: 'read'; readonly file: MappingFile }
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

/** Reads a mapping and checks it against the contracts of its events. Never throws for what is written in it. */
export function readMapping(path: string, text: string): ReadMapping {
  const report = createReporter();
  const document = readYamlDocument({ path, text }, mappingSchema, report);
  const types = document && compileTypes(document, report);
  if (document === undefined || types === undefined || report.errorCount > 0) {
    return { kind: 'invalid', diagnostics: report.diagnostics };
  }
  return {
    kind: 'read',
    file: {
      mapping: document.value,
      types,
      missingColumns(columns) {
        const missing = createReporter();
        checkColumns(document, columns, missing);
        return missing.diagnostics;
      },
    },
  };
}

const EVENT_TYPES: readonly string[] = Object.values(FAMILIES).flatMap((records) => Object.keys(records));
/** Told by keys of their own. */
const IDENTITY: readonly string[] = ['eventId', 'source', 'occurredAt', 'customerId'];

type Path = readonly PropertyKey[];

function compileTypes(
  document: YamlDocument<Mapping>,
  report: Reporter,
): ReadonlyMap<string, CompiledType> | undefined {
  const { mapping, event } = { mapping: document.value, event: document.value.event };
  const { file } = mapping;
  if (file.format === 'fixed-width') checkWidths(document, report);
  const written: [string, string, Path, Readonly<Record<string, FieldRule>>][] =
    event.type !== undefined
      ? [['', event.type, ['event'], {}]]
      : Object.entries(event.types ?? {}).map(([word, one]) => [word, one.event, ['event', 'types', word], one.fields]);
  const types = new Map<string, CompiledType>();
  for (const [word, type, path, own] of written) {
    const compiled = compileType(document, { type, path, own }, report);
    if (compiled !== undefined) types.set(word, compiled);
  }
  return types;
}

function compileType(
  document: YamlDocument<Mapping>,
  {
    type,
    path,
    own,
  }: { readonly type: string; readonly path: Path; readonly own: Readonly<Record<string, FieldRule>> },
  report: Reporter,
): CompiledType | undefined {
  const { customerId, occurredAt, fields } = document.value;
  if (!EVENT_TYPES.includes(type)) {
    report.unknown(document.placeAt(path), 'event type', type, EVENT_TYPES);
    return undefined;
  }
  const schemas = fieldSchemas(type);
  const rules: [string, FieldRule, Path][] = [
    ['customerId', customerId, ['customerId']],
    ['occurredAt', occurredAt, ['occurredAt']],
    ...Object.entries(fields).map(([field, rule]): [string, FieldRule, Path] => [field, rule, ['fields', field]]),
    ...Object.entries(own).map(([field, rule]): [string, FieldRule, Path] => [field, rule, [...path, 'fields', field]]),
  ];
  const compiled = new Map<string, CompiledField>();
  for (const [field, rule, at] of rules) {
    const convert = compileRule(document, { type, field, rule, at, schemas }, report);
    if (convert !== undefined) compiled.set(field, { field, rule, convert });
  }
  for (const [field, schema] of schemas) {
    if (schema.isRequired && !IDENTITY.includes(field) && !rules.some(([name]) => name === field))
      report.error(document.placeAt(path), `${type} needs the field ${field}`);
  }
  return { type: type as EventInput['type'], fields: [...compiled.values()] };
}

interface RuleAt {
  readonly type: string;
  readonly field: string;
  readonly rule: FieldRule;
  readonly at: Path;
  readonly schemas: ReadonlyMap<string, FieldSchema>;
}

function compileRule(
  document: YamlDocument<Mapping>,
  { type, field, rule, at, schemas }: RuleAt,
  report: Reporter,
): Conversion | undefined {
  const place = document.placeAt(at);
  if (IDENTITY.includes(field) && at.at(0) !== field) {
    report.error(place, `${field} is told by a key of its own, beside fields`);
    return undefined;
  }
  const schema = schemas.get(field);
  if (schema === undefined) {
    report.unknown(place, `field of ${type}`, field, schemas.keys());
    return undefined;
  }
  const fieldType = fieldTypeOf(schema.schema);
  if (fieldType === undefined) {
    report.error(place, `${field} cannot be told by a row`);
    return undefined;
  }
  const convert = conversionOf(rule, fieldType, document.value.file.decimal);
  if (typeof convert === 'function')
    return checkConstants(convert, rule, (key) => document.placeAt([...at, key]), report);
  for (const { key, message } of convert) report.error(document.placeAt([...at, key]), `${field}: ${message}`);
  return undefined;
}

/** What is written in the mapping is read now, not at the first row. */
function checkConstants(
  convert: Conversion,
  rule: FieldRule,
  placeOf: (key: string) => ReturnType<YamlDocument<Mapping>['placeAt']>,
  report: Reporter,
): Conversion {
  if (rule.map !== undefined) return convert;
  for (const key of ['constant', 'default'] as const) {
    const text = rule[key];
    const read = text === undefined || text === '' ? undefined : convert((rule.prefix ?? '') + text);
    if (read !== undefined && 'problem' in read) report.error(placeOf(key), `${key} ${read.problem}`);
  }
  return convert;
}

interface FieldSchema {
  readonly schema: AvroSchema;
  readonly isRequired: boolean;
}

function fieldSchemas(type: string): ReadonlyMap<string, FieldSchema> {
  const record = schemaEntry(type)?.schema as Partial<AvroRecord> | undefined;
  const fields = record?.fields ?? [];
  return new Map(fields.map((field) => [field.name, { schema: field.type, isRequired: !('default' in field) }]));
}

interface AvroRecord {
  readonly fields: readonly { readonly name: string; readonly type: AvroSchema; readonly default?: unknown }[];
}

function checkWidths(document: YamlDocument<Mapping>, report: Reporter): void {
  const { file } = document.value;
  if (file.format !== 'fixed-width') return;
  for (const [name, { from, to }] of Object.entries(file.columns)) {
    if (to < from) report.error(document.placeAt(['file', 'columns', name]), `column ${name} ends before it begins`);
  }
  checkColumns(document, Object.keys(file.columns), report);
}

function checkColumns(document: YamlDocument<Mapping>, columns: readonly string[], report: Reporter): void {
  for (const [name, path] of namedColumns(document.value)) {
    if (!columns.includes(name)) report.unknown(document.placeAt(path), 'column', name, columns);
  }
}

/** Every column a mapping speaks of, with the place where it does. */
function namedColumns({ event, eventId, customerId, occurredAt, fields, skipIf }: Mapping): readonly [string, Path][] {
  return [
    ...(event.column === undefined ? [] : [[event.column, ['event', 'column']] as [string, Path]]),
    ...(eventId.column === undefined ? [] : [[eventId.column, ['eventId', 'column']] as [string, Path]]),
    ...(Array.isArray(eventId.hash)
      ? eventId.hash.map((name, at): [string, Path] => [name, ['eventId', 'hash', at]])
      : []),
    ...columnsOf(customerId, ['customerId']),
    ...columnsOf(occurredAt, ['occurredAt']),
    ...columnsOfAll(fields, ['fields']),
    ...Object.entries(event.types ?? {}).flatMap(([word, one]) =>
      columnsOfAll(one.fields, ['event', 'types', word, 'fields']),
    ),
    ...skipIf.map(({ column }, at): [string, Path] => [column, ['skipIf', at, 'column']]),
  ];
}

function columnsOfAll(fields: Readonly<Record<string, FieldRule>>, path: Path): readonly [string, Path][] {
  return Object.entries(fields).flatMap(([field, rule]) => columnsOf(rule, [...path, field]));
}

function columnsOf({ column, columns = [] }: FieldRule, path: Path): readonly [string, Path][] {
  const several = columns.map((name, at): [string, Path] => [name, [...path, 'columns', at]]);
  return column === undefined ? several : [[column, [...path, 'column']], ...several];
}
