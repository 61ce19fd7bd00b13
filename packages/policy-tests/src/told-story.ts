import type { LogRecord } from '@holdfast/engine';
import {
  createDecoder,
  createEncoder,
  type DecisionMade,
  type EventInput,
  type EventType,
  schemaEntry,
  schemaTable,
} from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import type { PolicyTest, TestEvent } from './model.ts';

const HOUR_MS = 3_600_000;

/** An event of a story that is to be told at a time, ms. */
export interface Told {
  readonly appendTime: number;
  readonly event: Readonly<Record<string, unknown>> & { readonly type: string; readonly customerId: string };
  /** The event is about what was decided by then. */
  readonly answers: TestEvent['answers'];
}

/** In order of append time. Feeds that a silence waits for go on by the hour: a silent feed tells nothing of anybody. */
export function toldStory(
  { given, when }: PolicyTest,
  customerId: string,
  { policy, endMs }: { readonly policy: CompiledPolicy; readonly endMs: number },
): readonly Told[] {
  const events = [...given, ...when].sort((a, b) => a.atMs + a.delayMs - (b.atMs + b.delayMs));
  const told = events.map(({ type, atMs, delayMs, fields, answers }, index) => ({
    appendTime: atMs + delayMs,
    event: { eventId: `test-${index}`, ...fields, type, occurredAt: atMs, customerId },
    answers,
  }));
  return [...told, ...heartbeats(events, policy, endMs)].sort((a, b) => a.appendTime - b.appendTime);
}

function heartbeats(events: readonly TestEvent[], policy: CompiledPolicy, endMs: number): readonly Told[] {
  const awaited = new Set(
    [...policy.triggers.values()].flatMap(({ absence, sequence }) => [
      absence?.of,
      sequence?.without && sequence.first.of,
    ]),
  );
  const feeds = new Map(
    events
      .filter(({ type }) => awaited.has(type))
      .map(({ type, fields, atMs }) => [`${fields.source} ${type}`, { feedType: type, source: fields.source, atMs }]),
  );
  return [...feeds.values()].flatMap(({ feedType, source, atMs }) =>
    Array.from({ length: Math.max(0, Math.floor((endMs - atMs) / HOUR_MS)) }, (_, index) => {
      const occurredAt = atMs + (index + 1) * HOUR_MS;
      const eventId = `alive-${feedType}-${index}`;
      const event = { type: 'FeedHeartbeat', eventId, source, occurredAt, customerId: 'feed', feedType };
      return { appendTime: occurredAt, event, answers: undefined };
    }),
  );
}

/** The event with what it says of the contact it is about, where the story does not say it itself. */
export function answerTo(told: Told, decision: DecisionMade): Told {
  const { contactId, offer, campaign, arm, channel, category, sendAt } = decision;
  const about = { contactId, offer, campaign, arm, channel, category, sendAt };
  return { ...told, event: { ...told.event, ...about, ...told.answers?.stated } };
}

/** The latest contact that an answer may be about; undefined when there was none. */
export function contactFor({ answers }: Told, decisions: readonly DecisionMade[]): DecisionMade | undefined {
  return decisions.findLast(
    ({ outcome, trigger }) => outcome === 'contact' && (answers?.trigger === undefined || trigger === answers.trigger),
  );
}

const IDS = Object.fromEntries(schemaTable().map(({ record }, index) => [record, index + 1]));
const encoder = createEncoder(IDS);
const decoder = createDecoder();
for (const { record, schema } of schemaTable()) decoder.addSchema(IDS[record] ?? 0, JSON.stringify(schema));

export function decodeRecord(record: LogRecord) {
  const outcome = decoder.decode(record.value ?? Buffer.alloc(0));
  return outcome.kind === 'unknown-schema' ? ({ kind: 'retry', message: 'unknown schema' } as const) : outcome;
}

/** Makes records of a log that has one partition, each behind the one before. */
export function createLog(): (told: Told) => LogRecord {
  const offsets = new Map<string, number>();
  return ({ appendTime, event }) => {
    const topic = schemaEntry(event.type as EventType)?.topic ?? '';
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    const value = encoder.encode(event as unknown as EventInput<EventType>);
    return { topic, partition: 0, offset, appendTime, key: Buffer.from(event.customerId), value, headers: {} };
  };
}
