import { type CampaignPlan, type Cell, reportOf, type Verdict, wholeRange } from '@holdfast/insights';
import { kpiCell, UNIVERSAL } from '@holdfast/telecom';
import type { Addresses } from '../addresses.ts';
import { withCampaignFigures } from '../campaigns/campaign-figures.ts';
import { plansOf, universalPlan } from '../campaigns/campaign-plans.ts';
import { table } from '../terminal-text.ts';

/** What shards have counted of every campaign, and by what it is judged. */
export type CountedCampaigns = readonly { readonly plan: CampaignPlan; readonly cells: readonly Cell[] }[];

/** A campaign in one line. Counts are customers where they say enrolled, contacts elsewhere. */
export interface CampaignFunnel {
  readonly campaign: string;
  readonly enrolled: { readonly treated: number; readonly control: number; readonly holdout: number };
  readonly contacts: number;
  readonly delivered: number;
  readonly presented: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly deferred: number;
  /** In minor units of `currency`. */
  readonly costMinor: number;
  readonly currency: string;
  readonly goal: string;
  readonly verdict: Verdict;
  /** Why it is undecided; '' otherwise. */
  readonly because: string;
}

export function countedCampaigns(addresses: Pick<Addresses, 'redisUrl' | 'policyDir'>): Promise<CountedCampaigns> {
  return withCampaignFigures(addresses, ({ policy, cellsOf }) =>
    Promise.all(
      [...plansOf(policy), universalPlan(policy)].map(async (plan) => ({ plan, cells: await cellsOf(plan.id) })),
    ),
  );
}

/** The funnels of what was counted between two readings, those in which nothing moved left out. */
export function funnelsBetween(
  before: CountedCampaigns,
  after: CountedCampaigns,
  asOf: string,
): readonly CampaignFunnel[] {
  return after.flatMap(({ plan, cells }) => {
    const known = before.find((counted) => counted.plan.id === plan.id);
    const moved = movedCells(known?.cells ?? [], cells);
    return moved.length === 0 ? [] : [funnelOf(plan, moved, asOf)];
  });
}

function movedCells(before: readonly Cell[], after: readonly Cell[]): readonly Cell[] {
  const keyOf = (cell: Cell) => kpiCell(cell as Parameters<typeof kpiCell>[0]);
  const known = new Map(before.map((cell) => [keyOf(cell), cell.value]));
  return after
    .map((cell) => ({ ...cell, value: cell.value - (known.get(keyOf(cell)) ?? 0) }))
    .filter(({ value }) => value !== 0);
}

function funnelOf(plan: CampaignPlan, cells: readonly Cell[], asOf: string): CampaignFunnel {
  const { funnel, goal } = reportOf(cells, plan, { range: wholeRange(cells, asOf), asOf });
  const { contact, delivered, presented, accepted, rejected, deferred } = funnel.stages;
  return {
    ...{ campaign: plan.id, enrolled: funnel.enrolled, contacts: contact },
    ...{ delivered, presented, accepted, rejected, deferred },
    ...{ costMinor: funnel.costMinor, currency: plan.currency, goal: plan.goal.kpi },
    ...{ verdict: goal.verdict, because: goal.because },
  };
}

function amountText(minor: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  const { maximumFractionDigits: digits = 2 } = format.resolvedOptions();
  // The space it puts between is one that does not break.
  return format.format(minor / 10 ** digits).replace(/\s/g, ' ');
}

const HEAD = ['campaign', 'enrolled', 'control', 'contacts', 'delivered', 'presented', 'accepted', 'rejected', 'cost'];

/** The funnels as a table, and what can be said of the uplift yet. */
export function describeFunnels(funnels: readonly CampaignFunnel[]): readonly string[] {
  if (funnels.length === 0) return [];
  // Of everything together there are customers, and no contacts of its own.
  const rows = funnels
    .filter(({ campaign }) => campaign !== UNIVERSAL)
    .map(({ campaign, enrolled, costMinor, currency, ...counts }) => [
      campaign,
      ...[enrolled.treated, enrolled.control + enrolled.holdout, counts.contacts, counts.delivered].map(String),
      ...[counts.presented, counts.accepted, counts.rejected].map(String),
      amountText(costMinor, currency),
    ]);
  const uplift = funnels.map(
    ({ campaign, goal, verdict, because }) => `${campaign}: ${goal} ${verdict}${because === '' ? '' : `: ${because}`}`,
  );
  return [...table([HEAD, ...rows]), '', 'uplift', ...uplift.map((line) => `  ${line}`)];
}
