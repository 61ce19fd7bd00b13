import { describe, expect, it } from 'vitest';
import { judge } from './server-check.ts';

const SOUND = { version: '7.0.15', role: 'master', isAppendOnly: true, evictionPolicy: 'noeviction' };

describe('the judgement of a server', () => {
  it.each([
    ['a sound one', {}, undefined],
    ['one of version 10', { version: '10.0.1' }, undefined],
    ['one too old', { version: '6.2.14' }, /6\.2\.14 is too old/],
    ['a replica', { role: 'slave' }, /is a slave/],
    ['one that evicts', { evictionPolicy: 'volatile-lru' }, /volatile-lru/],
    ['one without append-only file', { isAppendOnly: false }, /append-only file is off/],
    ['one with replicas it does not wait for', { replicas: 1, hasReplicaMinimum: false }, /min-replicas-to-write/],
    ['one with replicas it needs', { replicas: 1, hasReplicaMinimum: true }, undefined],
  ])('of %s', (_name, difference, problem) => {
    const answer = judge({ ...SOUND, ...difference });
    expect(answer.ok ? undefined : answer.problem).toEqual(problem ? expect.stringMatching(problem) : undefined);
  });

  it('of one that says nothing asks for the right to see', () => {
    expect(judge({})).toMatchObject({ ok: false, fix: expect.stringContaining('+info') });
  });
});
