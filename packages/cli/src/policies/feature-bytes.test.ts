import { lintPolicyFolder } from '@holdfast/policy-folder';
import { expect, it } from 'vitest';
import { describeFeatureBytes, featureBytes } from './feature-bytes.ts';

const lint = lintPolicyFolder();
if (lint.kind !== 'ok') throw new Error('the default policy does not compile');
const { policy } = lint;

it('multiplies what one customer takes by the base', () => {
  const found = featureBytes(policy, 1_000_000);
  expect(found.bytes).toBe(policy.features.maxBytes * 1_000_000);
  expect(describeFeatureBytes(found)[0]).toMatch(
    /^features take at most \d+ bytes per customer, \d+ MB for 1,000,000 cust/,
  );
});

it('names each declared feature once, the largest first, with what it shares', () => {
  const { features } = featureBytes(policy, 1);
  expect(features.map(({ name }) => name).sort()).toEqual(policy.features.definitions.map(({ name }) => name).sort());
  expect(features.map(({ bytes }) => bytes)).toEqual(features.map(({ bytes }) => bytes).sort((a, b) => b - a));
  const lines = describeFeatureBytes({
    bytesPerCustomer: 50,
    customers: 3,
    bytes: 150,
    features: [
      { name: 'long', bytes: 30, sharedWith: ['short'] },
      { name: 'short', bytes: 0, sharedWith: ['long'] },
    ],
  });
  expect(lines).toEqual([
    'features take at most 50 bytes per customer, 150 bytes for 3 customers',
    '  long      30  shared with short',
    '  short      0  shared with long',
  ]);
});
