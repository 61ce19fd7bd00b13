import { explainCustomer, type PlanStanding } from '@holdfast/telecom';
import { defaultPolicy, TOLD_AT, toldCustomer } from '@holdfast/testkit/told-customer';
import { beforeAll, describe, expect, it } from 'vitest';
import { refuseUnknown } from './commands/why.ts';
import { describeWhy } from './why-report.ts';

const POLICY = defaultPolicy();
const CUSTOMER = 'customer-3';
const NOW = TOLD_AT + 1_200_000;

const NEXT = { atMs: NOW, channel: 'sms', unless: 'accepted' } as const;
const PLAN = {
  trigger: 'suspension_requested',
  occasion: 'event:r-1',
  offer: 'save_plan',
  startedAtMs: TOLD_AT,
  step: 2,
  stepCount: 3,
};

async function told(only: { campaign?: string; trigger?: string } = {}): Promise<string> {
  const { state, decisions } = await toldCustomer(CUSTOMER, POLICY);
  const explanation = explainCustomer(CUSTOMER, state, POLICY, { nowMs: NOW, ...only });
  return describeWhy({ ...explanation, partition: 3, decisions });
}

describe('the report of why', () => {
  let all: string;
  beforeAll(async () => {
    all = await told();
  });

  it('states as of when it looked, and the next silence', () => {
    expect(all).toContain('limits and consent as of 2026-02-03T10:20:00.000Z');
    expect(all).toContain('next silence due 2026-02-10T10:10:00.000Z (feed billing|UsageRecorded)');
  });

  it('has a campaign with its condition, its values and what the feature is made of', () => {
    const text = all.slice(all.indexOf('campaign bundle_care'), all.indexOf('campaign win_back_usage'));
    expect(text).toContain('stopped by its condition: crossed(data_share_used, 0.8) is false');
    expect(text).toContain('    false    crossed(data_share_used, 0.8)   (data_share_used 0.65)');
    expect(text).toContain('    feature  data_share_used 0.65 = data_mb_cycle / data_allowance_mb');
    expect(text).toMatch(/feature {2}data_mb_cycle 6500, counted since .*\n +2026-02-01T00:00.*sum 6500$/m);
  });

  it('has what was decided, and when the minimum gap lets the next offer go', () => {
    const text = all.slice(all.indexOf('campaign save_desk'), all.indexOf('campaign service_recovery'));
    expect(text).toContain('decided  2026-02-03T10:00:00.000Z: save_plan by call-centre');
    expect(text).toMatch(
      /save_plan, worth 22\.5, taken by 35 % of segment other: would win \(call-centre from 2026-02-03T11:00/,
    );
  });

  it('says what is left of a budget that does not pay for an offer', async () => {
    const { state, decisions } = await toldCustomer(CUSTOMER, POLICY);
    const { campaigns, ...rest } = explainCustomer(CUSTOMER, state, POLICY, { nowMs: NOW, campaign: 'save_desk' });
    const unpaid = campaigns.map(({ triggers, ...campaign }) => ({
      ...campaign,
      triggers: triggers.map(({ decision, ...trigger }) => {
        const budgetLeft = { minor: 1_250, pieces: 3 };
        const offers =
          decision?.offers.map((offer) => ({ ...offer, lostBecause: 'budget' as const, budgetLeft })) ?? [];
        return { ...trigger, decision: decision && { ...decision, offers } };
      }),
    }));
    expect(describeWhy({ ...rest, campaigns: unpaid, partition: 3, decisions })).toContain(
      'stopped: budget (left in the shard: 12.5 and 3 contacts)\n',
    );
  });

  it('has one campaign or one trigger where asked for', async () => {
    expect(await told({ campaign: 'save_desk' })).not.toContain('bundle_care');
    expect(await told({ trigger: 'gone_quiet' })).toMatch(/^ {2}trigger gone_quiet \(no UsageRecorded for 7d\)/m);
  });

  it.each([
    ['shadow', 'decides in the shadow: it is recorded, and nobody is contacted'],
    ['retired', 'decides nothing: the campaign is a retired one'],
  ] as const)('says what a campaign in the stage %s comes to', async (stage, text) => {
    const { state, decisions } = await toldCustomer(CUSTOMER, POLICY);
    const { campaigns, ...rest } = explainCustomer(CUSTOMER, state, POLICY, { nowMs: NOW, campaign: 'save_desk' });
    const staged = campaigns.map(({ triggers, ...campaign }) => ({
      ...campaign,
      stage,
      triggers: triggers.map((trigger) => ({ ...trigger, stoppedBy: 'stage' as const, decision: null })),
    }));
    expect(describeWhy({ ...rest, campaigns: staged, partition: 3, decisions })).toContain(`    ${text}\n`);
  });

  it.each<[string, PlanStanding['next'], PlanStanding['ended'], string]>([
    ['the next step', { ...NEXT, turn: 'step' }, null, 'next step at 2026-02-03T10:20:00.000Z by sms unless accepted'],
    ['a reminder', { ...NEXT, turn: 'reminder' }, null, 'put off by the customer until 2026-02-03T10:20:00.000Z'],
    [
      'another channel',
      { ...NEXT, turn: 'fallback' },
      null,
      'not delivered, tried on another channel at 2026-02-03T10:20:00.000Z',
    ],
    ['the last answer', { ...NEXT, turn: 'end' }, null, 'waits for an answer until 2026-02-03T10:20:00.000Z'],
    ['nothing more', null, { reason: 'rejected', atMs: NOW }, 'ended at 2026-02-03T10:20:00.000Z: rejected'],
  ])('has the plan of a campaign that waits for %s', async (_, next, ended, text) => {
    const { state, decisions } = await toldCustomer(CUSTOMER, POLICY);
    const { campaigns, ...rest } = explainCustomer(CUSTOMER, state, POLICY, { nowMs: NOW, campaign: 'save_desk' });
    const plan = { ...PLAN, next, ended };
    const planned = campaigns.map((campaign) => ({ ...campaign, plan }));
    expect(describeWhy({ ...rest, campaigns: planned, partition: 3, decisions })).toContain(
      `plan of suspension_requested with save_plan, step 2 of 3: ${text}\n`,
    );
  });

  it('refuses a campaign or trigger that the policy does not have, with those it has', () => {
    expect(() => refuseUnknown({ campaign: 'save' }, POLICY)).toThrow('the policy has no campaign "save"');
    expect(() => refuseUnknown({ trigger: 'quiet' }, POLICY)).toThrow('the policy has no trigger "quiet"');
    expect(() => refuseUnknown({ offer: 'x' }, POLICY)).toThrow('the policy has no offer "x"');
    expect(() => refuseUnknown({ campaign: 'save_desk', trigger: 'gone_quiet' }, POLICY)).not.toThrow();
  });
});
