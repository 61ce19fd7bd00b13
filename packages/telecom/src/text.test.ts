import { expect, it } from 'vitest';
import { fillIn } from './text.ts';

const scope = {
  attribute: (name: string) => ({ tier: 'key', city: '' })[name],
  feature: (name: string) => (name === 'uses' ? 0.256 : undefined),
  event: { kind: 'DATA', reason: null },
  asOfMs: 0,
};

it.each([
  ['Tier {tier}', 'Tier key'],
  ['{uses} of {event.kind}', '0.26 of DATA'],
  ['{tier|none} and {uses|nothing}', 'key and 0.26'],
  ['With {plan|the plan you have}', 'With the plan you have'],
  ['{city|your city}, {event.reason|no reason}', 'your city, no reason'],
  ['{plan|}.', '.'],
  ['With {plan}', 'With –'],
])('"%s" is filled in as "%s"', (text, expected) => {
  expect(fillIn(text, scope)).toBe(expected);
});
