import {
  type CompiledPolicy,
  type Entry,
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  placeOf,
  type RecordReader,
  type Reporter,
  readRecord,
  scalarText,
} from '@holdfast/policy';
import { DECISION_KEYS, type DecisionKey, type Expectation, TIME_KEYS } from './model.ts';
import type { TestTime } from './test-time.ts';

export interface ExpectationReading {
  readonly policy: CompiledPolicy;
  readonly report: Reporter;
  readonly time: TestTime;
}

const OUTCOMES = ['contact', 'control', 'suppressed', 'no-action'];

/** Reads `then`: `nothing`, or the decisions in their order with what is to be said of them. */
export function readExpectations(entry: Entry, reading: ExpectationReading): readonly Expectation[] {
  if (scalarText(entry) === 'nothing') return [];
  const items = listItems(entry);
  if (items === undefined) {
    reading.report.error(placeOf(entry), 'then must be nothing, or a list such as [{ trigger: …, offer: … }]');
    return [];
  }
  return items.flatMap((item) => readExpectation(item, reading) ?? []);
}

function readExpectation(item: Located, reading: ExpectationReading): Expectation | undefined {
  const keys = mapEntries(item)?.map(({ key }) => key) ?? [];
  return keys.includes('no') ? readNothing(item, reading) : readDecision(item, reading);
}

function readNothing(item: Located, { policy, report }: ExpectationReading): Expectation | undefined {
  const reader = readRecord(item, 'what does not happen', ['no', 'because'], report);
  const trigger = reader?.text('no');
  if (reader === undefined || trigger === undefined) return undefined;
  checkName(reader, 'no', 'trigger', policy.triggers.keys(), report);
  return { kind: 'nothing', place: reader.place, trigger, because: reader.text('because') };
}

function readDecision(item: Located, { policy, report, time }: ExpectationReading): Expectation | undefined {
  const reader = readRecord(item, 'an expected decision', [...DECISION_KEYS, 'lost'], report);
  if (reader?.required('trigger') === undefined) return undefined;
  checkName(reader, 'trigger', 'trigger', policy.triggers.keys(), report);
  checkName(reader, 'campaign', 'campaign', policy.campaigns.keys(), report);
  checkName(reader, 'offer', 'offer', policy.offers.keys(), report);
  checkName(reader, 'outcome', 'outcome', OUTCOMES, report);
  const wanted = new Map<DecisionKey, string>();
  for (const key of DECISION_KEYS) {
    const text = reader.text(key);
    if (text !== undefined) wanted.set(key, TIME_KEYS.has(key) ? timeText(reader, key, time, report) : text);
  }
  return { kind: 'decision', place: reader.place, wanted, lost: readLost(reader, policy, report) };
}

/** As the outcome is written; a day without a clock stands for all of it. */
function timeText(reader: RecordReader, key: string, time: TestTime, report: Reporter): string {
  const entry = reader.entry(key);
  const text = reader.text(key) ?? '';
  const ms = text.startsWith('+') ? undefined : time.parse(text, 0);
  if (ms === undefined && entry) report.error(placeOf(entry), `${key} must be a time such as day 3 10:00, or a day`);
  const written = time.write(ms ?? 0);
  return text.includes(':') ? written : written.replace(/ [\d:]+$/, '');
}

function readLost(reader: RecordReader, policy: CompiledPolicy, report: Reporter): ReadonlyMap<string, string> {
  const entry = reader.entry('lost');
  const lost = new Map<string, string>();
  const entries = entry && mapEntries(entry);
  if (entry && entries === undefined)
    report.error(placeOf(entry), 'lost must be a map of offers with the reason they lost');
  for (const offer of entries ?? []) {
    if (!policy.offers.has(offer.key)) report.unknown(keyPlaceOf(offer), 'offer', offer.key, policy.offers.keys());
    lost.set(offer.key, scalarText(offer) ?? '');
  }
  return lost;
}

function checkName(reader: RecordReader, key: string, what: string, known: Iterable<string>, report: Reporter): void {
  const entry = reader.entry(key);
  const name = entry && scalarText(entry);
  const names = [...known];
  if (entry && name !== undefined && !names.includes(name)) report.unknown(placeOf(entry), what, name, names);
}
