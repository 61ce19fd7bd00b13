import type { CampaignPlan, Cell } from '../src/index.ts';
import { binomial, normal, type Random } from './random.ts';

/** A campaign whose effect is known, as cells. */
export interface SimulatedCampaign {
  readonly firstDay: string;
  readonly days: number;
  readonly customersPerDay: number;
  readonly plan: CampaignPlan;
  /** Share of the control that stays, and what the campaign adds to it for the treated. */
  readonly retained: number;
  readonly effect: number;
  /** Mean charge within 30 days, minor units, and what the campaign adds. */
  readonly chargeMinor: number;
  readonly chargeEffectMinor: number;
}

const HORIZON_DAYS = 60;
const REVENUE_DAYS = 30;
const CHANNELS = [
  { channel: 'call-centre', share: 0.4, delivered: 0.8, accepted: 0.3, costMinor: 900 },
  { channel: 'sms', share: 0.6, delivered: 0.96, accepted: 0.11, costMinor: 12 },
];
const REASONS = [
  { reason: 'price', share: 0.5 },
  { reason: 'no_need', share: 0.35 },
  { reason: 'competitor', share: 0.15 },
];

/** All cells there would be on the day after everybody passed every horizon; a look in between leaves later cohorts out by itself. */
export function simulateCells(campaign: SimulatedCampaign, random: Random): readonly Cell[] {
  return Array.from({ length: campaign.days }, (_, day) => dayCells(campaign, random, dayOf(campaign, day))).flat();
}

function dayCells(campaign: SimulatedCampaign, random: Random, day: string): readonly Cell[] {
  const { plan, customersPerDay, retained, effect, chargeMinor, chargeEffectMinor } = campaign;
  const control = binomial(random, customersPerDay, plan.holdout);
  const treated = customersPerDay - control;
  const arms = [
    { arm: 'treated', n: treated, retained: retained + effect, mean: chargeMinor + chargeEffectMinor },
    { arm: 'control', n: control, retained, mean: chargeMinor },
  ];
  const outcomes = arms.flatMap(({ arm, n, retained: chance, mean }) => {
    const stayed = binomial(random, n, chance);
    const charges = Array.from({ length: n }, () => Math.round(mean * Math.exp(0.6 * normal(random) - 0.18)));
    return [
      { arm, what: 'enrolled', value: n },
      ...moments(`retained_${HORIZON_DAYS}d`, [n, stayed, stayed]).map((cell) => ({ ...cell, arm })),
      ...moments(`revenue_${REVENUE_DAYS}d`, [n, sum(charges), sum(charges.map((x) => x * x))]).map((cell) => ({
        ...cell,
        arm,
      })),
    ];
  });
  return [...outcomes.map((cell) => ({ ...BLANK, day, ...cell })), ...contactCells(random, day, treated)];
}

const BLANK = { offer: '', variant: '', channel: '' };

function moments(kpi: string, [n, total, squares]: readonly [number, number, number]) {
  return [
    { what: `${kpi}.n`, value: n },
    { what: `${kpi}.sum`, value: total },
    { what: `${kpi}.sq`, value: squares },
  ];
}

function contactCells(random: Random, day: string, treated: number): readonly Cell[] {
  return CHANNELS.flatMap(({ channel, share, delivered, accepted, costMinor }) => {
    const contact = Math.round(treated * share);
    const reached = binomial(random, contact, delivered);
    const won = binomial(random, reached, accepted);
    const refused = binomial(random, reached - won, 0.4);
    const cell = { day, offer: 'care_call', arm: 'treated', variant: '', channel };
    const counts = {
      contact,
      sent: contact,
      delivered: reached,
      expired: contact - reached,
      accepted: won,
      rejected: refused,
    };
    const reasons = REASONS.map(
      ({ reason, share: part }) => [`rejected:${reason}`, Math.round(refused * part)] as const,
    );
    return [...Object.entries(counts), ...reasons, ['cost', contact * costMinor] as const].map(([what, value]) => ({
      ...cell,
      what,
      value,
    }));
  });
}

function dayOf({ firstDay }: SimulatedCampaign, day: number): string {
  return new Date(Date.parse(firstDay) + day * 86_400_000).toISOString().slice(0, 10);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A retention campaign that adds five points to a share of 78 % that stays without it. */
export const EXAMPLE: SimulatedCampaign = {
  firstDay: '2026-03-01',
  days: 120,
  customersPerDay: 160,
  retained: 0.78,
  effect: 0.05,
  chargeMinor: 6_400,
  chargeEffectMinor: 900,
  plan: {
    id: 'quiet_customers',
    kind: 'marketing',
    stage: 'live',
    goal: { kpi: 'retained_60d', target: 0.04 },
    controlArm: 'control',
    holdout: 0.1,
    variants: [],
    currency: 'CNY',
    budget: { amountMinor: 10_000_000 },
  },
};
