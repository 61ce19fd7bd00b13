import { type AvroSchema, checkInput, type EventType, schemaEntry } from '@holdfast/events';
import {
  type CompiledPolicy,
  type Entry,
  type FieldType,
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  type PolicyContract,
  parseDuration,
  placeOf,
  type Reporter,
  scalarText,
  scalarValue,
} from '@holdfast/policy';
import type { TestEvent } from './model.ts';
import type { TestTime } from './test-time.ts';

export interface EventReading {
  readonly policy: CompiledPolicy;
  readonly contract: PolicyContract;
  readonly report: Reporter;
  readonly time: TestTime;
}

/** Events of one list with their repetitions. */
const MAX_EVENTS = 5_000;
/** What a test says of an event beside its fields. */
const OWN_KEYS: ReadonlySet<string> = new Set(['at', 'event', 'of', 'delay', 'every', 'times']);
/** What the runner fills in. */
const SET_BY_RUNNER: ReadonlySet<string> = new Set(['occurredAt', 'customerId']);

/** Reads `given` or `when`, in order of time; `+2h` counts from the event before, the first from `beforeMs`. */
export function readEvents(entry: Entry | undefined, beforeMs: number, reading: EventReading): readonly TestEvent[] {
  if (entry === undefined) return [];
  const items = listItems(entry);
  if (items === undefined) reading.report.error(placeOf(entry), `${entry.key} must be a list of events`);
  const events: TestEvent[] = [];
  let lastMs = beforeMs;
  for (const item of items ?? []) {
    const repeated = readEvent(item, lastMs, reading);
    lastMs = repeated.at(-1)?.atMs ?? lastMs;
    for (const event of repeated) events.push(event);
    if (events.length > MAX_EVENTS) {
      reading.report.error(placeOf(item), `a list has at most ${MAX_EVENTS} events`);
      break;
    }
  }
  return events;
}

function readEvent(item: Located, beforeMs: number, reading: EventReading): readonly TestEvent[] {
  const { report, contract, time } = reading;
  const entries = mapEntries(item);
  const find = (key: string) => entries?.find((entry) => entry.key === key);
  const [at, kind] = [find('at'), find('event')];
  if (entries === undefined || at === undefined || kind === undefined) {
    report.error(
      placeOf(item),
      'an event needs at and event, such as { at: day 3 10:00, event: UsageRecorded, kind: DATA }',
    );
    return [];
  }
  const type = scalarText(kind) ?? '';
  const fields = contract.events[type];
  if (fields === undefined) report.unknown(placeOf(kind), 'event type', type, Object.keys(contract.events));
  const atMs = time.parse(scalarText(at) ?? '', beforeMs);
  if (atMs === undefined) report.error(placeOf(at), 'at must be a time such as day 3 10:00, +2h or 2026-02-03 10:00');
  if (fields === undefined || atMs === undefined) return [];
  const told = Object.fromEntries(
    entries.filter(({ key }) => !OWN_KEYS.has(key)).map((field) => [field.key, readField(field, fields, reading)]),
  );
  const place = placeOf(item);
  const delayMs = readLength(find('delay'), 0, report);
  const answers = readAnswers(find('of'), { type, isAbout: 'contactId' in fields, told }, reading);
  const first = { place, type, atMs, delayMs, fields: { ...fillersOf(type, fields), ...told }, answers };
  checkEvent(first, report);
  return repetitions(first, { every: find('every'), times: find('times') }, report);
}

interface Answering {
  readonly type: string;
  /** Whether the event is about a contact. */
  readonly isAbout: boolean;
  readonly told: TestEvent['fields'];
}

function readAnswers(
  of: Entry | undefined,
  { type, isAbout, told }: Answering,
  { policy, report }: EventReading,
): TestEvent['answers'] {
  const trigger = of && scalarText(of);
  if (of && !isAbout) report.error(keyPlaceOf(of), `${type} is about no contact, so it has no "of"`);
  if (of && !policy.triggers.has(trigger ?? '')) {
    report.unknown(placeOf(of), 'trigger', trigger ?? '', [...policy.triggers.keys()]);
  }
  return isAbout && told.contactId === undefined ? { trigger, stated: told } : undefined;
}

function readField(field: Entry, fields: Readonly<Record<string, FieldType>>, { report, time }: EventReading): unknown {
  const declared = fields[field.key];
  if (declared === undefined || SET_BY_RUNNER.has(field.key)) {
    const known = Object.keys(fields).filter((name) => !SET_BY_RUNNER.has(name));
    report.unknown(keyPlaceOf(field), 'field', field.key, [...known, ...OWN_KEYS]);
    return undefined;
  }
  const value = scalarValue(field);
  if (value === null) return null;
  const isTime = declared.type === 'double' && (field.key.endsWith('At') || field.key === 'until');
  const read = isTime ? time.parse(scalarText(field) ?? '', 0) : typed(field, declared);
  if (read === undefined) report.error(placeOf(field), `${field.key} must be ${expected(declared, isTime)}`);
  return read;
}

function typed(field: Located, { type, symbols }: FieldType): unknown {
  const value = scalarValue(field);
  if (type === 'double') return typeof value === 'number' ? value : undefined;
  if (type === 'bool') return typeof value === 'boolean' ? value : undefined;
  if (type === 'strings') return listItems(field)?.map(scalarText);
  const text = scalarText(field);
  return symbols === undefined || (text !== undefined && symbols.includes(text)) ? text : undefined;
}

function expected({ type, symbols }: FieldType, isTime: boolean): string {
  if (isTime) return 'a time such as day 30';
  if (symbols !== undefined) return `one of ${symbols.join(', ')}`;
  return { double: 'a number', bool: 'true or false', strings: 'a list of texts', string: 'a text' }[type];
}

/** Fields that the contract asks for and a story seldom cares about. Closed sets are left out: they are the story. */
function fillersOf(type: string, fields: Readonly<Record<string, FieldType>>): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const { name, default: fallback } of schemaFields(type)) {
    const declared = fields[name];
    if (declared === undefined || declared.symbols !== undefined || !isFilled(name)) continue;
    filled[name] = fallback === undefined ? fillerOf(name, declared) : fallback;
  }
  return filled;
}

/** Every event has an id of its own unless the test gives one twice, which makes a duplicate. */
const isFilled = (name: string): boolean => name !== 'eventId' && !SET_BY_RUNNER.has(name);

function fillerOf(name: string, { type }: FieldType): unknown {
  if (name === 'source') return 'test';
  if (type === 'double') return 0;
  if (type === 'bool') return false;
  return type === 'strings' ? [] : name.endsWith('Id') ? `${name.slice(0, -2)}-1` : 'test';
}

interface SchemaField {
  readonly name: string;
  readonly default?: unknown;
}

function schemaFields(type: string): readonly SchemaField[] {
  const schema = schemaEntry(type as EventType)?.schema as AvroSchema | undefined;
  const { fields = [] } = (schema ?? {}) as { readonly fields?: readonly SchemaField[] };
  return fields;
}

function checkEvent({ type, fields, atMs, place }: TestEvent, report: Reporter): void {
  if (report.errorCount > 0) return;
  const event = { eventId: 'test', ...fields, type, occurredAt: atMs, customerId: 'customer-1' };
  for (const { field, message } of checkInput(event as Parameters<typeof checkInput>[0])) {
    report.error(place, `${type}: ${field} ${message}`);
  }
}

function repetitions(
  first: TestEvent,
  { every, times }: { readonly every: Entry | undefined; readonly times: Entry | undefined },
  report: Reporter,
): readonly TestEvent[] {
  if (every === undefined && times === undefined) return [first];
  const count = times && scalarValue(times);
  const isCount = typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MAX_EVENTS;
  if (every === undefined || !isCount) {
    report.error(first.place, `a repeated event needs every, such as 8h, and times, from 1 to ${MAX_EVENTS}`);
    return [first];
  }
  const stepMs = readLength(every, 0, report);
  return Array.from({ length: count }, (_, index) => ({ ...first, atMs: first.atMs + index * stepMs }));
}

function readLength(entry: Entry | undefined, fallback: number, report: Reporter): number {
  if (entry === undefined) return fallback;
  const ms = parseDuration(scalarText(entry) ?? '');
  if (ms === undefined) report.error(placeOf(entry), `${entry.key} must be a duration such as 15m, 8h or 1d`);
  return ms ?? fallback;
}
