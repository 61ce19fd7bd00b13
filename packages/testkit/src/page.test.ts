import { describe, expect, it } from 'vitest';
import { isAsShown, pageSteps } from './page.ts';

const PAGE = `# A page

\`\`\`sh terminal=2
serve
\`\`\`

\`\`\`sh exit=1 eventually
ask
\`\`\`

\`\`\`json
{ "a": … }
\`\`\`

\`\`\`yaml
not: run
\`\`\`

\`\`\`text terminal=2
asked
\`\`\`
`;

describe('a page', () => {
  it('has commands and what they show, each with its terminal', () => {
    expect(pageSteps(PAGE)).toEqual([
      { kind: 'commands', line: 3, terminal: 2, text: 'serve\n', exitCode: 0, isEventual: false },
      { kind: 'commands', line: 7, terminal: 1, text: 'ask\n', exitCode: 1, isEventual: true },
      { kind: 'shown', line: 11, terminal: 1, text: '{ "a": … }\n' },
      { kind: 'shown', line: 19, terminal: 2, text: 'asked\n' },
    ]);
  });

  it.each([
    ['sent 12 events\n', 'sent … events', true],
    ['first\nsecond\nthird\n', 'first\n…\nthird', true],
    ['first\nthird\n', 'first\n…\nthird', true],
    ['second\n', '…\nsecond', true],
    ['first\nsecond\n', '…\nsecond', true],
    ['notsecond\n', '…\nsecond', false],
    ['first\n', 'first\n…', true],
    ['first\nsecond\n', 'first\n…', true],
    ['firstly\n', 'first\n…', false],
    ['first\nsecond\n', 'first', false],
    ['a.c', 'a.c', true],
    ['abc', 'a.c', false],
    ['anything', '…', true],
    ['', '…', true],
  ])('%j is what %j shows: %s', (output, shown, expected) => {
    expect(isAsShown(output, shown)).toBe(expected);
  });
});
