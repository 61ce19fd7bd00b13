import { readFileSync } from 'node:fs';
import { formatDiagnostic } from '@holdfast/policy';
import { describe, expect, it } from 'vitest';
import { dryRun } from './dry-run.ts';
import { readMapping } from './mapping-file.ts';
import { createRowMapper } from './row-mapper.ts';

const SOUND = `source: billing
file: { format: csv }
event: BalanceToppedUp
eventId: id
customerId: account
occurredAt: { column: at, format: epoch-seconds }
fields:
  subscriptionId: line
  amountMinor: { column: amount, minorUnits: 2 }
  currency: { constant: EUR }
`;
const COLUMNS = ['id', 'account', 'at', 'line', 'amount'];

function mapped(text: string, cells: readonly string[], columns: readonly string[] = COLUMNS) {
  const read = readMapping('m.yaml', text);
  if (read.kind === 'invalid') throw new Error(read.diagnostics.map(formatDiagnostic).join('\n'));
  expect(read.file.missingColumns(columns)).toEqual([]);
  return createRowMapper(read.file, columns)(cells);
}

function findings(text: string): readonly string[] {
  const read = readMapping('m.yaml', text);
  return read.kind === 'read' ? [] : read.diagnostics.map(formatDiagnostic);
}

describe('a mapping', () => {
  it('makes an event of a row', () => {
    expect(mapped(SOUND, ['t-1', 'c-1', '1767225600', 'l-1', '12.5'])).toEqual({
      kind: 'event',
      event: {
        type: 'BalanceToppedUp',
        source: 'billing',
        eventId: 't-1',
        customerId: 'c-1',
        occurredAt: 1_767_225_600_000,
        subscriptionId: 'l-1',
        amountMinor: 1_250,
        currency: 'EUR',
      },
    });
  });

  it.each([
    ['an amount that is none', ['t-1', 'c-1', '1767225600', 'l-1', 'x'], 'amountMinor', '"x" is no number'],
    [
      'more digits than the currency has',
      ['t-1', 'c-1', '1767225600', 'l-1', '1.234'],
      'amountMinor',
      '"1.234" has more than 2 digits after the point; round says what to do',
    ],
    ['a missing field', ['t-1', 'c-1', '1767225600', '', '1'], 'subscriptionId', 'is missing, expected string'],
    ['a missing customer', ['t-1', '', '1767225600', 'l-1', '1'], 'customerId', 'is missing, expected string'],
    ['an empty event id', ['', 'c-1', '1767225600', 'l-1', '1'], 'eventId', 'is empty'],
    [
      'a time out of reach',
      ['t-1', 'c-1', '1767225600000', 'l-1', '1'],
      'occurredAt',
      'is 1767225600000000, not between 2000 and 2100 in milliseconds since the epoch',
    ],
  ])('rejects a row with %s, by field and reason', (_title, cells, field, reason) => {
    expect(mapped(SOUND, cells)).toEqual({ kind: 'rejected', field, reason });
  });

  it('gives the same row the same id, and rows that differ in a named column others', () => {
    const text = SOUND.replace('eventId: id', 'eventId: { hash: [account, at] }');
    const idOf = (cells: string[]) => {
      const outcome = mapped(text, cells);
      return outcome.kind === 'event' ? outcome.event.eventId : outcome;
    };
    const id = idOf(['t-1', 'c-1', '1767225600', 'l-1', '1']);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(idOf(['t-2', 'c-1', '1767225600', 'l-2', '2'])).toBe(id);
    expect(idOf(['t-1', 'c-11', '767225600', 'l-1', '1'])).not.toBe(id);
  });

  it('skips what a condition says, and chooses the type by a column', () => {
    const text = `${SOUND.replace('event: BalanceToppedUp', 'event: { column: line, types: { l-1: BalanceToppedUp }, otherwise: skip }')}skipIf:
  - { column: amount, in: ["0"] }
  - { column: account, empty: true }
`;
    expect(mapped(text, ['t', 'c', '1767225600', 'l-1', '0']).kind).toBe('skipped');
    expect(mapped(text, ['t', '', '1767225600', 'l-1', '1']).kind).toBe('skipped');
    expect(mapped(text, ['t', 'c', '1767225600', 'l-2', '1']).kind).toBe('skipped');
    expect(mapped(text, ['t', 'c', '1767225600', 'l-1', '1']).kind).toBe('event');
    expect(mapped(text.replace(', otherwise: skip', ''), ['t', 'c', '1767225600', 'l-2', '1'])).toEqual({
      kind: 'rejected',
      field: 'type',
      reason: 'column line chooses none of l-1',
    });
  });

  it.each([
    [
      'a mistyped key',
      ['eventId: id', 'eventid: id'],
      [
        'm.yaml:1:1 error: eventId is missing',
        'm.yaml:4:1 error: unknown key of a mapping "eventid"; did you mean "eventId"?',
      ],
    ],
    [
      'a mistyped key inside',
      ['minorUnits: 2', 'minorUnit: 2'],
      ['m.yaml:9:34 error: unknown key of a field "minorUnit"; did you mean "minorUnits"?'],
    ],
    [
      'a mistyped field',
      ['subscriptionId: line', 'subscriptonId: line'],
      [
        'm.yaml:8:18 error: unknown field of BalanceToppedUp "subscriptonId"; did you mean "subscriptionId"?',
        'm.yaml:3:8 error: BalanceToppedUp needs the field subscriptionId',
      ],
    ],
    [
      'a mistyped event type',
      ['BalanceToppedUp', 'BalanceTopedUp'],
      ['m.yaml:3:8 error: unknown event type "BalanceTopedUp"; did you mean "BalanceToppedUp"?'],
    ],
    [
      'a conversion that does not fit',
      ['constant: EUR', 'constant: EUR, factor: 2'],
      ['m.yaml:10:38 error: currency: factor is for whole numbers and numbers, not for texts'],
    ],
    [
      'a constant that is no value',
      ['{ column: amount, minorUnits: 2 }', '{ constant: many }'],
      ['m.yaml:9:28 error: constant is no number'],
    ],
    [
      'a time zone nobody knows',
      ['epoch-seconds', 'yyyyMMdd, timeZone: Mars/Base'],
      ['m.yaml:6:55 error: occurredAt: there is no time zone "Mars/Base"'],
    ],
    [
      'a format that names no day',
      ['epoch-seconds', '"HH:mm"'],
      [
        'm.yaml:6:35 error: occurredAt: format must be iso, epoch-seconds, epoch-millis or a pattern of yyyy yy MM dd HH mm ss SSS X',
      ],
    ],
    [
      'no columns and a constant',
      ['constant: EUR', 'join: "-"'],
      [
        'm.yaml:10:13 error: a field has one of column, columns and constant',
        'm.yaml:10:13 error: join goes with columns',
      ],
    ],
    [
      'an unknown encoding',
      ['format: csv', 'format: csv, encoding: utf8'],
      ['m.yaml:2:32 error: encoding: must be one of utf-8, latin1, windows-1252, gbk, gb18030'],
    ],
    [
      'an identity among the fields',
      ['  currency:', '  customerId: account\n  currency:'],
      ['m.yaml:10:15 error: customerId is told by a key of its own, beside fields'],
    ],
    [
      'no YAML',
      ['source: billing', 'source: ['],
      expect.arrayContaining([expect.stringMatching(/^m\.yaml:\d+:\d+ error: /)]),
    ],
  ])('is refused with the place of %s', (_title, [from, to], expected) => {
    expect(findings(SOUND.replace(from as string, to as string))).toEqual(expected);
  });

  it('names a column the file does not have, with its place and the nearest one', () => {
    const read = readMapping('m.yaml', SOUND);
    const missing = read.kind === 'read' ? read.file.missingColumns(['id', 'acount', 'at', 'line', 'amount']) : [];
    expect(missing.map(formatDiagnostic)).toEqual([
      'm.yaml:5:13 error: unknown column "account"; did you mean "acount"?',
    ]);
  });

  it('finds a word that the field does not have, in map as well', () => {
    const text = `source: s
file: { format: csv }
event: UsageRecorded
eventId: id
customerId: c
occurredAt: at
fields:
  subscriptionId: line
  kind: { column: k, map: { TEL: VOCIE } }
`;
    expect(findings(text)).toEqual(['m.yaml:9:27 error: kind: "VOCIE" is none of VOICE, SMS, DATA, OTHER']);
  });
});

describe('the examples', () => {
  const folder = new URL('../../examples/ingest/', import.meta.url);
  it.each([
    ['usage-csv.yaml', 'usage-csv.csv', { rows: 7, events: 5, skipped: 1, rejected: 1 }],
    ['billing-fixed-width.yaml', 'billing-fixed-width.txt', { rows: 6, events: 3, skipped: 2, rejected: 1 }],
    ['customers-gbk.yaml', 'customers-gbk.csv', { rows: 3, events: 2, skipped: 0, rejected: 1 }],
  ])('%s maps %s', async (map, file, counts) => {
    const read = readMapping(map, readFileSync(new URL(map, folder), 'utf8'));
    if (read.kind === 'invalid') throw new Error(read.diagnostics.map(formatDiagnostic).join('\n'));
    const path = new URL(file, folder).pathname;
    expect(await dryRun({ path, mapping: read.file, shown: 9 })).toMatchObject(counts);
  });
});
