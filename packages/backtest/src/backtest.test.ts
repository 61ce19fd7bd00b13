import type { LogRecord } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { asIfLive } from '@holdfast/policy';
import { createRehearsal, createToldEvents, customerRules, rehearse, type ToldEvents } from '@holdfast/rehearsal';
import { describe, expect, it } from 'vitest';
import { livesOf } from '../../rehearsal/test/lives.ts';
import { compilePack, DAY_MS, START } from '../../telecom/test/customer-world.ts';
import { describeBacktest } from './describe.ts';
import { runPartitions } from './partition-run.ts';
import { type BacktestReport, reportOf } from './report.ts';

const PARTITIONS = 4;
const LIVE = compilePack();
const DRAFT = compilePack({
  'campaigns.yaml': (text) => text.replace(/(service_recovery:[\s\S]*?stage: )live/, '$1draft'),
});
const WINDOW = { fromMs: START + 10 * DAY_MS, toMs: START + 35 * DAY_MS };
const SAMPLE = { perTrigger: 2, seed: 1 };
const told = createToldEvents(PARTITIONS);
const RECORDS = livesOf(LIVE, 60, 1).map((event) => told.record(event, event.occurredAt + 500));

interface Asking {
  readonly policies: readonly CompiledPolicy[];
  readonly raised?: readonly string[];
  readonly isPersonal?: boolean;
  readonly seed?: number;
  /** Partitions folded together. */
  readonly spread?: readonly (readonly number[])[];
  readonly stretch?: number;
}

async function backtest(asking: Asking): Promise<BacktestReport> {
  const { raised = [], isPersonal = false, seed = 1, spread = [[0, 1, 2, 3]], stretch = 500 } = asking;
  const policies = asking.policies.map((policy) => asIfLive(policy, raised));
  const sample = { ...SAMPLE, seed };
  const options = { partitions: PARTITIONS, window: WINDOW, sample };
  const results = [];
  for (const own of spread) {
    const records = RECORDS.filter(({ partition }) => own.includes(partition));
    results.push(
      await runPartitions(inStretches(records, stretch), { policies, decodeRecord: told.decodeRecord }, options),
    );
  }
  return reportOf(results, { window: WINDOW, policies, asIfLive: raised, sample, isPersonal });
}

async function* inStretches(records: readonly LogRecord[], length: number) {
  for (let from = 0; from < records.length; from += length) yield records.slice(from, from + length);
}

/** What the rehearsal decides within the window, listed. */
async function decisionsOf(policy: CompiledPolicy, { decodeRecord }: ToldEvents): Promise<DecisionMade[]> {
  const rehearsal = createRehearsal(customerRules({ policy, decodeRecord }), { partitions: PARTITIONS });
  const decisions: DecisionMade[] = [];
  const records = RECORDS.filter(({ appendTime }) => appendTime < WINDOW.toMs);
  for await (const happening of rehearse(rehearsal, records, { untilMs: WINDOW.toMs - 1 })) {
    if (happening.kind === 'decision') decisions.push(happening.decision);
  }
  return decisions.filter(({ decidedAt }) => decidedAt >= WINDOW.fromMs && decidedAt < WINDOW.toMs);
}

describe('a backtest', () => {
  it('counts what the rehearsal decides within the window, by trigger and by campaign', async () => {
    const report = await backtest({ policies: [LIVE] });
    const decisions = await decisionsOf(LIVE, told);
    expect(decisions.length).toBeGreaterThan(20);
    expect(report.policy.decisions).toBe(decisions.length);
    for (const { trigger, fired, customers, contacts, days } of report.policy.triggers) {
      const own = decisions.filter((decision) => decision.trigger === trigger);
      const first = own.filter(({ step }) => step === 'first');
      expect(fired, trigger).toBe(first.length);
      expect(customers).toBe(new Set(first.map(({ customerId }) => customerId)).size);
      expect(contacts).toBe(own.filter(({ outcome }) => outcome === 'contact').length);
      expect(Object.values(days).reduce((a, b) => a + b, 0)).toBe(first.length);
    }
    for (const { campaign, contacts, control, holdout, costMinor } of report.policy.campaigns) {
      const own = decisions.filter((decision) => decision.campaign === campaign);
      const sent = own.filter(({ outcome }) => outcome === 'contact');
      expect(contacts, campaign).toBe(sent.length);
      expect(control).toBe(own.filter(({ outcome, arm }) => outcome === 'control' && arm === 'control').length);
      expect(holdout).toBe(own.filter(({ outcome, arm }) => outcome === 'control' && arm === 'holdout').length);
      expect(costMinor).toBe(sent.reduce((sum, decision) => sum + decision.costMinor, 0));
      if (sent.length > 0) expect(costMinor).toBeGreaterThan(0);
    }
    const reasons = report.policy.triggers.flatMap(({ suppressed }) => Object.values(suppressed));
    const kept = decisions.filter(({ outcome }) => outcome === 'suppressed' || outcome === 'no_action');
    expect(reasons.reduce((sum, { times }) => sum + times, 0)).toBe(kept.length);
    expect(kept.length).toBeGreaterThan(0);
  });

  it('fills features with what came before the window, and counts none of it', async () => {
    const report = await backtest({ policies: [LIVE] });
    const before = RECORDS.filter(({ appendTime }) => appendTime < WINDOW.fromMs).length;
    const within = RECORDS.filter(({ appendTime }) => appendTime >= WINDOW.fromMs && appendTime < WINDOW.toMs).length;
    expect(report).toMatchObject({ warmUpEvents: before, events: within });
    expect(before).toBeGreaterThan(100);
  });

  it('reports the same, byte for byte, however the partitions are spread and the records are cut', async () => {
    const asking = { policies: [LIVE, DRAFT] };
    const whole = JSON.stringify(await backtest(asking));
    expect(JSON.stringify(await backtest(asking))).toBe(whole);
    const spread = [[3], [1, 0], [2]];
    expect(JSON.stringify(await backtest({ ...asking, spread, stretch: 77 }))).toBe(whole);
  });

  it('counts a draft only where it is named, and then as if it were live', async () => {
    const campaign = 'service_recovery';
    const draft = await backtest({ policies: [DRAFT] });
    expect(draft.policy.campaigns.map((each) => each.campaign)).not.toContain(campaign);
    const live = await backtest({ policies: [LIVE] });
    const raised = await backtest({ policies: [DRAFT], raised: [campaign] });
    expect(raised.policy.campaigns).toEqual(live.policy.campaigns);
    expect(raised.policy.campaigns.find((each) => each.campaign === campaign)?.contacts).toBeGreaterThan(0);
    expect(raised.policy.overlaps.length).toBeGreaterThan(0);
    expect(raised.policy.overlaps.every(({ campaigns }) => campaigns.includes(campaign))).toBe(true);
  });

  it.each(['shadow', 'canary(0.1%)', 'retired'])(
    'counts a campaign in the stage %s like a draft, live where it is named',
    async (stage) => {
      const campaign = 'service_recovery';
      const staged = compilePack({
        'campaigns.yaml': (text) => `${text}\nstages: { ${campaign}: ${stage} }\n`,
      });
      const live = await backtest({ policies: [LIVE] });
      const raised = await backtest({ policies: [staged], raised: [campaign] });
      expect(raised.policy.triggers).toEqual(live.policy.triggers);
      expect(raised.policy.campaigns).toEqual(live.policy.campaigns);
      const unraised = await backtest({ policies: [staged] });
      expect(unraised.policy.customersContacted).toBeLessThan(live.policy.customersContacted);
      const draft = await backtest({ policies: [DRAFT] });
      expect(unraised.policy.triggers.map(({ fired }) => fired)).toEqual(
        draft.policy.triggers.map(({ fired }) => fired),
      );
    },
  );

  it('holds two policies against each other: figures and customers', async () => {
    const { policy, against, difference } = await backtest({ policies: [LIVE, DRAFT] });
    expect(difference?.costMinor).toBe(policy.costMinor - (against?.costMinor ?? 0));
    const { both = 0, onlyPolicy = 0, onlyAgainst = 0 } = difference?.customers ?? {};
    expect(both + onlyPolicy).toBe(policy.customersContacted);
    expect(both + onlyAgainst).toBe(against?.customersContacted);
    expect(onlyPolicy).toBeGreaterThan(0);
    const same = await backtest({ policies: [LIVE, LIVE] });
    expect(same.difference?.customers).toEqual({ both: policy.customersContacted, onlyPolicy: 0, onlyAgainst: 0 });
    expect(same.difference?.triggers.every(({ fired, contacts }) => fired === 0 && contacts === 0)).toBe(true);
  });

  it('holds the cost of a campaign against its budget', async () => {
    const budgeted = compilePack({
      'campaigns.yaml': (text) =>
        text.replace('service_recovery:', 'service_recovery:\n    budget: { amount: 100, currency: CNY }'),
    });
    const report = await backtest({ policies: [budgeted] });
    const spent = report.policy.campaigns.find(({ campaign }) => campaign === 'service_recovery');
    expect(spent).toMatchObject({ budgetMinor: 10_000 });
    const percent = Math.round((spent?.costMinor ?? 0) / 100);
    expect(describeBacktest(report)).toMatch(new RegExp(`^service_recovery .* 100.00 CNY \\(${percent} %\\)`, 'm'));
  });

  it('draws decisions by the seed, and names nobody unless asked to', async () => {
    const { samples } = await backtest({ policies: [LIVE] });
    expect(samples.length).toBeGreaterThan(3);
    expect(samples.every(({ customer, occasion }) => customer === null && occasion === null)).toBe(true);
    expect(samples.some(({ evidence }) => evidence.length > 0)).toBe(true);
    expect(JSON.stringify(samples)).not.toMatch(/customer-\d/);
    const named = await backtest({ policies: [LIVE], isPersonal: true });
    expect(named.samples.every(({ customer }) => customer?.startsWith('customer-'))).toBe(true);
    const other = await backtest({ policies: [LIVE], seed: 2 });
    expect(other.samples).not.toEqual(samples);
    expect({ ...other, samples }).toEqual({ ...(await backtest({ policies: [LIVE] })) });
  });

  it('is told in lines: what fired, what it costs, what kept it from being sent, and why', async () => {
    const text = describeBacktest(await backtest({ policies: [LIVE, DRAFT] }));
    expect(text).toContain('backtest from 2026-02-12T10:00:00.000Z to 2026-03-09T10:00:00.000Z');
    expect(text).toMatch(/^trigger +fired +customers +contacts +control +per day +busiest day +nothing, because$/m);
    expect(text).toMatch(/^failed_calls +\d+/m);
    expect(text).toMatch(/^difference: \+[\d,.]+ CNY; contacted under both \d+/m);
    expect(text).toMatch(/failed_calls → contact, service_recovery: service_credit by/);
    expect(text).not.toMatch(/undefined|NaN| $/m);
  });

  it('says of a time in which nothing happened that nothing happened', async () => {
    const request = { window: WINDOW, policies: [LIVE], asIfLive: [], sample: SAMPLE, isPersonal: false };
    const options = { partitions: PARTITIONS, window: WINDOW, sample: SAMPLE };
    const result = await runPartitions(
      inStretches([], 1),
      { policies: [LIVE], decodeRecord: told.decodeRecord },
      options,
    );
    const report = reportOf([result], request);
    expect(report).toMatchObject({ events: 0, customers: 0, samples: [], policy: { decisions: 0, costMinor: 0 } });
    expect(describeBacktest(report)).toContain('0 decisions on 0 customers');
  });
});
