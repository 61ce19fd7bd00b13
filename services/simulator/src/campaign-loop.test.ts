import {
  createDecoder,
  createEncoder,
  type DecisionMade,
  type Event,
  type EventInput,
  schemaTable,
} from '@holdfast/events';
import { compilePolicy } from '@holdfast/policy';
import { createRehearsal, createToldEvents, customerRules, type Happening } from '@holdfast/rehearsal';
import { HORIZON_GRACE_MS, kpiFigures, summedFigures, telecomContract } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { createDesk } from './desk.ts';
import { DEFAULT_TRUTH, type GroundTruth } from './ground-truth.ts';
import { DAY_MS } from './habits.ts';
import { LATER_DAYS, livesOn } from './later-life.ts';

const START = Date.UTC(2026, 1, 2, 10);

/** Half of whom the desk would call are not called. */
const POLICY_FILE = `
languages: [en]
currency: CNY
triggers:
  asked: { on: SuspensionRequested, freshness: 1h, occasion: event.requestId, reason: { en: asked } }
offers:
  save_plan: { title: { en: Plan }, category: retention, value: 150, cost: 30, propensity: 0.35, validFor: 24h, channels: [call-centre] }
campaigns:
  save_desk:
    { goal: { kpi: saved_30d, target: 0.2 }, triggers: [asked], offers: [save_plan], holdout: 0.5, stage: live }
contact-policy: { caps: [{ max: 3, per: 7d }] }
holdout: { share: 0.1, salt: universal-1 }
`;

function compiled() {
  const answer = compilePolicy({ 'policy.yaml': POLICY_FILE }, telecomContract());
  if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(({ message }) => message).join('\n'));
  return answer.policy;
}

const POLICY = compiled();
/** Strong enough to show in a thousand customers. */
const TRUTH: GroundTruth = { ...DEFAULT_TRUTH, leaving: 0.6, kept: 0.9 };
const SEED = 4;
const FEED = 'billing';
const CUSTOMERS = Array.from({ length: 1_200 }, (_, index) => `gen-${index}`);

const ids = Object.fromEntries(schemaTable().map(({ record }, index) => [record, index + 1]));
const encoder = createEncoder(ids);
const decoder = createDecoder();
for (const [index, { schema }] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(schema));

/** The event as a reader has it, what was left out with its default. */
function read(input: EventInput): Event {
  const outcome = decoder.decode(encoder.encode(input));
  if (outcome.kind !== 'event') throw new Error(JSON.stringify(outcome));
  return outcome.event as Event;
}

function asking(customerId: string): readonly Event[] {
  const about = { source: FEED, customerId, subscriptionId: `${customerId}-mobile` };
  const line = { product: 'MOBILE', plan: 'M', cycleDay: 1 } as const;
  const began = START - 100 * DAY_MS;
  return [
    read({ ...about, ...line, type: 'SubscriptionActivated', eventId: `on-${customerId}`, occurredAt: began }),
    read({ ...about, type: 'SuspensionRequested', eventId: `r-${customerId}`, occurredAt: START, requestId: 'r-1' }),
  ];
}

interface Campaign {
  readonly decisions: readonly DecisionMade[];
  figure(arm: string, what: string): number;
}

/** Decided, answered at the desk, and lived on for three months. */
async function campaign(): Promise<Campaign> {
  const told = createToldEvents(2);
  const rehearsal = createRehearsal(customerRules({ policy: POLICY, decodeRecord: told.decodeRecord }), {
    partitions: 2,
  });
  const happenings: Happening<DecisionMade>[] = [];
  const fold = async (events: readonly Event[]) => {
    const records = [...events]
      .sort((a, b) => a.occurredAt - b.occurredAt)
      .map((event) => told.record(event, event.occurredAt + 1_000));
    happenings.push(...(await rehearsal.fold(records)));
  };
  await fold(CUSTOMERS.flatMap(asking));
  const decisions = happenings.flatMap((happening) => (happening.kind === 'decision' ? [happening.decision] : []));
  const { answers, accepted } = answered(decisions);
  await fold(answers);
  await fold(
    decisions.flatMap(({ customerId, decidedAt }) => {
      const who = {
        customerId,
        subscriptionId: `${customerId}-mobile`,
        feed: FEED,
        hasAccepted: accepted.has(customerId),
      };
      return livesOn({ ...who, fromMs: decidedAt + 3_600_000 }, TRUTH, SEED).map(read);
    }),
  );
  happenings.push(...(await rehearsal.fireUntil(START + LATER_DAYS * DAY_MS + HORIZON_GRACE_MS + DAY_MS)));
  const increments = happenings.flatMap((happening) => (happening.kind === 'kpi' ? [happening.increment] : []));
  const ofDesk = increments.filter(({ campaign: name }) => name === 'save_desk');
  const figures = summedFigures(ofDesk.map(({ cell, by }) => kpiFigures({ [cell]: by })));
  const figure: Campaign['figure'] = (arm, what) =>
    figures.filter((cell) => cell.arm === arm && cell.what === what).reduce((sum, { value }) => sum + value, 0);
  return { decisions, figure };
}

/** Every contact reaches the desk. */
function answered(decisions: readonly DecisionMade[]) {
  const desk = createDesk({ truth: TRUTH, seed: SEED, feed: 'desk', isOurs: () => true });
  const accepted = new Set<string>();
  const answers = decisions.flatMap((decision) => {
    const { customerId, contactId, offer, sendAt, decidedAt } = decision;
    const about = { source: 'holdfast', customerId, contactId, offer, sendAt, eventId: `delivery:${contactId}` };
    const delivered = { ...about, type: 'DeliveryReported', status: 'DELIVERED', occurredAt: decidedAt } as const;
    if (decision.outcome !== 'contact') return [];
    const report = read(delivered);
    const events = [decision, report].flatMap((event) => desk.take(event));
    if (events.some(({ what }) => what === 'OfferAccepted')) accepted.add(customerId);
    return [report, ...events.map(({ eventAt, afterMs }) => read(eventAt(decidedAt + afterMs)))];
  });
  return { answers, accepted };
}

describe('a campaign from the decision to three months later', () => {
  it('shows in the figures what customers truly do, and what being called truly changes', async () => {
    const { decisions, figure } = await campaign();
    const [treated, control] = ['treated', 'control'].map((arm) => figure(arm, 'retained_90d.n')) as [number, number];
    expect([treated, control].map((n) => n > 400)).toEqual([true, true]);
    expect(figure('treated', 'presented')).toBe(treated);
    expect(figure('treated', 'delivered')).toBe(treated);
    const acceptance = TRUTH.acceptance('save_plan', decisions[0]?.segment ?? '');
    const takeUp = figure('treated', 'accepted_30d.sum') / treated;
    expect(takeUp).toBe(figure('treated', 'accepted') / treated);
    expect(figure('control', 'accepted_30d.sum')).toBe(0);

    const [kept, keptAnyway] = [
      figure('treated', 'retained_90d.sum') / treated,
      figure('control', 'retained_90d.sum') / control,
    ];
    // Four standard errors, at the most.
    const within = 4 * Math.sqrt(0.25 / treated + 0.25 / control);
    expect(Math.abs(takeUp - acceptance)).toBeLessThan(within);
    expect(Math.abs(keptAnyway - (1 - TRUTH.leaving))).toBeLessThan(within);
    expect(Math.abs(kept - keptAnyway - TRUTH.leaving * TRUTH.kept * acceptance)).toBeLessThan(within);
    expect(kept - keptAnyway).toBeGreaterThan(0);
    const revenueEach = (arm: string, n: number) => figure(arm, 'revenue_90d.sum') / n;
    expect(revenueEach('treated', treated)).toBeGreaterThan(revenueEach('control', control));
    expect(figure('treated', 'churned_90d.sum')).toBe(treated - figure('treated', 'retained_90d.sum'));
  });

  it('lives on alike with and without an offer, but for those whom it keeps', () => {
    const lives = (hasAccepted: boolean) =>
      CUSTOMERS.map((customerId) => {
        const life = { customerId, subscriptionId: 's', feed: FEED, fromMs: START, hasAccepted };
        return livesOn(life, TRUTH, SEED).find(({ type }) => type === 'SubscriptionTerminated')?.occurredAt;
      });
    const [without, withOffer] = [lives(false), lives(true)];
    const leavers = without.filter((at) => at !== undefined).length;
    const stillLeaving = withOffer.filter((at) => at !== undefined).length;
    for (const [index, at] of withOffer.entries()) if (at !== undefined) expect(at).toBe(without[index]);
    expect(stillLeaving).toBeGreaterThan(0);
    expect(stillLeaving).toBeLessThan(leavers / 4);
  });
});
