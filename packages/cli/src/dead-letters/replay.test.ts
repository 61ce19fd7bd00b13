import type { LogRecord, OutputLog, ProducedMessage } from '@holdfast/engine';
import { KafkaConfigurationError } from '@holdfast/kafka';
import { describe, expect, it } from 'vitest';
import { letterOf } from './letter.ts';
import type { FoundLetter } from './letter-scan.ts';
import { type ReplayDeps, type ReplayOptions, replayLetters } from './replay.ts';
import { replayedOrigins } from './replay-marker.ts';

const USAGE = 'telecom.usage.v1';
const LETTERS = 'holdfast.dead-letter.v1';

interface Sent extends ProducedMessage {
  readonly topic: string;
  readonly partition: number;
}

/** A log that keeps what it is given, knows two topics, and refuses what the test says. */
function memoryLog(refuses: (message: ProducedMessage) => Error | undefined = () => undefined) {
  const sent: Sent[] = [];
  const output: OutputLog = {
    async produce(topic, partition, messages) {
      const refusal = messages.map(refuses).find((error) => error !== undefined);
      if (refusal) throw refusal;
      sent.push(...messages.map((message) => ({ ...message, topic, partition })));
      return { baseOffset: sent.length };
    },
    async partitionCount(topic) {
      if (topic === USAGE || topic === LETTERS) return 4;
      throw new KafkaConfigurationError(`topic ${topic} does not exist`, 'create it');
    },
    close: async () => undefined,
  };
  const marked = () => sent.flatMap((each) => replayedOrigins({ ...each, offset: 0, appendTime: 0 }) ?? []);
  return { output, sent, marked, records: () => sent.filter(({ topic }) => topic !== LETTERS) };
}

let offset = 0;

function letter(more: Partial<LogRecord> = {}, headers: Readonly<Record<string, string>> = {}): FoundLetter {
  const all = {
    '__connect.errors.topic': USAGE,
    '__connect.errors.partition': '1',
    '__connect.errors.offset': String(100 + offset),
    '__connect.errors.connector.name': 'holdfast',
    origin: 'mediation-7',
    ...headers,
  };
  const record: LogRecord = {
    topic: LETTERS,
    partition: 0,
    offset: offset++,
    appendTime: 1,
    key: Buffer.from('c-1'),
    value: Buffer.from('an event'),
    headers: Object.fromEntries(Object.entries(all).map(([name, text]) => [name, Buffer.from(text)])),
    ...more,
  };
  return { letter: letterOf(record), record, isReplayed: false };
}

async function* each(letters: readonly FoundLetter[]) {
  yield* letters;
}

const OPTIONS: ReplayOptions = { limit: 1_000, recordsPerSecond: 1_000_000, dryRun: false, again: false };

const replay = (
  letters: readonly FoundLetter[],
  log: { output: OutputLog },
  more: Partial<ReplayOptions & ReplayDeps> = {},
) =>
  replayLetters(
    each(letters),
    { output: log.output, originalOf: async () => undefined, ...more },
    { ...OPTIONS, ...more },
  );

describe('a replay', () => {
  it('sends the record as it was to the partition of its key, with one attempt more, and marks the letter', async () => {
    const log = memoryLog();
    const found = letter();
    const report = await replay([found], log);
    expect(report).toMatchObject({ letters: [{ id: found.letter.id, attempt: 2 }], refused: [], failure: undefined });
    const [sent] = log.records();
    expect(sent).toMatchObject({ topic: USAGE, key: Buffer.from('c-1'), value: Buffer.from('an event') });
    expect(sent?.partition).toBe(3);
    expect(
      Object.entries(sent?.headers ?? {})
        .map(([name, bytes]) => `${name}=${bytes}`)
        .sort(),
    ).toEqual(['holdfast-attempt=2', `holdfast-replay-of=${found.letter.origin}`, 'origin=mediation-7']);
    expect(log.marked()).toEqual([found.letter.origin]);
  });

  it('goes on counting attempts of what came back', async () => {
    const log = memoryLog();
    await replay([letter({}, { 'holdfast-attempt': '4' })], log);
    expect(String(log.records()[0]?.headers['holdfast-attempt'])).toBe('5');
  });

  it('leaves out what was replayed before, unless it is asked to do it again', async () => {
    const log = memoryLog();
    const before = { ...letter(), isReplayed: true };
    expect(await replay([before], log)).toMatchObject({ letters: [], alreadyReplayed: 1 });
    expect(log.sent).toEqual([]);
    expect(await replay([before], log, { again: true })).toMatchObject({ letters: [{ id: before.letter.id }] });
    expect(log.records()).toHaveLength(1);
  });

  it('that is dry says what it would do and sends nothing', async () => {
    const log = memoryLog();
    expect((await replay([letter(), letter()], log, { dryRun: true })).letters).toHaveLength(2);
    expect(log.sent).toEqual([]);
  });

  it('ends at its limit', async () => {
    const log = memoryLog();
    const report = await replay([letter(), { ...letter(), isReplayed: true }, letter(), letter()], log, { limit: 2 });
    expect(report).toMatchObject({ alreadyReplayed: 1 });
    expect(log.records()).toHaveLength(2);
  });

  it('keeps the order within a partition over several chunks', async () => {
    const log = memoryLog();
    const letters = Array.from({ length: 250 }, (_, index) => letter({ value: Buffer.from(String(index)) }));
    await replay(letters, log);
    expect(log.records().map(({ value }) => Number(String(value)))).toEqual(letters.map((_, index) => index));
    expect(log.marked()).toHaveLength(250);
  });

  it('keeps to its rate', async () => {
    const letters = Array.from({ length: 30 }, () => letter());
    const startMs = performance.now();
    await replay(letters, memoryLog(), { recordsPerSecond: 100 });
    expect(performance.now() - startMs).toBeGreaterThan(290);
  });

  it.each<[string, FoundLetter, RegExp]>([
    ['a topic it does not name', letter({}, { '__connect.errors.topic': '' }), /which topic/],
    ['a topic that does not exist', letter({}, { '__connect.errors.topic': 'gone' }), /gone does not exist/],
    ['the decision log', letter({}, { '__connect.errors.topic': 'holdfast.decision.v1' }), /Holdfast alone/],
    ['a record that was cut and is gone', letter({}, { 'holdfast-cut-from-bytes': '1000000' }), /was cut/],
  ])('refuses %s, says why, and goes on', async (_, refused, why) => {
    const log = memoryLog();
    const report = await replay([refused, letter()], log);
    expect(report.refused).toEqual([
      expect.objectContaining({ id: refused.letter.id, why: expect.stringMatching(why) }),
    ]);
    expect(report.letters).toHaveLength(1);
  });

  it('takes the whole value of a cut letter from the log, if it is the same record', async () => {
    const whole = Buffer.from('an event that was much longer');
    const cut = letter({}, { 'holdfast-cut-from-bytes': String(whole.length) });
    const original = (value: Buffer) => ({ originalOf: async () => ({ ...cut.record, value }) });
    const log = memoryLog();
    await replay([cut], log, original(whole));
    expect(log.records()[0]?.value).toEqual(whole);
    const other = await replay([cut], log, original(Buffer.from('no event that was much longer')));
    expect(other.refused).toHaveLength(1);
  });

  it('sends what has no key to where it came from', async () => {
    const log = memoryLog();
    await replay([letter({ key: null })], log);
    expect(log.records()[0]?.partition).toBe(1);
  });

  it('stops at a log that does not acknowledge; what is marked was sent', async () => {
    const log = memoryLog((message) => (String(message.value) === 'bad' ? new Error('no answer') : undefined));
    const letters = [letter(), letter({ value: Buffer.from('bad'), key: Buffer.from('c-2') }), letter()];
    const report = await replay(letters, log, { recordsPerSecond: 4 });
    expect(report.failure).toContain('no answer');
    expect(report.letters.map(({ origin }) => origin)).toEqual([letters[0]?.letter.origin]);
    expect(log.marked()).toEqual([letters[0]?.letter.origin]);
  });

  it('passes over a record the broker refuses for its size', async () => {
    const tooLarge = Object.assign(new Error('larger than the max'), { type: 'MESSAGE_TOO_LARGE' });
    const log = memoryLog((message) => ((message.value?.length ?? 0) > 600_000 ? tooLarge : undefined));
    const letters = [letter(), letter({ value: Buffer.alloc(700_000) }), letter()];
    const report = await replay(letters, log);
    expect(report.refused).toEqual([expect.objectContaining({ id: letters[1]?.letter.id })]);
    expect(log.records()).toHaveLength(2);
  });
});
