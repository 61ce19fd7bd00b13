import { describe, expect, it } from 'vitest';
import { splitCsv } from './csv-line.ts';

const dialect = { delimiter: ',', quote: '"' };

describe('a line of a CSV file', () => {
  it.each([
    ['a,b,c', ['a', 'b', 'c']],
    ['a,,', ['a', '', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"say ""hi""",x', ['say "hi"', 'x']],
    ['"",x', ['', 'x']],
    ['5" screen,x', ['5" screen', 'x']],
    ['"two\nlines",x', ['two\nlines', 'x']],
    ['a,"b"', ['a', 'b']],
  ])('%j has the cells %j', (text, cells) => {
    expect(splitCsv(text, dialect)).toEqual({ cells });
  });

  it('goes on in the next line while a quote is open', () => {
    expect(splitCsv('a,"b', dialect)).toBe('open');
    expect(splitCsv('a,"b""', dialect)).toBe('open');
  });

  it('is refused where something follows a closing quote', () => {
    expect(splitCsv('a,"b"c,d', dialect)).toEqual({ problem: 'characters after the closing quote of cell 2' });
  });

  it('has no quotes where the dialect has none', () => {
    expect(splitCsv('"a,b"', { delimiter: ',', quote: '' })).toEqual({ cells: ['"a', 'b"'] });
  });
});
