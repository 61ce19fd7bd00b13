import { describe, expect, it } from 'vitest';
import { cellsOf, outcome, PLAN } from '../test/cells.ts';
import type { CampaignPlan } from './campaign-plan.ts';
import type { Cell } from './cell.ts';
import { describeMonths } from './describe-months.ts';
import { compareMonths, daysOfMonth, monthBefore } from './months.ts';

const AS_OF = '2026-06-01';
const JANUARY = { day: '2026-01-10' };
const FEBRUARY = { day: '2026-02-10' };

function february(cells: readonly Cell[], plan: CampaignPlan = PLAN) {
  const comparison = compareMonths([{ plan, cells }], '2026-02', AS_OF);
  const [campaign] = comparison.campaigns;
  if (!campaign) throw new Error('the campaign is missing');
  return { ...campaign, text: describeMonths(comparison), advice: campaign.suggestions.map(({ text }) => text) };
}

it.each([
  ['2026-01', '2025-12', { from: '2026-01-01', to: '2026-02-01' }],
  ['2026-12', '2026-11', { from: '2026-12-01', to: '2027-01-01' }],
  ['2028-02', '2028-01', { from: '2028-02-01', to: '2028-03-01' }],
])('%s comes after %s', (month, before, days) => {
  expect(monthBefore(month)).toBe(before);
  expect(daysOfMonth(month)).toEqual(days);
});

describe('a month against the one before', () => {
  const won = (accepted: number, parts: Partial<Cell>) =>
    cellsOf({ contact: 500, delivered: 400, accepted }, { channel: 'sms', offer: 'care', ...parts });

  it('says up or down only where it is more than chance', () => {
    const successOf = (now: number) =>
      february([...won(100, JANUARY), ...won(now, FEBRUARY)]).changes.find(({ figure }) => figure === 'successRate')
        ?.verdict;
    expect([successOf(180), successOf(40), successOf(110)]).toEqual(['up', 'down', 'undecided']);
  });

  it('judges no rate of more than all: what is accepted may have been delivered in the month before', () => {
    const changes = february([...won(100, JANUARY), ...won(450, FEBRUARY)]).changes;
    expect(changes.find(({ figure }) => figure === 'successRate')).toMatchObject({ verdict: 'undecided' });
  });

  it('says how many customers are missing where the goal is undecided', () => {
    const cells = [
      ...outcome('retained_30d', 180, 150, JANUARY),
      ...outcome('retained_30d', 20, 15, { ...JANUARY, arm: 'control' }),
    ];
    expect(february(cells).text).toMatch(/goal +undecided: the interval holds 0, [\d,]+ more customers for the target/);
  });

  it('holds the goal against everybody who has passed the horizon, of whatever month', () => {
    const cells = [
      ...outcome('retained_30d', 900, 810, JANUARY),
      ...outcome('retained_30d', 100, 60, { ...JANUARY, arm: 'control' }),
    ];
    const { goal, text } = february(cells);
    expect(goal.verdict).toBe('effective');
    expect(text).toContain('retained_30d treated 810/900, control 60/100');
  });
});

describe('suggestions name the figures behind them', () => {
  const care = { ...FEBRUARY, channel: 'sms', offer: 'care' };

  it.each<[string, readonly Cell[], RegExp]>([
    [
      'rejections for one reason',
      cellsOf({ contact: 400, delivered: 300, rejected: 140, 'rejected:price': 62, 'rejected:no_need': 40 }, care),
      /rejections for price are 62 of 140 \(44\.3 %\) on care/,
    ],
    [
      'contacts that expire',
      cellsOf({ contact: 120, delivered: 80, expired: 40 }, care),
      /40 of 120 \(33\.3 %\) contacts by sms expired/,
    ],
    [
      'contacts that fail',
      cellsOf({ contact: 120, delivered: 80, failed: 40 }, care),
      /40 of 120 \(33\.3 %\) contacts by sms failed/,
    ],
    [
      'a channel that wins more',
      [
        ...cellsOf({ contact: 200, delivered: 200, accepted: 20, cost: 1_000 }, care),
        ...cellsOf({ contact: 200, delivered: 200, accepted: 80, cost: 40_000 }, { ...care, channel: 'call-centre' }),
      ],
      /call-centre wins 80 of 200 \(40\.0 %\), sms 20 of 200 \(10\.0 %\).*5\.00 CNY \(400\.00 over 80\) and 0\.50 CNY/,
    ],
    [
      'a rule that keeps most back',
      cellsOf({ contact: 60, 'suppressed:cap': 40, 'suppressed:cool-down': 2 }, FEBRUARY),
      /cap kept back 40 of 102/,
    ],
    [
      'acceptances that became dear',
      [...cellsOf({ accepted: 50, cost: 5_000 }, JANUARY), ...cellsOf({ accepted: 40, cost: 8_000 }, FEBRUARY)],
      /an acceptance costs 2\.00 CNY \(80\.00 over 40\), last month 1\.00 CNY \(50\.00 over 50\)/,
    ],
    [
      'harm',
      [
        ...outcome('retained_30d', 900, 540, JANUARY),
        ...outcome('retained_30d', 100, 90, { ...JANUARY, arm: 'control' }),
      ],
      /stop or change it.*540 of 900 \(60\.0 %\).*90 of 100 \(90\.0 %\)/,
    ],
    [
      'a lost arm',
      [...cellsOf({ enrolled: 9_000 }, JANUARY), ...cellsOf({ enrolled: 600 }, { ...JANUARY, arm: 'control' })],
      /control 600 of 9,600 \(6\.3 %\) where 10\.0 % was due/,
    ],
    [
      'too few customers',
      [
        ...outcome('retained_30d', 180, 150, JANUARY),
        ...outcome('retained_30d', 20, 15, { ...JANUARY, arm: 'control' }),
      ],
      /wait, or enrol more: 200 of [\d,]+ customers/,
    ],
  ])('%s', (_, cells, expected) => {
    const { advice, suggestions } = february(cells);
    expect(advice).toContainEqual(expect.stringMatching(expected));
    expect(suggestions.every(({ figures }) => figures.length > 0)).toBe(true);
  });

  it('a missing control group, a spent budget, a variant that is better', () => {
    const treated = outcome('retained_30d', 500, 400, JANUARY);
    expect(february(treated, { ...PLAN, holdout: 0 }).advice[0]).toContain('keep a control group');
    const spent = cellsOf({ cost: 9_500 }, JANUARY);
    expect(february(spent, { ...PLAN, budget: { amountMinor: 10_000 } }).advice).toContainEqual(
      expect.stringContaining('95.00 of 100.00 CNY (95.0 %)'),
    );
    const variants = [
      { id: 'a', share: 0.5 },
      { id: 'b', share: 0.5 },
    ];
    const arms = [
      ...outcome('retained_30d', 450, 300, { ...JANUARY, variant: 'a' }),
      ...outcome('retained_30d', 450, 420, { ...JANUARY, variant: 'b' }),
      ...outcome('retained_30d', 100, 60, { ...JANUARY, arm: 'control' }),
    ];
    expect(february(arms, { ...PLAN, variants }).advice).toContainEqual(
      expect.stringMatching(/give variant b a larger share: 420 of 450/),
    );
  });

  it('nothing is suggested of nothing', () => {
    expect(february([]).advice).toEqual([]);
  });
});
