import { describe, expect, it } from 'vitest';
import { readJson } from './json-body.ts';

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const codeOf = (text: string) => {
  const read = readJson(text);
  return read.kind === 'problem' ? read.problem.code : 'value';
};

describe('the JSON of a body', () => {
  it.each([
    [nested(32), 'value'],
    [nested(33), 'too-deep'],
    [`{"a":${nested(31)}}`, 'value'],
    [`{"a":${nested(32)}}`, 'too-deep'],
    ['['.repeat(1_000_000), 'too-deep'],
    ['{"a":'.repeat(200_000), 'too-deep'],
    [`["${'['.repeat(100)}"]`, 'value'],
    [`["\\"${'['.repeat(100)}"]`, 'value'],
    [`["\\\\",${nested(32)}]`, 'too-deep'],
    [`["${'\\\\'.repeat(3)}\\"${'{'.repeat(50)}"]`, 'value'],
    [`[${'[],'.repeat(1_000)}[]]`, 'value'],
    [`"${'['.repeat(100)}`, 'not-json'],
    ['', 'not-json'],
    ['{"a":1', 'not-json'],
    ['{"__proto__":{"isAdmin":true}}', 'forbidden-name'],
    ['{"a":[{"\\u005f_proto__":{}}]}', 'forbidden-name'],
    ['{"constructor":{"prototype":{"x":1}}}', 'forbidden-name'],
    ['{"constructor":"Volvo"}', 'value'],
    ['{"a":"__proto__"}', 'value'],
  ])('%.60s is %s', (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it('is as JSON.parse reads it', () => {
    const value = { a: ['x', 1.5, null, true, { b: '"\\[' }], ü: '€' };
    expect(readJson(JSON.stringify(value))).toEqual({ kind: 'value', value });
  });
});
