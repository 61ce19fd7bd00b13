import { createShardMemory } from '@holdfast/testkit';
import { expect, it } from 'vitest';
import { compilePack, START } from '../test/customer-world.ts';
import { createEffectCollectors } from './effects.ts';
import { keptPropensities, PROPENSITIES } from './posteriors.ts';
import { surroundingsOf } from './scope.ts';
import { shardStandingOf } from './shard-standing.ts';
import { storedStanding } from './stored-standing.ts';

it('a decision sees what an earlier one of the same step has taken', () => {
  const policy = compilePack({
    'campaigns.yaml': (text) =>
      text.replace('    offers: [save_plan', '    budget: { pieces: 5 }\n    offers: [save_plan'),
    'market.yaml': (text) => text.replace(/call-centre: .*/, 'call-centre: { capacity: { max: 7, per: 1h } }'),
  });
  const memory = createShardMemory();
  memory.change([{ name: 'pieces|save_desk', by: 2 }]);
  const context = {
    ...{ entityId: 'alice', partition: 0, partitionCount: 1, nowMs: START },
    watermark: () => undefined,
    tally: (name: string) => memory.tally(name, START),
    setting: memory.setting,
  };
  const effects = createEffectCollectors(() => Buffer.alloc(0)).begin(context);
  const standing = shardStandingOf(context, surroundingsOf(policy), effects);
  const seen = () => [standing.budgetLeft('save_desk').pieces, standing.slotsLeft('call-centre', START)];
  expect(seen()).toEqual([3, 7]);
  const fromOutside = storedStanding({ partitionCount: 1, tallies: memory.tallies(START) }, { ...context, policy });
  expect(fromOutside.budgetLeft('save_desk').pieces).toBe(3);
  effects.tally({ name: 'pieces|save_desk', by: 1 });
  effects.tally({ name: `slot|call-centre|${START}`, by: 2, untilMs: START + 1 });
  expect(seen()).toEqual([2, 5]);
  expect(standing.budgetLeft('win_back_usage')).toEqual({ minor: Infinity, pieces: Infinity });
  expect(standing.slotsLeft('sms', START)).toBe(Infinity);
});

it('a decision goes by what the shard keeps of what was learnt, within a step and for who looks from outside', () => {
  const policy = compilePack();
  const posterior = { offer: 'save_plan', segment: 'young', alpha: 3, beta: 7 };
  const settings = { [PROPENSITIES]: keptPropensities([posterior]) };
  const context = {
    ...{ entityId: 'alice', partition: 0, partitionCount: 1, nowMs: START },
    ...{ watermark: () => undefined, tally: () => 0 },
    setting: (name: string) => new Map(Object.entries(settings)).get(name),
  };
  const effects = createEffectCollectors(() => Buffer.alloc(0)).begin(context);
  const standings = [
    shardStandingOf(context, surroundingsOf(policy), effects),
    storedStanding({ partitionCount: 1, settings }, { ...context, policy }),
  ];
  for (const standing of standings) {
    expect(standing.posterior('save_plan', 'young')).toEqual({ alpha: 3, beta: 7 });
    expect(standing.posterior('save_plan', 'other')).toBeUndefined();
  }
});
