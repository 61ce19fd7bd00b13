import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellsOf, outcome, PLAN } from '../test/cells.ts';
import { seededRandom } from '../test/random.ts';
import { EXAMPLE, simulateCells } from '../test/simulated-campaign.ts';
import { reportOf } from './campaign-report.ts';
import { type Cell, dayAfter } from './cell.ts';
import { describeReport } from './describe-report.ts';

const LOOK = { range: { from: '2026-01-01', to: '2026-02-01' }, asOf: '2026-06-01' };
const CONTROL = { arm: 'control' };

describe('the funnel', () => {
  const cells = [
    ...cellsOf({ enrolled: 200 }),
    ...cellsOf({ enrolled: 20, control: 24 }, CONTROL),
    ...cellsOf(
      {
        contact: 100,
        delivered: 80,
        accepted: 20,
        rejected: 40,
        'rejected:price': 30,
        'rejected:no_need': 10,
        'converted:plan_changed': 6,
        'work:opened': 9,
        'work:finished': 8,
        'work:in_time': 5,
        'work:late': 3,
        cost: 5_000,
      },
      { channel: 'sms', offer: 'care' },
    ),
    ...cellsOf({ contact: 10, delivered: 5, expired: 5 }, { channel: 'call-centre', offer: 'care', day: '2026-01-11' }),
    ...cellsOf({ contact: 999, enrolled: 999 }, { arm: 'shadow' }),
    ...cellsOf({ 'suppressed:cap': 7, no_action: 3 }, { arm: '' }),
  ];
  const report = reportOf(cells, PLAN, LOOK);

  it('counts contacts, outcomes, reasons and cost, and no shadow', () => {
    expect(report.funnel).toMatchObject({
      enrolled: { treated: 200, control: 20, holdout: 0 },
      decisions: { control: 24, holdout: 0, noAction: 3 },
      suppressed: { cap: 7 },
      stages: { contact: 110, delivered: 85, accepted: 20, rejected: 40, expired: 5 },
      rejectedBy: { price: 30, no_need: 10 },
      converted: { plan_changed: 6 },
      desk: {
        opened: 9,
        claimed: 0,
        finished: 8,
        in_time: 5,
        late: 3,
        escalated: 0,
        reopened: 0,
        expired: 0,
        withdrawn: 0,
      },
      costMinor: 5_000,
    });
  });

  it('has rates with what they are made of, and null where there is nothing to divide by', () => {
    expect(report.rates).toMatchObject({
      contactRate: { numerator: 85, denominator: 110, value: 85 / 110 },
      successRate: { numerator: 20, denominator: 85 },
      takeUp: { numerator: 20, denominator: 200, value: 0.1 },
      costPerAcceptanceMinor: { numerator: 5_000, denominator: 20, value: 250 },
    });
    expect(reportOf([], PLAN, LOOK).rates.successRate.value).toBeNull();
  });

  it('says how much work it makes for each channel', () => {
    expect(report.channels).toMatchObject([
      {
        channel: 'call-centre',
        perDay: { numerator: 10, denominator: 31 },
        busiest: { day: '2026-01-11', contacts: 10 },
      },
      { channel: 'sms', perDay: { numerator: 100, denominator: 31 }, costMinor: 5_000 },
    ]);
  });

  it('of a range is that of its parts together', () => {
    const all = simulateCells({ ...EXAMPLE, days: 20, customersPerDay: 30 }, seededRandom(1));
    const from = EXAMPLE.firstDay;
    const to = dayAfter(from, 20);
    const whole = reportOf(all, EXAMPLE.plan, { range: { from, to }, asOf: to }).funnel.stages;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 20 }), (days) => {
        const middle = dayAfter(from, days);
        const [first, second] = [
          { from, to: middle },
          { from: middle, to },
        ].map((range) => reportOf(all, EXAMPLE.plan, { range, asOf: to }).funnel.stages);
        for (const stage of ['contact', 'delivered', 'accepted', 'rejected', 'expired'] as const) {
          expect((first?.[stage] ?? 0) + (second?.[stage] ?? 0)).toBe(whole[stage]);
        }
      }),
      { numRuns: 10, seed: 1 },
    );
  });
});

describe('the verdict on the goal', () => {
  const goalOf = (cells: readonly Cell[], plan = PLAN, asOf = LOOK.asOf) =>
    reportOf(cells, plan, { ...LOOK, asOf }).goal;

  it('is effective or harmful once the interval leaves 0 behind', () => {
    const clear = [...outcome('retained_30d', 900, 810), ...outcome('retained_30d', 100, 60, CONTROL)];
    expect(goalOf(clear)).toMatchObject({ verdict: 'effective', because: '' });
    const reversed = [...outcome('retained_30d', 900, 540), ...outcome('retained_30d', 100, 90, CONTROL)];
    expect(goalOf(reversed)).toMatchObject({ verdict: 'harmful', progress: 'missed' });
  });

  it('of a goal that counts leavers is effective where fewer leave, and the target is a fall', () => {
    const plan = { ...PLAN, goal: { kpi: 'churned_30d', target: 0.05 } };
    const fewer = [...outcome('churned_30d', 900, 90), ...outcome('churned_30d', 100, 50, CONTROL)];
    expect(goalOf(fewer, plan)).toMatchObject({ verdict: 'effective', target: -0.05, progress: 'reached' });
  });

  const small = [...outcome('retained_30d', 180, 150), ...outcome('retained_30d', 20, 15, CONTROL)];
  it.each<[string, readonly Cell[], RegExp]>([
    ['nobody has an outcome', cellsOf({ enrolled: 50 }), /nobody enrolled before 2026-04-29 has an outcome/],
    ['there is nobody in the control', outcome('retained_30d', 500, 400), /nobody of the control/],
    ['nobody was treated', outcome('retained_30d', 20, 10, CONTROL), /nobody treated/],
    [
      'the control is nearly empty',
      [...outcome('retained_30d', 90, 80), ...outcome('retained_30d', 9, 1, CONTROL)],
      /too few/,
    ],
    ['the sample is small', small, /the interval holds 0/],
  ])('is undecided, and says why, when %s', (_, cells, because) => {
    expect(goalOf(cells)).toMatchObject({ verdict: 'undecided', because: expect.stringMatching(because) });
  });

  it('is undecided without a holdout and for what nobody counts', () => {
    const treated = outcome('retained_30d', 500, 400);
    expect(goalOf(treated, { ...PLAN, holdout: 0 }).because).toContain('no control group');
    expect(goalOf(treated, { ...PLAN, goal: { kpi: 'happiness', target: 0.8 } }).because).toContain('happiness');
  });

  it('says how many customers are still missing, as many as are wanted without those there are', () => {
    const { customersWanted, customersMissing } = goalOf(small);
    expect(customersWanted).toBeGreaterThan(1_000);
    expect(customersMissing).toBe((customersWanted ?? 0) - 200);
  });

  it('leaves out who has not passed the horizon', () => {
    const cells = [
      ...outcome('retained_30d', 500, 400),
      ...outcome('retained_30d', 50, 20, CONTROL),
      ...outcome('retained_30d', 7, 7, { day: '2026-01-11' }),
    ];
    const seen = (asOf: string) => goalOf(cells, PLAN, asOf).comparison?.treatedTotal.n;
    expect([seen('2026-02-12'), seen('2026-02-13'), seen('2026-02-14')]).toEqual([0, 500, 507]);
  });
});

describe('several variants', () => {
  const plan = {
    ...PLAN,
    variants: [
      { id: 'a', share: 0.5 },
      { id: 'b', share: 0.5 },
    ],
  };
  const cells = [
    ...outcome('retained_30d', 450, 300, { variant: 'a' }),
    ...outcome('retained_30d', 450, 420, { variant: 'b' }),
    ...outcome('retained_30d', 100, 60, CONTROL),
  ];

  it('are each compared with the control, all together with the confidence of one', () => {
    const { variants } = reportOf(cells, plan, LOOK);
    expect(variants).toMatchObject([
      { treated: 'a', control: 'control', confidence: 0.975, verdict: 'undecided' },
      { treated: 'b', control: 'control', confidence: 0.975, verdict: 'effective' },
    ]);
  });

  it('are compared with the first where there is no control', () => {
    const { variants } = reportOf(cells, { ...plan, holdout: 0 }, LOOK);
    expect(variants).toMatchObject([{ treated: 'b', control: 'a', confidence: 0.95, verdict: 'effective' }]);
  });
});

describe('the sample-ratio check', () => {
  const enrolled = (treated: number, arm: string, kept: number, plan = PLAN) =>
    reportOf([...cellsOf({ enrolled: treated }), ...cellsOf({ enrolled: kept }, { arm })], plan, LOOK);

  it('is quiet where arms are as the policy says, and alarms in the text where they are not', () => {
    expect(enrolled(9_000, 'control', 1_000).ratioChecks).toMatchObject([{ of: 'arms', isAlarm: false }]);
    const lost = enrolled(9_000, 'control', 700);
    expect(lost.ratioChecks).toMatchObject([{ of: 'arms', isAlarm: true }]);
    expect(describeReport(lost)).toContain('ALARM: arms are not shared out as the policy says');
  });

  it('of the universal holdout looks at that arm', () => {
    const universal = { ...PLAN, controlArm: 'holdout', holdout: 0.05 } as const;
    expect(enrolled(9_500, 'holdout', 500, universal).ratioChecks).toMatchObject([{ isAlarm: false }]);
    expect(enrolled(9_500, 'holdout', 250, universal).ratioChecks).toMatchObject([{ isAlarm: true }]);
  });
});

it('the universal holdout is compared without a target', () => {
  const cells = [...outcome('retained_30d', 950, 855), ...outcome('retained_30d', 50, 20, { arm: 'holdout' })];
  const plan = { ...PLAN, goal: { kpi: 'retained_30d' }, controlArm: 'holdout', holdout: 0.05 } as const;
  const report = reportOf(cells, plan, LOOK);
  expect(report.goal).toMatchObject({ verdict: 'effective', target: null, progress: 'open', customersWanted: null });
  expect(describeReport(report)).not.toContain('target');
});

describe('money', () => {
  const revenue = (arm: string, n: number, meanMinor: number) =>
    cellsOf(
      {
        enrolled: n,
        'revenue_30d.n': n,
        'revenue_30d.sum': n * meanMinor,
        'revenue_30d.sq': n * (meanMinor ** 2 + 100),
      },
      { arm },
    );

  it.each([
    [1_000, 'pays', 0.5],
    [3_000, 'costs', -0.5],
  ])('with a cost of %d minor units for each treated and 1,500 more revenue it %s', (perTreated, verdict, value) => {
    const cells = [
      ...revenue('treated', 900, 6_500),
      ...revenue('control', 100, 5_000),
      ...cellsOf({ cost: 900 * perTreated }),
    ];
    const { returnOnCost } = reportOf(cells, PLAN, LOOK).economics;
    expect(returnOnCost).toMatchObject({ verdict, horizonDays: 30 });
    expect(returnOnCost?.value).toBeCloseTo(value, 9);
  });

  it('a save costs what a treated customer costs over the uplift, without an upper end while that may be 0', () => {
    const withCost = (retained: number) => [
      ...outcome('retained_30d', 900, retained),
      ...outcome('retained_30d', 100, 60, CONTROL),
      ...cellsOf({ cost: 90_000 }),
    ];
    const saveAt = (retained: number) => reportOf(withCost(retained), PLAN, LOOK).economics.costPerSaveMinor;
    expect(saveAt(810)?.value).toBeCloseTo(100 / 0.3, 9);
    expect(saveAt(810)?.upper).toBeGreaterThan(100 / 0.3);
    expect(saveAt(600)?.upper).toBeNull();
    expect(saveAt(500)).toBeNull();
  });

  it('satisfaction is compared among those who rated, and costs nothing a save', () => {
    const cells = [
      ...cellsOf({ enrolled: 9_000, cost: 90_000, 'satisfied_30d.n': 900, 'satisfied_30d.sum': 810 }),
      ...cellsOf({ enrolled: 1_000, 'satisfied_30d.n': 100, 'satisfied_30d.sum': 50 }, CONTROL),
    ];
    const { goal, economics } = reportOf(cells, { ...PLAN, goal: { kpi: 'satisfaction', target: 0.1 } }, LOOK);
    expect(goal).toMatchObject({
      verdict: 'effective',
      comparison: { difference: 0.4, treatedTotal: { n: 900, sum: 810 }, controlTotal: { n: 100, sum: 50 } },
    });
    expect(economics.costPerSaveMinor).toBeNull();
  });
});
