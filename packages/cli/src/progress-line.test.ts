import { describe, expect, it } from 'vitest';
import { createProgressLine, progressText } from './progress-line.ts';

describe('how far something is', () => {
  it.each([
    [0, 0, 'folding 0 %, 0 of 2,000'],
    [500, 10_000, 'folding 25 %, 500 of 2,000, 0:30 left'],
    [1, 10_000, 'folding 0 %, 1 of 2,000, 5:33:10 left'],
    [2_000, 10_000, 'folding 100 %, 2,000 of 2,000'],
    [2_500, 10_000, 'folding 100 %, 2,500 of 2,000'],
  ])('is said of %d records after %d ms', (done, elapsedMs, expected) => {
    expect(progressText({ what: 'folding', done, total: 2_000, elapsedMs, hasBar: false })).toBe(expected);
  });

  it('is said with what else there is to say, and alone where the end is not known', () => {
    const state = { what: 'a.csv', done: 5, elapsedMs: 1_000, hasBar: false, note: 'bytes, 7 rows/s' };
    expect(progressText({ ...state, total: 10 })).toBe('a.csv 50 %, 5 of 10 bytes, 7 rows/s, 0:01 left');
    expect(progressText({ ...state, total: 0 })).toBe('a.csv bytes, 7 rows/s');
  });

  it('is drawn over in a terminal, and leaves it clean', () => {
    let [text, nowMs] = ['', 0];
    const line = createProgressLine({ write: (more) => (text += more), isTerminal: true, now: () => nowMs });
    line.show('folding', 1, 4);
    nowMs = 50;
    line.show('folding', 2, 4);
    nowMs = 150;
    line.show('folding', 3, 4);
    line.end();
    expect(text.split('\r\x1b[K')).toEqual([
      '',
      'folding ▓▓▓▓▓▓░░░░░░░░░░░░░░░░░░ 25 %, 1 of 4, 0:00 left',
      'folding ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░ 75 %, 3 of 4, 0:00 left',
      '',
    ]);
  });

  it('is a line now and then elsewhere', () => {
    let [text, nowMs] = ['', 0];
    const line = createProgressLine({ write: (more) => (text += more), isTerminal: false, now: () => nowMs });
    for (; nowMs <= 25_000; nowMs += 1_000) line.show('folding', nowMs, 50_000);
    line.end();
    expect(text.match(/folding \d+ %/g)).toEqual(['folding 0 %', 'folding 20 %', 'folding 40 %']);
  });
});
