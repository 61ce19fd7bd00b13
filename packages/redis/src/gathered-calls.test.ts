import { describe, expect, it } from 'vitest';
import { gathered } from './gathered-calls.ts';

type Answers = (keys: readonly string[]) => readonly (string | Error)[];

function setUp(answer: Answers = (keys) => keys.map((key) => `value of ${key}`)) {
  const calls: (readonly string[])[] = [];
  const ask = gathered<string, string>(1_000, async (keys) => {
    calls.push(keys);
    return answer(keys);
  });
  return { calls, ask };
}

describe('gathered calls', () => {
  it('are one call for all of a turn, and answer each with its own value', async () => {
    const { calls, ask } = setUp();
    const answers = await Promise.all(['a', 'b', 'a'].map(ask));
    expect(answers).toEqual(['value of a', 'value of b', 'value of a']);
    expect(calls).toEqual([['a', 'b', 'a']]);
    expect(await ask('c')).toBe('value of c');
    expect(calls).toHaveLength(2);
  });

  it('are several calls when they are very many', async () => {
    const { calls, ask } = setUp();
    const keys = Array.from({ length: 2_500 }, (_, index) => `k${index}`);
    expect(await Promise.all(keys.map(ask))).toEqual(keys.map((key) => `value of ${key}`));
    expect(calls.map((call) => call.length)).toEqual([1_000, 1_000, 500]);
  });

  it('are all rejected when the call fails, and the next are not', async () => {
    let isAway = true;
    const { ask } = setUp((keys) => {
      if (isAway) throw new Error('connection lost');
      return keys.map(() => 'here');
    });
    const failed = await Promise.allSettled([ask('a'), ask('b')]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    isAway = false;
    expect(await ask('a')).toBe('here');
  });

  it('are rejected one by one where one answer is an error or is missing', async () => {
    const { ask } = setUp(() => [new Error('no list'), 'fine']);
    const [first, second, third] = await Promise.allSettled(['a', 'b', 'c'].map(ask));
    expect(first).toMatchObject({ status: 'rejected', reason: { message: 'no list' } });
    expect(second).toEqual({ status: 'fulfilled', value: 'fine' });
    expect(third).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('unanswered') } });
  });
});
