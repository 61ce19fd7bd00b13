import type { Campaign } from './campaign-model.ts';
import type { ChannelPlan } from './contact-model.ts';
import type { Reporter } from './diagnostic.ts';
import { nearest } from './nearest.ts';
import { customersNeeded, shareNeeded } from './sample-size.ts';
import { type StepRules, warnSteps } from './step-warnings.ts';
import { type Entry, placeOfKey } from './yaml-source.ts';

export interface PlanRules extends StepRules {
  readonly channels: ReadonlyMap<string, ChannelPlan>;
  readonly baseCustomers: number | undefined;
  /** See `PolicyContract`. */
  readonly goals: readonly string[] | undefined;
}

/** Warns of a campaign that cannot be carried out as planned, and of one that can never show whether it works. */
export function warnPlan(campaign: Campaign, entry: Entry, rules: PlanRules, report: Reporter): void {
  warnSteps(campaign, placeOfKey(entry, 'steps'), rules, report);
  warnArms(campaign, entry, report);
  warnBudget(campaign, entry, rules, report);
  warnHoldout(campaign, entry, rules, report);
  warnGoal(campaign, entry, rules, report);
}

/** A service is for its own sake; what a marketing campaign is for has to show. */
function warnGoal({ goal: { kpi }, kind }: Campaign, entry: Entry, { goals }: PlanRules, report: Reporter): void {
  if (kind !== 'marketing' || goals === undefined) return;
  if (goals.some((known) => (known.startsWith('*') ? kpi.endsWith(known.slice(1)) : kpi === known))) return;
  const suggestion = nearest(kpi, goals);
  const place = placeOfKey(entry, 'goal');
  const meant = suggestion === undefined ? `goals are ${goals.join(', ')}` : `did you mean "${suggestion}"?`;
  report.warning(place, `the goal "${kpi}" is measured by nothing, so nothing can be said of it; ${meant}`);
}

function warnArms({ arms, offers }: Campaign, entry: Entry, report: Reporter): void {
  for (const arm of arms) {
    const stranger = arm.offers.find((offer) => !offers.includes(offer));
    if (stranger === undefined) continue;
    report.warning(placeOfKey(entry, 'arms'), `arm "${arm.id}" gets "${stranger}", which is no offer of the campaign`);
  }
}

function warnBudget({ budget, offers }: Campaign, entry: Entry, rules: PlanRules, report: Reporter): void {
  if (budget?.amountMinor === undefined) return;
  const costs = offers.flatMap((id) => {
    const offer = rules.offers.get(id);
    return offer?.channels.map((channel) => offer.costMinor + (rules.channels.get(channel)?.costMinor ?? 0)) ?? [];
  });
  const leastMinor = Math.min(...costs);
  if (costs.length === 0 || leastMinor <= budget.amountMinor) return;
  report.warning(placeOfKey(entry, 'budget'), 'the budget is smaller than the cost of one contact: none will be made');
}

function warnHoldout(campaign: Campaign, entry: Entry, { baseCustomers }: PlanRules, report: Reporter): void {
  const { holdout, goal, kind } = campaign;
  const isMeasured = kind === 'marketing' && holdout > 0 && holdout < 1 && goal.target > 0 && goal.target < 1;
  if (!isMeasured || baseCustomers === undefined) return;
  const comparison = { effect: goal.target, baseline: goal.baseline };
  const needed = customersNeeded({ ...comparison, controlShare: holdout });
  if (needed <= baseCustomers) return;
  const share = shareNeeded(comparison, baseCustomers);
  const advice =
    share === undefined ? 'no holdout would be enough' : `a holdout of ${Math.round(share * 100)}% would do`;
  report.warning(
    placeOfKey(entry, 'holdout'),
    `with a holdout of ${Math.round(holdout * 1000) / 10}% an effect of ${goal.target} shows after ${needed} customers, there are ${baseCustomers}: ${advice}`,
  );
}
