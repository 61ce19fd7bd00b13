import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASONS } from './reason.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('the table of reasons in the README', () => {
  const section = README.slice(README.indexOf('## Reasons'), README.indexOf('## Speed'));
  const rows = [...section.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\|$/gm)].map(([, code, meaning]) => [code, meaning]);

  it('has every code with its meaning, in the order of the gates', () => {
    expect(rows).toEqual(Object.entries(REASONS));
  });
});
