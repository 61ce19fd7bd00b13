import type { DecisionMade, Event } from '@holdfast/events';
import { GOAL_KPIS, HORIZON_GRACE_MS, kpiFigures, summedFigures } from '@holdfast/telecom';
import { describe, expect, it } from 'vitest';
import { compileFiles, createCustomerWorld, DAY_MS, START } from '../../telecom/test/customer-world.ts';
import { customerRules } from './customer-rules.ts';
import type { Happening } from './happening.ts';
import { createRehearsal } from './rehearsal.ts';
import { createToldEvents } from './told-events.ts';

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
const POLICY = compileFiles({ 'policy.yaml': POLICY_FILE });
const CUSTOMERS = Array.from({ length: 40 }, (_, index) => createCustomerWorld(POLICY, `customer-${index}`));
const LINE = { subscriptionId: 'line-1' };

/** Everybody asks for a suspension at START; every third leaves on the 40th day, every fourth pays each month; all rate, every second well. */
const EVENTS: readonly Event[] = CUSTOMERS.flatMap((world, index) => {
  const asked = { ...LINE, requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
  const begun = [world.activated(START - 100 * DAY_MS), world.event('SuspensionRequested', START, asked)];
  const leaves = world.event('SubscriptionTerminated', START + 40 * DAY_MS, { ...LINE, reason: '' });
  const payments = [10, 40, 70].map((days) =>
    world.event('BillPaid', START + days * DAY_MS, { billId: `b-${days}`, amountMinor: 5_000, currency: 'CNY' }),
  );
  const rating = { score: index % 2 === 0 ? 5 : 1, topic: '', about: '' };
  const rates = world.event('SatisfactionRated', START + 20 * DAY_MS, rating);
  return [...begun, rates, ...(index % 3 === 0 ? [leaves] : []), ...(index % 4 === 0 ? payments : [])];
}).sort((a, b) => a.occurredAt - b.occurredAt);

async function rehearsed(partitions: number, batchSize: number) {
  const told = createToldEvents(partitions);
  const records = EVENTS.map((event) => told.record(event, event.occurredAt + 1_000));
  const rules = customerRules({ policy: POLICY, decodeRecord: told.decodeRecord });
  const rehearsal = createRehearsal(rules, { partitions, batchSize });
  const end = START + 90 * DAY_MS + HORIZON_GRACE_MS + DAY_MS;
  const happenings = [...(await rehearsal.fold(records)), ...(await rehearsal.fireUntil(end))];
  return { arms: armsOf(happenings), figures: figuresOf(happenings) };
}

function armsOf(happenings: readonly Happening<DecisionMade>[]): ReadonlyMap<string, string> {
  const decisions = happenings.flatMap((happening) => (happening.kind === 'decision' ? [happening.decision] : []));
  return new Map(decisions.map(({ customerId, arm }) => [customerId, arm]));
}

function figuresOf(happenings: readonly Happening<DecisionMade>[]): ReadonlyMap<string, number> {
  const increments = happenings.flatMap((happening) => (happening.kind === 'kpi' ? [happening.increment] : []));
  const ofCampaign = increments.filter(({ campaign }) => campaign === 'save_desk');
  const figures = summedFigures(ofCampaign.map(({ cell, by }) => kpiFigures({ [cell]: by })));
  const named = figures.map(({ arm, what, value }) => [`${arm} ${what}`, value] as const);
  return new Map(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('the horizons of a campaign, under virtual time', () => {
  it('come to what became of the customers of each arm', async () => {
    const { arms, figures } = await rehearsed(4, 100);
    const membersOf = (arm: string) =>
      CUSTOMERS.map(({ customerId }, index) => ({ index, is: arms.get(customerId) === arm }));
    for (const arm of ['treated', 'control', 'holdout']) {
      const members = membersOf(arm).flatMap(({ index, is }) => (is ? [index] : []));
      const leavers = members.filter((index) => index % 3 === 0).length;
      const payers = members.filter((index) => index % 4 === 0).length;
      expect(members.length).toBeGreaterThan(0);
      const found = (what: string) => figures.get(`${arm} ${what}`) ?? 0;
      for (const kpi of GOAL_KPIS) expect(found(`${kpi}.n`), `${arm} ${kpi}`).toBe(members.length);
      expect(found('enrolled')).toBe(members.length);
      expect([found('retained_30d.sum'), found('retained_60d.sum')]).toEqual([
        members.length,
        members.length - leavers,
      ]);
      expect([found('churned_30d.sum'), found('churned_90d.sum')]).toEqual([0, leavers]);
      expect([found('revenue_30d.sum'), found('revenue_90d.sum')]).toEqual([5_000 * payers, 15_000 * payers]);
      expect(found('satisfied_30d.sum')).toBe(members.filter((index) => index % 2 === 0).length);
      expect(found('revenue_90d.sq')).toBe(15_000 ** 2 * payers);
    }
  });

  it('are the same however many shards there are and however the records are cut', async () => {
    const [{ figures }, ...others] = await Promise.all([rehearsed(1, 1_000), rehearsed(4, 1), rehearsed(3, 7)]);
    for (const other of others) expect(other.figures).toEqual(figures);
  });
});
