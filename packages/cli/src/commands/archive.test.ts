import { describe, expect, it } from 'vitest';
import { placeOptions } from '../archive/place-options.ts';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';
import { describeRound } from './archive.ts';

describe('holdfast archive', () => {
  it('says how much was archived, in which files, and what is lost', () => {
    const file = { topic: 't', date: '2026-02-03', partition: 1, first: 5, last: 9 };
    const text = describeRound({
      records: 1_234,
      files: [file],
      gaps: [{ topic: 't', partition: 1, from: 0, to: 5 }],
    });
    expect(text).toBe('1,234 records, 1 files\n  topic=t/date=2026-02-03/1-5-9.parquet\n  lost  t/1: offsets 0 to 4\n');
  });

  it('takes the addressing of its S3 server from the environment', () => {
    expect(placeOptions({})).toEqual({ isPathStyle: false });
    expect(placeOptions({ HOLDFAST_S3_PATH_STYLE: 'true' })).toEqual({ isPathStyle: true });
    expect(() => placeOptions({ HOLDFAST_S3_PATH_STYLE: 'yes' })).toThrow('HOLDFAST_S3_PATH_STYLE');
  });

  it.each([
    [['archive'], /required option '--to <place>'/],
    [['archive', '--to', 'x', '--once', '--follow'], /'--follow' cannot be used with option '--once'/],
    [['archive', '--to', 'x', '--every', '0'], /a whole number from 1/],
    [['backtest', '--policy', 'x'], /required option '--from <time>'/],
    [['backtest', '--policy', 'x', '--from', 'soon'], /a time like 2026-11-22T10:00:00Z or 30d/],
  ])('answers wrong usage %j with words and code 2', async (words, expected) => {
    let said = '';
    const err = (more: string) => {
      said += more;
    };
    expect(await runProgram(COMMANDS, words, { out: () => undefined, err })).toBe(2);
    expect(said).toMatch(expected);
  });
});
