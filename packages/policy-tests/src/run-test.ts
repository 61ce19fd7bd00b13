import { shareOf } from '@holdfast/decisions';
import type { LogRecord } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import { asIfLive, type CompiledPolicy } from '@holdfast/policy';
import { createRehearsal, customerRules, type Happening, type Rehearsal } from '@holdfast/rehearsal';
import { type Explanation, explainCustomer } from '@holdfast/telecom';
import { differencesOf } from './difference.ts';
import type { PolicyTest, TestOutcome } from './model.ts';
import { answerTo, contactFor, createLog, decodeRecord, type Told, toldStory } from './told-story.ts';

/** Runs one story with the real engine under the time that it tells, and compares. Reaches nobody. */
export async function runTest(test: PolicyTest, policy: CompiledPolicy): Promise<TestOutcome> {
  const { name, place } = test;
  const tried = test.isAsIfLive ? asIfLive(policy, idsOfOpen(policy)) : policy;
  const customerId = customerOf(test, tried);
  if (customerId === undefined) {
    return {
      name,
      place,
      passed: false,
      differences: ['no customer falls into that group: the policy holds nobody back'],
    };
  }
  const lived = await liveThrough(test, customerId, tried);
  const differences = differencesOf(test, lived);
  return { name, place, passed: differences.length === 0, differences };
}

/** Campaigns that are retired stay so. */
function idsOfOpen({ campaigns }: CompiledPolicy): readonly string[] {
  return [...campaigns.values()].filter(({ stage }) => stage !== 'retired').map(({ id }) => id);
}

/** What a story led to. */
export interface Lived {
  /** From the first event of `when` on, in their order. */
  readonly decisions: readonly DecisionMade[];
  /** Records that could not be folded, and answers to nothing. */
  readonly setAside: readonly string[];
  /** At the end; undefined for a customer who was never stored. */
  explain(trigger: string): Explanation | undefined;
}

async function liveThrough(test: PolicyTest, customerId: string, policy: CompiledPolicy): Promise<Lived> {
  const { given, when, untilMs } = test;
  const endMs = untilMs ?? Math.max(...[...given, ...when].map(({ atMs, delayMs }) => atMs + delayMs));
  const fromMs = when[0] ? when[0].atMs + when[0].delayMs : Math.max(...given.map(({ atMs }) => atMs));
  const rehearsal = createRehearsal(customerRules({ policy, decodeRecord }), { partitions: 1 });
  const { decisions, setAside } = await tellAll(toldStory(test, customerId, { policy, endMs }), { rehearsal, endMs });
  const state = rehearsal.state(customerId);
  return {
    decisions: decisions.filter(({ decidedAt }) => decidedAt >= fromMs),
    setAside,
    explain: (trigger) => state && explainCustomer(customerId, state, policy, { nowMs: endMs, trigger }),
  };
}

interface Telling {
  readonly rehearsal: Rehearsal<DecisionMade>;
  readonly endMs: number;
}

/** Tells a story in its order. What was decided before an answer has to be known by then, so the fold goes as far first. */
async function tellAll(story: readonly Told[], { rehearsal, endMs }: Telling) {
  const decisions: DecisionMade[] = [];
  const setAside: string[] = [];
  const recordOf = createLog();
  let untold: LogRecord[] = [];
  const take = (happenings: readonly Happening<DecisionMade>[]) => {
    for (const happening of happenings) {
      if (happening.kind === 'decision') decisions.push(happening.decision);
      if (happening.kind === 'dead-letter') setAside.push(`${happening.code}: ${happening.message}`);
    }
  };
  const foldUntil = async (nowMs: number) => {
    take(await rehearsal.fold(untold));
    untold = [];
    take(await rehearsal.fireUntil(nowMs));
  };
  for (const told of story) {
    if (told.answers) await foldUntil(told.appendTime - 1);
    const decision = told.answers && contactFor(told, decisions);
    if (!told.answers) untold.push(recordOf(told));
    else if (decision) untold.push(recordOf(answerTo(told, decision)));
    else setAside.push(`${told.event.type}: nobody was contacted before it`);
  }
  await foldUntil(endMs);
  return { decisions, setAside };
}

/** Enough to find somebody in a group of one per cent. */
const TRIED_CUSTOMERS = 2_000;

function customerOf({ customer, expected }: PolicyTest, policy: CompiledPolicy): string | undefined {
  if (customer.kind === 'id') return customer.id;
  const held = [...policy.campaigns.values()].filter(({ holdout }) => holdout > 0);
  const told = held.filter(({ id }) => campaignsIn(expected).has(id));
  const controlled = told.length > 0 ? told : held;
  const isHeldOut = (id: string) => shareOf(policy.holdout.salt, id) < policy.holdout.share;
  const isControl = (id: string, { id: campaign, holdout }: (typeof held)[number]) =>
    shareOf(`campaign:${campaign}`, id) < holdout;
  const isIn = {
    treated: (id: string) => !isHeldOut(id) && !held.some((campaign) => isControl(id, campaign)),
    holdout: isHeldOut,
    control: (id: string) =>
      !isHeldOut(id) && controlled.length > 0 && controlled.every((campaign) => isControl(id, campaign)),
  }[customer.group];
  return Array.from({ length: TRIED_CUSTOMERS }, (_, index) => `customer-${index + 1}`).find(isIn);
}

/** Campaigns of which a decision is expected: whoever is a control customer is one of theirs. */
function campaignsIn(expected: PolicyTest['expected']): ReadonlySet<string | undefined> {
  return new Set(expected.map((one) => (one.kind === 'decision' ? one.wanted.get('campaign') : undefined)));
}
