import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REPORT_CODE_FAMILIES, REPORT_CODES } from './report-codes.ts';

const SOURCE = new URL('.', import.meta.url);
const README = readFileSync(new URL('../README.md', SOURCE), 'utf8');

const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('report-codes.ts'),
);
const text = files.map((name) => readFileSync(new URL(name, SOURCE), 'utf8')).join('\n');

/** Where a detail, or what becomes one at the end of its time, is written down. */
const exact = [...text.matchAll(/\b(?:detail|reason): '([a-z][a-z0-9-]*)'/g)].map(([, code = '']) => code);
const begun = [...text.matchAll(/\bdetail\b[^\n]*`([a-z][a-z0-9-]*)\$\{/g)].map(([, start = '']) => start);

describe('the codes of reports', () => {
  it('are in the README with their meaning', () => {
    const section = README.slice(README.indexOf('## Codes of reports'), README.indexOf('## Channels'));
    const rows = [...section.matchAll(/^\| `([a-z0-9-]+)(…?)` +\| (.+?) +\|$/gm)];
    const table = { ...REPORT_CODES, ...REPORT_CODE_FAMILIES };
    expect(rows.map(([, code, , meaning]) => [code, meaning])).toEqual(Object.entries(table));
    expect(rows.filter(([, , more]) => more !== '').map(([, code]) => code)).toEqual(Object.keys(REPORT_CODE_FAMILIES));
  });

  it('are all that the dispatcher writes', () => {
    expect(exact.length).toBeGreaterThan(15);
    expect(begun.length).toBeGreaterThan(3);
    expect(exact.filter((code) => !Object.hasOwn(REPORT_CODES, code))).toEqual([]);
    expect(begun.filter((start) => !Object.hasOwn(REPORT_CODE_FAMILIES, start))).toEqual([]);
  });
});
