import type { CampaignReport } from './campaign-report.ts';
import { amount, count, NONE, percent, points, pointsBetween, shareText } from './figure-text.ts';
import { type ChannelLoad, type Ratio, ratio } from './funnel.ts';
import { shareDifferenceInterval } from './share-difference.ts';

/** What might be done about a campaign, with the figures that say so. */
export interface Suggestion {
  readonly about: 'sample' | 'goal' | 'rejections' | 'channel' | 'kept-back' | 'cost' | 'variant' | 'budget';
  readonly text: string;
  readonly figures: readonly Ratio[];
}

export interface SuggestionBasis {
  readonly month: CampaignReport;
  readonly before: CampaignReport;
  readonly toDate: CampaignReport;
}

/** Fewer of a kind are an anecdote. */
const LEAST_SEEN = 20;
const LARGE_PART = 0.3;
const COST_RISE = 1.25;
const BUDGET_NEARLY_SPENT = 0.9;
/** Confidence of a difference between channels: one of many looks at one report. */
const CHANNEL_ALPHA = 0.01;

/** Those that must be heeded before the others can be believed come first. */
export function suggestionsFor(basis: SuggestionBasis): readonly Suggestion[] {
  return [
    sampleAlarms,
    goalAdvice,
    variantAdvice,
    rejections,
    lostContacts,
    betterChannel,
    keptBack,
    dearer,
    budget,
  ].flatMap((rule) => rule(basis));
}

function sampleAlarms({ toDate }: SuggestionBasis): readonly Suggestion[] {
  return toDate.ratioChecks
    .filter(({ isAlarm }) => isAlarm)
    .map(({ of, allocation }) => {
      const n = allocation.reduce((total, arm) => total + arm.n, 0);
      const figures = allocation.map((arm) => ratio(arm.n, n, `${arm.arm} of enrolled`));
      const counted = allocation.map(
        (arm, i) => `${arm.arm} ${shareText(figures[i] ?? ratio(0, 0, ''))} where ${percent(arm.share)} was due`,
      );
      const text = `find out why ${of} are not shared out as the policy says before reading any difference: ${counted.join(', ')}`;
      return { about: 'sample', text, figures };
    });
}

function goalAdvice({ toDate }: SuggestionBasis): readonly Suggestion[] {
  const { goal, plan } = toDate;
  const { comparison } = goal;
  if (!comparison) return [];
  const { treatedTotal, controlTotal, measure, interval } = comparison;
  const figures = [
    ratio(treatedTotal.sum, treatedTotal.n, `${measure.kpi} of treated`),
    ratio(controlTotal.sum, controlTotal.n, `${measure.kpi} of control`),
  ];
  const about = 'goal';
  if (plan.holdout === 0 && controlTotal.n === 0) {
    const text = `keep a control group: without a holdout nobody can say what it brings (${count(toDate.funnel.enrolled.treated)} treated, 0 control)`;
    return [{ about, text, figures }];
  }
  const between = interval && measure.kind === 'share' ? `; interval ${pointsBetween(interval)}` : '';
  const sides =
    measure.kind === 'share' ? figures.map((figure) => `${shareText(figure)} ${figure.of}`).join(', ') : measure.kpi;
  if (goal.verdict === 'harmful')
    return [{ about, text: `stop or change it, it does harm: ${sides}${between}`, figures }];
  if (goal.verdict === 'effective' && goal.progress !== 'missed') {
    return [{ about, text: `it works, offer it to more: ${sides}${between}`, figures }];
  }
  if (goal.progress === 'missed')
    return [{ about, text: `it stays below its target, change offer or audience: ${sides}${between}`, figures }];
  return patience(toDate, figures);
}

function patience({ goal, plan, funnel }: CampaignReport, figures: readonly Ratio[]): readonly Suggestion[] {
  const { customersMissing, customersWanted } = goal;
  if (customersMissing === null || customersWanted === null || goal.target === null) return [];
  const { treated, control } = funnel.enrolled;
  const measured = customersWanted - customersMissing;
  const wanted = goal.comparison?.measure.kind === 'share' ? points(goal.target) : 'the target';
  const text =
    customersMissing > 0
      ? `wait, or enrol more: ${count(measured)} of ${count(customersWanted)} customers that ${wanted} takes are past the horizon, ${count(treated + control)} are enrolled${plan.holdout < 0.2 ? `; a larger holdout than ${percent(plan.holdout)} takes fewer` : ''}`
      : `a difference of ${wanted} would probably show by now, with ${count(measured)} customers where ${count(customersWanted)} were needed: lower the target or change the offer`;
  return [
    {
      about: 'goal',
      text,
      figures: [...figures, ratio(measured, customersWanted, 'customers past the horizon of needed')],
    },
  ];
}

function variantAdvice({ toDate }: SuggestionBasis): readonly Suggestion[] {
  const decided = toDate.variants.filter(({ verdict }) => verdict !== 'undecided');
  return decided.map(({ treated, control, verdict, treatedTotal, controlTotal, measure, interval }) => {
    const figures = [
      ratio(treatedTotal.sum, treatedTotal.n, `${measure.kpi} of ${treated}`),
      ratio(controlTotal.sum, controlTotal.n, `${measure.kpi} of ${control}`),
    ];
    const advice = verdict === 'effective' ? `give variant ${treated} a larger share` : `drop variant ${treated}`;
    const made =
      measure.kind === 'share' && interval
        ? `${figures.map((figure) => `${shareText(figure)} ${figure.of}`).join(', ')}; interval ${pointsBetween(interval)}`
        : measure.kpi;
    return { about: 'variant', text: `${advice}: ${made}`, figures };
  });
}

const REMEDIES: Readonly<Record<string, string>> = {
  price: 'offer something cheaper, or to those who can pay',
  no_need: 'narrow the audience to those who use it',
  competitor: 'give the desk arguments against the competitor named',
};

function rejections({ month }: SuggestionBasis): readonly Suggestion[] {
  return month.offers.flatMap(({ offer, stages, rejectedBy }) => {
    const [reason, times] = Object.entries(rejectedBy)[0] ?? ['', 0];
    const figure = ratio(times, stages.rejected, `rejections for ${reason} of ${offer}`);
    if (stages.rejected < LEAST_SEEN || (figure.value ?? 0) < LARGE_PART) return [];
    const remedy = REMEDIES[reason] ?? 'ask the desk what is behind it';
    return [
      {
        about: 'rejections' as const,
        text: `rejections for ${reason} are ${shareText(figure)} on ${offer}: ${remedy}`,
        figures: [figure],
      },
    ];
  });
}

function lostContacts({ month }: SuggestionBasis): readonly Suggestion[] {
  return month.channels.flatMap(({ channel, stages }) => {
    const expired = ratio(stages.expired, stages.contact, `expired of contacts by ${channel}`);
    const failed = ratio(stages.failed, stages.contact, `failed of contacts by ${channel}`);
    const found: Suggestion[] = [];
    const isLarge = ({ numerator, value }: Ratio) => numerator >= LEAST_SEEN && (value ?? 0) >= LARGE_PART / 2;
    if (isLarge(expired)) {
      const text = `${shareText(expired)} contacts by ${channel} expired: plan fewer a day, give it more capacity, or let offers live longer`;
      found.push({ about: 'channel', text, figures: [expired] });
    }
    if (isLarge(failed)) {
      const text = `${shareText(failed)} contacts by ${channel} failed: check addresses and provider, or name a fallback channel`;
      found.push({ about: 'channel', text, figures: [failed] });
    }
    return found;
  });
}

function betterChannel({ month }: SuggestionBasis): readonly Suggestion[] {
  const known = month.channels.filter(
    ({ stages }) => stages.delivered >= LEAST_SEEN && stages.accepted <= stages.delivered,
  );
  const ranked = known
    .map((load) => ({ load, won: wonBy(load) }))
    .sort((a, b) => (b.won.value ?? 0) - (a.won.value ?? 0));
  const [best, worst] = [ranked[0], ranked.at(-1)];
  if (!best || !worst || best === worst) return [];
  const sides = { treated: shareOf(best.won), control: shareOf(worst.won) };
  if (shareDifferenceInterval([sides], CHANNEL_ALPHA).lower <= 0) return [];
  const [cost, other] = [costOf(best.load), costOf(worst.load)];
  const text =
    `${best.load.channel} wins ${shareText(best.won)}, ${worst.load.channel} ${shareText(worst.won)} of delivered: ` +
    `try the first where its capacity allows, though nobody drew who got which; cost per acceptance ${moneyOf(cost, month)} and ${moneyOf(other, month)}`;
  return [{ about: 'channel', text, figures: [best.won, worst.won, cost, other] }];
}

function wonBy({ channel, stages }: ChannelLoad): Ratio {
  return ratio(stages.accepted, stages.delivered, `accepted of delivered by ${channel}`);
}

function costOf({ channel, stages, costMinor }: ChannelLoad): Ratio {
  return ratio(costMinor, stages.accepted, `cost over acceptances by ${channel}`);
}

function moneyOf({ numerator, denominator, value }: Ratio, { plan: { currency } }: CampaignReport): string {
  const each = value === null ? NONE : amount(value, currency);
  return `${each} ${currency} (${amount(numerator, currency)} over ${count(denominator)})`;
}

function shareOf({ numerator, denominator }: Ratio): { n: number; sum: number } {
  return { n: denominator, sum: numerator };
}

function keptBack({ month }: SuggestionBasis): readonly Suggestion[] {
  const { suppressed, stages } = month.funnel;
  const total = Object.values(suppressed).reduce((sum, times) => sum + times, 0);
  const [code, times] = Object.entries(suppressed)[0] ?? ['', 0];
  const figure = ratio(times, total + stages.contact, `kept back by ${code} of decisions that had an offer`);
  if (times < LEAST_SEEN || (figure.value ?? 0) < LARGE_PART) return [];
  return [
    {
      about: 'kept-back',
      text: `${code} kept back ${shareText(figure)} of decisions: look whether it is meant to`,
      figures: [figure],
    },
  ];
}

function dearer({ month, before }: SuggestionBasis): readonly Suggestion[] {
  const [now, then] = [month.rates.costPerAcceptanceMinor, before.rates.costPerAcceptanceMinor];
  if (Math.min(now.denominator, then.denominator) < LEAST_SEEN || now.value === null || then.value === null) return [];
  if (now.value < then.value * COST_RISE) return [];
  const text = `an acceptance costs ${moneyOf(now, month)}, last month ${moneyOf(then, before)}: look at channels and audience`;
  return [{ about: 'cost', text, figures: [now, then] }];
}

function budget({ toDate }: SuggestionBasis): readonly Suggestion[] {
  const limit = toDate.plan.budget?.amountMinor;
  if (limit === undefined) return [];
  const spent = ratio(toDate.funnel.costMinor, limit, 'spent of the budget, minor units');
  if (spent.value === null || spent.value < BUDGET_NEARLY_SPENT) return [];
  const { currency } = toDate.plan;
  const made = `${amount(spent.numerator, currency)} of ${amount(limit, currency)} ${currency} (${percent(spent.value)})`;
  return [
    {
      about: 'budget',
      text: `${made} of the budget are spent: raise it, or let the campaign end`,
      figures: [spent],
    },
  ];
}
