import { createHash } from 'node:crypto';
import { checkInput, type EventInput } from '@holdfast/events';
import type { Conversion } from './conversion.ts';
import type { FieldRule, Mapping, SkipCondition } from './mapping-model.ts';

export type RowOutcome =
  | { readonly kind: 'event'; readonly event: EventInput }
  /** By a condition of the mapping. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'rejected'; readonly field: string; readonly reason: string };

/** Turns the cells of a row, in the order of the file's columns, into an event. */
export type RowMapper = (cells: readonly string[]) => RowOutcome;

/** One field of one event type, ready to be read from a row. */
export interface CompiledField {
  readonly field: string;
  readonly rule: FieldRule;
  readonly convert: Conversion;
}

/** One event type that rows become. */
export interface CompiledType {
  readonly type: EventInput['type'];
  readonly fields: readonly CompiledField[];
}

/** A mapping whose names and conversions were found sound. */
export interface CompiledMapping {
  readonly mapping: Mapping;
  /** By the value of the column that chooses; under the empty text where nothing chooses. */
  readonly types: ReadonlyMap<string, CompiledType>;
}

/**
 * The mapper for a file with these columns. Every column that the mapping names must be among them: `missingColumns` says
 * which are not. The same row always becomes the same event, under the same id.
 */
export function createRowMapper({ mapping, types }: CompiledMapping, columns: readonly string[]): RowMapper {
  const indexOf = (name: string) => columns.indexOf(name);
  const empty = new Set(['', ...mapping.file.empty]);
  const isSkipped = skipper(mapping.skipIf, indexOf, empty);
  const chooses = chooser(mapping, types, indexOf);
  const idOf = identifier(mapping.eventId, columns);
  const readers = new Map([...types.values()].map((type) => [type, fieldReaders(type, indexOf, empty)]));
  const { source } = mapping;
  return (cells) => {
    if (isSkipped(cells)) return SKIPPED;
    const chosen = chooses(cells);
    if ('kind' in chosen) return chosen;
    const event: Record<string, unknown> = { type: chosen.type, source, eventId: idOf(cells) };
    for (const { field, read } of readers.get(chosen) ?? []) {
      const answer = read(cells);
      if (answer === undefined) continue;
      if ('problem' in answer) return { kind: 'rejected', field, reason: answer.problem };
      event[field] = answer.value;
    }
    const [problem] = checkInput(event as EventInput);
    if (problem !== undefined) return { kind: 'rejected', field: problem.field, reason: problem.message };
    return { kind: 'event', event: event as EventInput };
  };
}

const SKIPPED: RowOutcome = { kind: 'skipped' };

function skipper(
  conditions: readonly SkipCondition[],
  indexOf: (name: string) => number,
  empty: ReadonlySet<string>,
): (cells: readonly string[]) => boolean {
  const tests = conditions.map((condition) => {
    const index = indexOf(condition.column);
    const isAmong = condition.in && new Set(condition.in);
    const isNotAmong = condition.notIn && new Set(condition.notIn);
    return (cells: readonly string[]) => {
      const text = (cells[index] ?? '').trim();
      if (isAmong) return isAmong.has(text);
      if (isNotAmong) return !isNotAmong.has(text);
      return empty.has(text) === condition.empty;
    };
  });
  return (cells) => tests.some((test) => test(cells));
}

function chooser(
  { event }: Mapping,
  types: ReadonlyMap<string, CompiledType>,
  indexOf: (name: string) => number,
): (cells: readonly string[]) => CompiledType | RowOutcome {
  const { column, otherwise } = event;
  if (column === undefined) {
    const only = types.get('') as CompiledType;
    return () => only;
  }
  const index = indexOf(column);
  const unknown: RowOutcome =
    otherwise === 'skip'
      ? SKIPPED
      : { kind: 'rejected', field: 'type', reason: `column ${column} chooses none of ${[...types.keys()].join(', ')}` };
  return (cells) => types.get((cells[index] ?? '').trim()) ?? unknown;
}

/** Hex digits: as many as make a clash of two rows less likely than a broken disk. */
const HASH_LENGTH = 32;

function identifier(
  { column, hash, prefix = '' }: Mapping['eventId'],
  columns: readonly string[],
): (cells: readonly string[]) => string {
  if (column !== undefined) {
    const index = columns.indexOf(column);
    return (cells) => {
      const text = (cells[index] ?? '').trim();
      // An empty id with a prefix would be the same one for every row.
      return text === '' ? '' : prefix + text;
    };
  }
  const indices = (hash === '*' ? columns : (hash ?? [])).map((name) => columns.indexOf(name));
  return (cells) => {
    // As JSON, so that no two lists of cells are written alike.
    const written = JSON.stringify(indices.map((index) => cells[index] ?? ''));
    return prefix + createHash('sha256').update(written).digest('hex').slice(0, HASH_LENGTH);
  };
}

interface FieldReader {
  readonly field: string;
  /** Undefined where the row says nothing of it. */
  read(cells: readonly string[]): ReturnType<Conversion> | undefined;
}

function fieldReaders(
  { fields }: CompiledType,
  indexOf: (name: string) => number,
  empty: ReadonlySet<string>,
): readonly FieldReader[] {
  return fields.map(({ field, rule, convert }) => {
    const textOf = textReader(rule, indexOf);
    const map = rule.map && new Map(Object.entries(rule.map));
    const { default: fallback, otherwise, prefix = '' } = rule;
    return {
      field,
      read(cells) {
        const given = textOf(cells);
        const text = empty.has(given) ? fallback : given;
        if (text === undefined) return undefined;
        const mapped = map === undefined ? text : (map.get(text) ?? otherwise);
        if (mapped === undefined) return { problem: `${shown(text)} is nothing that map has` };
        const converted = convert(prefix + mapped);
        return 'problem' in converted ? { problem: `${shown(text)} ${converted.problem}` } : converted;
      },
    };
  });
}

function textReader(rule: FieldRule, indexOf: (name: string) => number): (cells: readonly string[]) => string {
  const { constant, column, columns = [], join = ' ' } = rule;
  if (constant !== undefined) return () => constant;
  if (column !== undefined) {
    const index = indexOf(column);
    return (cells) => (cells[index] ?? '').trim();
  }
  const indices = columns.map(indexOf);
  return (cells) => {
    const texts = indices.map((index) => (cells[index] ?? '').trim());
    return texts.every((text) => text === '') ? '' : texts.join(join);
  };
}

const SHOWN_CHARACTERS = 40;

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text);
}
