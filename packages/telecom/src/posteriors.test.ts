import { CONTROL_TOPIC, type PropensitiesLearned } from '@holdfast/events';
import { expect, it } from 'vitest';
import { compilePack, encodeRecord, START, topologyOf } from '../test/customer-world.ts';
import { propensitiesMessage } from './learning-round.ts';
import { createPosteriorReader, keptPropensities, PROPENSITIES, posteriorOf } from './posteriors.ts';

const topology = topologyOf(compilePack());
const LEARNT: PropensitiesLearned['posteriors'] = [
  { offer: 'save_plan', segment: 'young', alpha: 3, beta: 7 },
  { offer: 'save_plan', segment: 'other', alpha: 1, beta: 1 },
];

function decoded(posteriors: PropensitiesLearned['posteriors'], value?: Buffer) {
  const record: PropensitiesLearned = {
    type: 'PropensitiesLearned',
    ...{ eventId: 'p', source: 'holdfast', occurredAt: START, learntUntil: START },
    ...{ segments: ['young'], posteriors },
  };
  const { key, headers, value: encoded } = propensitiesMessage(value ?? encodeRecord(record));
  const at = { topic: CONTROL_TOPIC, partition: 0, offset: 0, appendTime: START };
  return topology.decode({ ...at, key, headers, value: encoded });
}

it('a record of what was learnt is a setting of the shard, and read as it was told', () => {
  expect(decoded(LEARNT)).toEqual({ kind: 'setting', name: PROPENSITIES, text: keptPropensities(LEARNT) });
  const posterior = posteriorOf(keptPropensities(LEARNT));
  expect(posterior('save_plan', 'young')).toEqual({ alpha: 3, beta: 7 });
  expect(posterior('save_plan', 'old')).toBeUndefined();
  expect(posterior('care_call', 'young')).toBeUndefined();
});

it('a shard that was told nothing knows nothing', () => {
  expect(posteriorOf(undefined)('save_plan', 'young')).toBeUndefined();
});

it.each([
  [0, 0],
  [-1, 5],
  [Number.NaN, 1],
  [1, Number.POSITIVE_INFINITY],
])('one that tells of Beta(%d, %d) is refused whole', (alpha, beta) => {
  const wrong = { offer: 'save_plan', segment: 'old', alpha, beta };
  expect(decoded([...LEARNT, wrong])).toMatchObject({ kind: 'poison', code: 'propensities' });
});

it('another kind of record under that header is refused', () => {
  const beat = { eventId: 'c', source: 's', customerId: 'c', occurredAt: START, feedType: 'UsageRecorded' };
  const value = encodeRecord({ type: 'FeedHeartbeat', ...beat });
  expect(decoded([], value)).toMatchObject({ kind: 'poison', code: 'misplaced' });
});

it('each text is read once, so that what decisions remember of it is kept', () => {
  const read = createPosteriorReader();
  const text = keptPropensities(LEARNT);
  expect(read(`${text}`)).toBe(read(text));
  expect(read(undefined)).toBe(read(undefined));
  expect(read(undefined)).not.toBe(read(text));
});
