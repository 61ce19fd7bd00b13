import {
  type CompiledPolicy,
  createReporter,
  type Diagnostic,
  type Located,
  listItems,
  type PolicyContract,
  parseYaml,
  placeOf,
  type RecordReader,
  type Reporter,
  readRecord,
  scalarValue,
} from '@holdfast/policy';
import { readEvents } from './event-list.ts';
import { readExpectations } from './expectation-list.ts';
import { GROUPS, type PolicyTest, type TestCustomer } from './model.ts';
import { testTimeOf } from './test-time.ts';

/** Bytes of one file and tests in it: what is larger is no test that anybody reads. */
const LIMITS = { textLength: 512 * 1024, tests: 500 };
const KEYS = ['name', 'customer', 'start', 'timeZone', 'as-if-live', 'given', 'when', 'until', 'then'];
const START = '2026-01-01';

export interface TestFile {
  /** Empty when there are findings. */
  readonly tests: readonly PolicyTest[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads one `*.test.yaml`: `tests:` with a list of stories. Every mistake is told with its place; never throws for one. */
export function readTestFile(path: string, text: string, policy: CompiledPolicy, contract: PolicyContract): TestFile {
  const report = createReporter();
  const tests =
    text.length > LIMITS.textLength ? tooLong(path, report) : readAll(path, text, { policy, contract, report });
  return report.errorCount > 0 ? { tests: [], diagnostics: report.diagnostics } : { tests, diagnostics: [] };
}

interface Reading {
  readonly policy: CompiledPolicy;
  readonly contract: PolicyContract;
  readonly report: Reporter;
}

function tooLong(path: string, report: Reporter): readonly PolicyTest[] {
  report.error({ file: path, line: 1, column: 1 }, `a test file has at most ${LIMITS.textLength} characters`);
  return [];
}

function readAll(path: string, text: string, reading: Reading): readonly PolicyTest[] {
  const { report } = reading;
  const root = parseYaml(path, text, report);
  const file = root && readRecord(root, 'a test file', ['tests'], report);
  const section = file?.required('tests');
  if (section === undefined) return [];
  const items = listItems(section);
  if (items === undefined || items.length === 0 || items.length > LIMITS.tests) {
    report.error(placeOf(section), `tests must be a list of 1 to ${LIMITS.tests} tests`);
    return [];
  }
  return items.flatMap((item) => readTest(item, reading) ?? []);
}

function readTest(item: Located, reading: Reading): PolicyTest | undefined {
  const { report } = reading;
  const reader = readRecord(item, 'a test', KEYS, report);
  const name = reader?.required('name') && reader.text('name');
  const then = reader?.required('then');
  if (reader === undefined || name === undefined || then === undefined) return undefined;
  const start = reader.text('start') ?? START;
  const time = testTimeOf(start, reader.text('timeZone') ?? 'UTC');
  if (time === undefined) {
    report.error(reader.place, 'start must be a date such as 2026-01-01, timeZone one such as Asia/Shanghai');
    return undefined;
  }
  const startMs = time.parse('day 1', 0) ?? 0;
  const events = { ...reading, time };
  const given = readEvents(reader.entry('given'), startMs, events);
  const when = readEvents(reader.entry('when'), given.at(-1)?.atMs ?? startMs, events);
  const lastMs = when.at(-1)?.atMs ?? given.at(-1)?.atMs ?? startMs;
  if (given.length + when.length === 0 && report.errorCount === 0)
    report.error(reader.place, 'a test needs events under given or when');
  return {
    name,
    place: reader.place,
    customer: readCustomer(reader, report),
    given,
    when,
    untilMs: readUntil(reader, time.parse, lastMs, report),
    expected: readExpectations(then, { ...reading, time }),
    isAsIfLive: readFlag(reader, 'as-if-live', report),
    time,
  };
}

function readCustomer(reader: RecordReader, report: Reporter): TestCustomer {
  const entry = reader.entry('customer');
  const text = reader.text('customer');
  const group = GROUPS.find((name) => name === (text ?? 'treated'));
  if (group !== undefined) return { kind: 'group', group, place: entry ? placeOf(entry) : reader.place };
  if (entry && !/^[\w.:-]{1,64}$/.test(text ?? '')) {
    report.error(placeOf(entry), `customer must be one of ${GROUPS.join(', ')} or an id`);
  }
  return { kind: 'id', id: text ?? '' };
}

function readFlag(reader: RecordReader, key: string, report: Reporter): boolean {
  const entry = reader.entry(key);
  const value = entry && scalarValue(entry);
  if (entry && typeof value !== 'boolean') report.error(placeOf(entry), `${key} must be true or false`);
  return value === true;
}

/** A year beyond the last event: further away nothing a policy waits for is due. */
const MAX_WAIT_MS = 400 * 86_400_000;

function readUntil(
  reader: RecordReader,
  parse: (text: string, beforeMs: number) => number | undefined,
  lastMs: number,
  report: Reporter,
): number | undefined {
  const entry = reader.entry('until');
  if (entry === undefined) return undefined;
  const untilMs = parse(reader.text('until') ?? '', lastMs);
  if (untilMs === undefined || untilMs < lastMs || untilMs > lastMs + MAX_WAIT_MS) {
    report.error(
      placeOf(entry),
      'until must be a time such as day 12, day 12 10:00 or +7d, up to 400 days after the last event',
    );
  }
  return untilMs;
}
