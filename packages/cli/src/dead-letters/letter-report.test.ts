import type { LogRecord } from '@holdfast/engine';
import { describe, expect, it } from 'vitest';
import { letterOf } from './letter.ts';
import { createNaming, describeLetter, describeLetters, describeReplay, listed, shown } from './letter-report.ts';

const record = (headers: Readonly<Record<string, string>>, key: string | null = 'customer-4711'): LogRecord => ({
  topic: 'holdfast.dead-letter.v1',
  partition: 0,
  offset: 7,
  appendTime: Date.parse('2026-11-22T12:00:00Z'),
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from([1, 2, 3]),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});

const HEADERS = {
  '__connect.errors.topic': 'telecom.usage.v1',
  '__connect.errors.partition': '3',
  '__connect.errors.offset': '99',
  '__connect.errors.connector.name': 'holdfast',
  '__connect.errors.exception.class.name': 'future',
  '__connect.errors.exception.message': 'occurredAt is too far in the future',
  ce_subject: 'customer-4711',
};

const found = (headers: Readonly<Record<string, string>>, key?: string | null) => {
  const of = record(headers, key);
  return { letter: letterOf(of), record: of, isReplayed: false };
};

describe('a dead letter', () => {
  it('says where it was read from, what is wrong, what to do and when it was set aside', () => {
    expect(listed(found(HEADERS), createNaming(true))).toEqual({
      letter: '0/7',
      reason: 'future',
      message: 'occurredAt is too far in the future',
      setAsideAt: '2026-11-22T12:00:00.000Z',
      topic: 'telecom.usage.v1',
      partition: 3,
      offset: 99,
      attempt: 1,
      isReplayed: false,
      key: 'customer-4711',
      valueBytes: 3,
      writtenBy: 'holdfast',
      whatToDo: expect.stringContaining('replay once the time'),
    });
  });

  it('has a pseudonym for a key, the same for the same key, unless ids are asked for', () => {
    const naming = createNaming(false);
    const [a, b, other] = ['customer-4711', 'customer-4711', 'customer-1'].map(
      (key) => listed(found(HEADERS, key), naming).key,
    );
    expect(a).toBe(b);
    expect(a).not.toBe(other);
    expect(a).not.toContain('4711');
  });

  it('without headers or key is listed with what is open said to be so', () => {
    const letter = listed(found({}, null), createNaming(false));
    expect(letter).toMatchObject({
      topic: null,
      offset: null,
      reason: 'unknown',
      key: null,
      message: 'no reason is given',
    });
    expect(describeLetters([letter])).toMatch(/unknown .*none/);
  });

  it('cannot steer the terminal by what its message quotes', () => {
    const headers = { ...HEADERS, '__connect.errors.exception.message': 'bad \x1b[2J\nvalue' };
    expect(describeLetters([listed(found(headers), createNaming(false))])).toContain('bad  [2J value');
  });

  it("hides what another program's exception quotes, unless personal data is asked for", () => {
    const headers = { 'kafka_dlt-exception-message': 'no plan for customer-4711' };
    expect(listed(found(headers), createNaming(false)).message).not.toContain('4711');
    expect(listed(found(headers), createNaming(true)).message).toBe('no plan for customer-4711');
  });

  it('counts replays as attempts, and takes nonsense for the first', () => {
    const attempt = (text: string) => letterOf(record({ 'holdfast-attempt': text })).attempt;
    expect([attempt('3'), attempt('-1'), attempt('x'), attempt('')]).toEqual([3, 1, 1, 1]);
  });
});

describe('a letter that is shown', () => {
  const event = { type: 'UsageRecorded', source: 'billing', occurredAt: 5, customerId: 'customer-4711', eventId: 'e' };

  it('has nothing of the customer in it', () => {
    const letter = shown(found(HEADERS), event, createNaming(false));
    expect(letter.value).toEqual({ type: 'UsageRecorded', source: 'billing', occurredAt: 5 });
    expect(letter.headers).toEqual({ ce_subject: '13 bytes' });
    expect(`${JSON.stringify(letter)}${describeLetter(letter)}`).not.toContain('4711');
  });

  it('has all of it when that is asked for', () => {
    const letter = shown(found(HEADERS), event, createNaming(true));
    expect(letter.value).toEqual(event);
    expect(letter.headers).toMatchObject({ ce_subject: 'customer-4711' });
    expect(describeLetter(letter)).toMatch(/^value +customerId: customer-4711$/m);
  });
});

describe('a list of dead letters', () => {
  it('says how many there are of each reason', () => {
    const letters = ['future', 'contract', 'future'].map((code) =>
      listed(found({ ...HEADERS, '__connect.errors.exception.class.name': code }), createNaming(true)),
    );
    const text = describeLetters(letters);
    expect(text).toMatch(/^future: 2; /m);
    expect(text).toMatch(/^contract: 1; /m);
  });

  it('says so when there are none', () => {
    expect(describeLetters([])).toBe('no dead letters\n');
  });
});

describe('the report of a replay', () => {
  it('lists what a dry run would do, and what cannot be done', () => {
    const text = describeReplay({
      dryRun: true,
      letters: [{ id: '0/7', origin: 'telecom.usage.v1/3@99', attempt: 2 }],
      alreadyReplayed: 4,
      refused: [{ id: '0/8', origin: 'gone/0@1', why: 'the topic gone does not exist' }],
      failure: undefined,
    });
    expect(text).toContain('0/7  telecom.usage.v1/3@99  attempt 2');
    expect(text).toContain('the topic gone does not exist');
    expect(text).toContain('1 would be replayed, 4 replayed before, 1 cannot be replayed');
  });
});
