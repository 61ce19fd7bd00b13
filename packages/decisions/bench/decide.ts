/**
 * CPU time of one decision with 50 campaigns and 200 offers: eligibility, contact policy and arbitration, for a trigger that
 * some campaigns listen to and for one that all do. Beside it the same gates taken by each candidate on its own, as it would
 * be without anything being shared: conditions, limits, times. Both must find the same best offer.
 * Run: `node packages/decisions/bench/decide.ts [--decisions 20000] [--rounds 5]`.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { type CompiledPolicy, createScopes, isRunning, type Scope } from '@holdfast/policy';
import {
  type DecisionBasis,
  type DecisionRequest,
  decide,
  explainChannel,
  type LedgerEntry,
  NO_DEALINGS,
  UNBOUNDED,
} from '../src/index.ts';
import { contactAt } from '../test/ledger-fixture.ts';
import { EVERYBODY, manyOffers, SOME } from './many-offers.ts';

const { values } = parseArgs({
  options: { decisions: { type: 'string', default: '20000' }, rounds: { type: 'string', default: '5' } },
});
const DECISIONS = Number(values.decisions);
const ROUNDS = Number(values.rounds);
const DAY_MS = 86_400_000;
/** Ten in the morning in Shanghai. */
const NOW = Date.UTC(2026, 1, 2, 2);

const policy = manyOffers();
const learnt = new Map([...policy.offers.keys()].map((id, index) => [id, { alpha: 4 + (index % 7), beta: 21 }]));
const standing = { ...UNBOUNDED, posterior: (offer: string) => learnt.get(offer) };
const people = Array.from({ length: 500 }, (_, index) => personOf(policy, index));

interface Person {
  readonly customerId: string;
  readonly ledger: readonly LedgerEntry[];
  scope(): Scope;
}

function personOf(known: CompiledPolicy, index: number): Person {
  const attributes: Readonly<Record<string, string | number | boolean | readonly string[]>> = {
    tier: ['high-value', 'key', 'potential', 'low'][index % 4] ?? '',
    city: ['Hangzhou', 'Ningbo', 'Beijing'][index % 3] ?? '',
    age: 16 + (index % 60),
    tenure_days: (index * 37) % 2_000,
    has_broadband: index % 2 === 0,
    products: index % 5 === 0 ? ['MOBILE', 'FIXED_LINE'] : ['MOBILE'],
    days_left_in_cycle: index % 30,
  };
  const slots = known.features.create();
  for (let day = 0; day < 40; day += 1) {
    const fields = {
      kind: day % 3 === 0 ? 'VOICE' : 'DATA',
      quantityMb: index * 3,
      chargeMinor: index % 11,
      failed: index % 2 === 0,
    };
    known.features.fold(slots, 'UsageRecorded', fields, {
      atMs: NOW - (40 - day) * DAY_MS,
      cycleStartMs: NOW - DAY_MS,
    });
  }
  const scopes = createScopes(known);
  const input = {
    slots,
    attribute: (name: string) => attributes[name],
    asOfMs: NOW,
    cycleStartMs: NOW - DAY_MS,
    knownSinceMs: NOW - 400 * DAY_MS,
  };
  const ledger = Array.from({ length: index % 5 }, (_, back) => contactAt(NOW - (2 + back * 9) * DAY_MS));
  return { customerId: `customer-${index}`, ledger, scope: () => scopes.at(input) };
}

function asked(
  { customerId, ledger, scope }: Person,
  triggerId: string,
  occasion: string,
): [DecisionRequest, DecisionBasis] {
  const trigger = policy.triggers.get(triggerId);
  if (trigger === undefined) throw new Error(`the policy has no trigger ${triggerId}`);
  const customer = {
    customerId,
    timeZone: 'Asia/Shanghai',
    exclusions: [],
    isComplaintOpen: false,
    consent: () => 'unknown' as const,
  };
  const request = { origin: 'trigger', trigger, occasion, step: 'first', nowMs: NOW, evidence: [], customer } as const;
  return [request, { ledger, policy, scope: scope(), standing, history: NO_DEALINGS }];
}

type Way = (request: DecisionRequest, basis: DecisionBasis) => string;

const shared: Way = (request, basis) => {
  const { candidates } = decide(request, basis);
  return candidates.find(({ sendAt }) => sendAt !== undefined)?.offer ?? '';
};

/** The same gates with nothing shared between candidates. */
const apart: Way = (request, basis) => {
  const found: { readonly offer: string; readonly score: number }[] = [];
  for (const campaign of policy.campaignsFor(request.trigger.id)) {
    for (const id of campaign.offers) {
      const offer = policy.offers.get(id);
      if (offer === undefined || !isRunning(campaign, request.nowMs)) continue;
      if (campaign.target !== undefined && campaign.target.when.evaluate(basis.scope) !== 'true') continue;
      if (offer.eligible.evaluate(basis.scope) !== 'true') continue;
      if (campaign.kind === 'marketing' && policy.exclusions.some(({ when }) => when.evaluate(basis.scope) === 'true'))
        continue;
      const question = { offer, kind: campaign.kind, request, basis };
      if (!offer.channels.some((channel) => explainChannel(channel, question).kind === 'open')) continue;
      const { alpha, beta } = standing.posterior(id) ?? { alpha: offer.propensity, beta: 1 - offer.propensity };
      found.push({ offer: id, score: (alpha / (alpha + beta)) * offer.valueMinor - offer.costMinor });
    }
  }
  found.sort((a, b) => b.score - a.score || (a.offer < b.offer ? -1 : 1));
  return found[0]?.offer ?? '';
};

function round(
  way: Way,
  trigger: string,
  decisions: number,
): { readonly micros: number; readonly best: readonly string[] } {
  const best: string[] = [];
  const before = process.cpuUsage();
  for (let index = 0; index < decisions; index += 1) {
    const person = people[index % people.length];
    if (person !== undefined) best.push(way(...asked(person, trigger, String(index))));
  }
  const { user, system } = process.cpuUsage(before);
  return { micros: (user + system) / decisions, best };
}

function fastest(way: Way, trigger: string, decisions: number) {
  const rounds = Array.from({ length: ROUNDS + 1 }, () => round(way, trigger, decisions));
  return rounds.reduce((best, one) => (one.micros < best.micros ? one : best));
}

console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
console.log(
  `${policy.campaigns.size} campaigns, ${policy.offers.size} offers, ${DECISIONS} decisions a round, the fastest of ${ROUNDS + 1}`,
);
for (const trigger of [SOME, EVERYBODY]) {
  const together = fastest(shared, trigger, DECISIONS);
  const alone = fastest(apart, trigger, Math.ceil(DECISIONS / 10));
  if (alone.best.some((offer, index) => offer !== together.best[index])) throw new Error('the two ways disagree');
  const campaigns = policy.campaignsFor(trigger);
  const candidates = campaigns.reduce((sum, { offers }) => sum + offers.length, 0);
  console.log(
    `${campaigns.length} campaigns, ${candidates} candidates: ${together.micros.toFixed(1)} µs a decision, ` +
      `${(together.micros / candidates).toFixed(2)} a candidate; each candidate by itself ${alone.micros.toFixed(1)} µs`,
  );
}
