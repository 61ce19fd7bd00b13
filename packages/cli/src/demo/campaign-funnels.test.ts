import type { CampaignPlan } from '@holdfast/insights';
import type { KpiArm, KpiFigure } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { type CountedCampaigns, funnelsBetween } from './campaign-funnels.ts';

const PLAN: CampaignPlan = {
  ...{ id: 'save_desk', kind: 'marketing', stage: 'live', goal: { kpi: 'saved_30d', target: 0.2 } },
  ...{ controlArm: 'control', holdout: 0.1, variants: [], currency: 'CNY' },
};
const DAY = '2026-11-29';

function cell(
  what: string,
  value: number,
  { arm = 'treated', day = DAY }: { arm?: KpiArm; day?: string } = {},
): KpiFigure {
  return { day, offer: 'save_plan', arm, variant: '', channel: 'call-centre', what, value };
}

const counted = (...cells: KpiFigure[]): CountedCampaigns => [{ plan: PLAN, cells }];

describe('the funnels of a run', () => {
  it('count what the run moved, whatever was there before', () => {
    const before = counted(cell('contact', 7), cell('accepted', 2), cell('cost', 500, { day: '2026-11-28' }));
    const after = counted(
      ...[cell('contact', 9), cell('enrolled', 2), cell('enrolled', 1, { arm: 'control' }), cell('delivered', 2)],
      ...[cell('presented', 2), cell('accepted', 3), cell('rejected', 1), cell('cost', 6_000)],
      cell('cost', 500, { day: '2026-11-28' }),
    );
    expect(funnelsBetween(before, after, DAY)).toEqual([
      {
        ...{ campaign: 'save_desk', enrolled: { treated: 2, control: 1, holdout: 0 } },
        ...{ contacts: 2, delivered: 2, presented: 2, accepted: 1, rejected: 1, deferred: 0 },
        ...{ costMinor: 6_000, currency: 'CNY', goal: 'saved_30d', verdict: 'undecided' },
        because: expect.stringContaining('takes 30 days'),
      },
    ]);
  });

  it('leave out a campaign in which nothing moved', () => {
    const same = counted(cell('contact', 7));
    expect(funnelsBetween(same, same, DAY)).toEqual([]);
  });
});
