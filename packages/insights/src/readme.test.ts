import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exampleText } from '../test/example-text.ts';

it('the README shows what the program prints', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toContain(exampleText());
});
