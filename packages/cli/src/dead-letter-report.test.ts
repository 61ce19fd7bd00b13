import type { LogRecord } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { createKeyNames, deadLetterOf, describeDeadLetters } from './dead-letter-report.ts';

const record = (headers: Readonly<Record<string, string>>, key: string | null = 'customer-4711'): LogRecord => ({
  topic: 'holdfast.dead-letter.v1',
  partition: 0,
  offset: 7,
  appendTime: Date.parse('2026-11-22T12:00:00Z'),
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from([1, 2, 3]),
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [`__connect.errors.${name}`, Buffer.from(text)]),
  ),
});

const HEADERS = {
  topic: 'telecom.usage.v1',
  partition: '3',
  offset: '99',
  'exception.class.name': 'future',
  'exception.message': 'occurredAt is too far in the future',
};

describe('a dead letter', () => {
  it('says where it was read from, what is wrong and when it was set aside', () => {
    expect(deadLetterOf(record(HEADERS), createKeyNames(true))).toEqual({
      topic: 'telecom.usage.v1',
      partition: 3,
      offset: 99,
      code: 'future',
      message: 'occurredAt is too far in the future',
      setAsideAt: '2026-11-22T12:00:00.000Z',
      key: 'customer-4711',
      valueBytes: 3,
    });
  });

  it('has a pseudonym for a key, the same for the same key, unless keys are asked for', () => {
    const nameOf = createKeyNames(false);
    const [a, b, other] = ['customer-4711', 'customer-4711', 'customer-1'].map(
      (key) => deadLetterOf(record(HEADERS, key), nameOf).key,
    );
    expect(a).toBe(b);
    expect(a).not.toBe(other);
    expect(a).not.toContain('4711');
  });

  it('without headers or key is listed with what is open said to be so', () => {
    const letter = deadLetterOf(record({}, null), createKeyNames(false));
    expect(letter).toMatchObject({ topic: 'unknown', offset: -1, code: 'unknown', key: null });
    expect(describeDeadLetters([letter])).toContain('key none');
  });

  it('cannot steer the terminal by what its message quotes', () => {
    const letter = deadLetterOf(
      record({ ...HEADERS, 'exception.message': 'bad \x1b[2J\nvalue' }),
      createKeyNames(false),
    );
    expect(describeDeadLetters([letter])).toContain('bad  [2J value');
  });
});

describe('a list of dead letters', () => {
  it('is grouped by code', () => {
    const letters = ['future', 'contract', 'future'].map((code) =>
      deadLetterOf(record({ ...HEADERS, 'exception.class.name': code }), createKeyNames(true)),
    );
    const text = describeDeadLetters(letters);
    expect(text).toMatch(/^future: 2$/m);
    expect(text).toMatch(/^contract: 1$/m);
  });

  it('says so when there are none', () => {
    expect(describeDeadLetters([])).toBe('no dead letters\n');
  });
});
