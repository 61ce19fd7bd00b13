import { expect, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { runProgram } from '../program.ts';

it.each([
  [['report'], /missing required argument 'campaign'/],
  [['report', 'a', '--from', '2026-02-30'], /a day like 2026-11-22/],
  [['report', 'a', '--to', 'yesterday'], /a day like 2026-11-22/],
  [['compare', '--month', '2026-13'], /a month like 2026-11/],
])('campaign %j is answered with words and code 2, before any server is asked', async (words, expected) => {
  let said = '';
  const err = (more: string) => {
    said += more;
  };
  expect(await runProgram(COMMANDS, ['campaign', ...words], { out: () => undefined, err })).toBe(2);
  expect(said).toMatch(expected);
});
