import { defaultPolicy } from '@holdfast/testkit/told-customer';
import { expect, it } from 'vitest';
import { planNamed, plansOf } from './campaign-plans.ts';

const POLICY = defaultPolicy();

it('every campaign of the policy has a plan with its own goal and holdout', () => {
  expect(plansOf(POLICY).map(({ id }) => id)).toEqual([...POLICY.campaigns.keys()]);
  const { goal, holdout, stage } = POLICY.campaigns.get('quiet_customers') ?? {};
  expect(planNamed(POLICY, 'quiet_customers')).toMatchObject({ goal, holdout, stage, controlArm: 'control' });
});

it('everything proactive is judged against the universal holdout', () => {
  const { share } = POLICY.holdout;
  expect(planNamed(POLICY, 'universal')).toMatchObject({ controlArm: 'holdout', holdout: share });
});

it('a campaign that the policy does not have is refused, with those it has', () => {
  expect(() => planNamed(POLICY, 'nothing')).toThrow('the policy has no campaign "nothing"');
});
