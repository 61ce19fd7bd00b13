import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { describeDryRun, describeIngest } from '../ingest/ingest-report.ts';
import { runProgram } from '../program.ts';

describe('holdfast ingest', () => {
  it.each([
    [['ingest', 'x.csv'], /required option '--map <file>'/],
    [['ingest', '--map', 'm.yaml'], /either files or --watch <dir> is expected/],
    [['ingest', 'x.csv', '--map', 'm.yaml', '--watch', 'd'], /either files or --watch <dir> is expected/],
    [['ingest', '--map', 'm.yaml', '--watch', 'd', '--dry-run'], /cannot be used with option '--dry-run'/],
    [['ingest', 'x.csv', '--map', 'm.yaml', '--batch', '10001'], /at most 10000/],
  ])('answers wrong usage %j with words and code 2', async (words, expected) => {
    let said = '';
    const err = (more: string) => {
      said += more;
    };
    expect(await runProgram(COMMANDS, words, { out: () => undefined, err })).toBe(2);
    expect(said).toMatch(expected);
  });

  it('says what became of a file, and nothing that steers a terminal', () => {
    const summary = {
      path: 'a\u001b[2J.csv',
      rows: 12_000,
      sent: 11_990,
      skipped: 7,
      rejected: 3,
      rejectedPath: 'a.csv.rejected.csv',
      fromLine: 5_002,
      rowsNow: 7_000,
      seconds: 2,
      isDone: false,
    };
    expect(describeIngest(summary)).toBe(
      `a [2J.csv: 12,000 rows, 11,990 events sent, 7 skipped, 3 rejected, went on at line 5,002; 3,500 rows/s
  the rejected rows are in a.csv.rejected.csv
  stopped; the same command goes on there
`,
    );
    const run = { path: 'a.csv', rows: 1, events: 0, skipped: 0, rejected: 1, firstEvents: [] };
    expect(describeDryRun({ ...run, firstRejected: [{ line: 2, field: 'kind', reason: 'is\u0007bad' }] })).toBe(
      `a.csv: 1 rows would be 0 events, 0 skipped, 1 rejected; nothing was sent
  line 2: kind is bad
`,
    );
  });
});
