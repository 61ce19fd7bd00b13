import { describe, expect, it } from 'vitest';
import { letterOf } from './letter.ts';
import { type LetterFilter, matches } from './letter-filter.ts';

const SET_ASIDE_MS = Date.parse('2026-11-22T12:00:00Z');

const letter = letterOf({
  topic: 'letters',
  partition: 0,
  offset: 7,
  appendTime: SET_ASIDE_MS,
  key: null,
  value: null,
  headers: {
    '__connect.errors.topic': Buffer.from('telecom.usage.v1'),
    '__connect.errors.exception.class.name': Buffer.from('org.example.DataException'),
  },
});

describe('a filter of dead letters', () => {
  it.each<[string, LetterFilter, boolean]>([
    ['nothing asked for', {}, true],
    ['from the very moment', { fromMs: SET_ASIDE_MS }, true],
    ['from just after it', { fromMs: SET_ASIDE_MS + 1 }, false],
    ['to just after it', { toMs: SET_ASIDE_MS + 1 }, true],
    ['to the very moment', { toMs: SET_ASIDE_MS }, false],
    ['its topic', { topics: ['telecom.churn.v1', 'telecom.usage.v1'] }, true],
    ['another topic', { topics: ['telecom.churn.v1'] }, false],
    ['its reason', { reasons: ['org.example.DataException'] }, true],
    ['its class without the package', { reasons: ['DataException'] }, true],
    ['a part of its class', { reasons: ['Exception'] }, false],
    ['its reason but another topic', { reasons: ['DataException'], topics: ['x'] }, false],
  ])('with %s', (_, filter, expected) => {
    expect(matches(letter, filter)).toBe(expected);
  });
});
