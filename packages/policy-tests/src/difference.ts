import type { DecisionMade } from '@holdfast/events';
import type { ExplainedTrigger } from '@holdfast/telecom';
import { type DecisionKey, type Expectation, type PolicyTest, TIME_KEYS } from './model.ts';
import type { Lived } from './run-test.ts';
import type { TestTime } from './test-time.ts';

type Wanted = Extract<Expectation, { kind: 'decision' }>;
type Nothing = Extract<Expectation, { kind: 'nothing' }>;

/** What came otherwise than expected, a line each; empty when all came so. */
export function differencesOf({ expected, time }: PolicyTest, lived: Lived): readonly string[] {
  const wanted = expected.filter((expectation) => expectation.kind === 'decision');
  const nothing = expected.filter((expectation) => expectation.kind === 'nothing');
  const count = Math.max(wanted.length, lived.decisions.length);
  return [
    ...lived.setAside.map((letter) => `an event was set aside: ${letter}`),
    ...Array.from({ length: count }, (_, index) => compare(wanted[index], lived.decisions[index], time)).flat(),
    ...nothing.flatMap((expectation) => compareNothing(expectation, lived)),
    ...(lived.decisions.length === 0 ? wanted.flatMap((expectation) => whyNot(expectation, lived)) : []),
  ];
}

function compare(wanted: Wanted | undefined, made: DecisionMade | undefined, time: TestTime): readonly string[] {
  if (wanted === undefined) return made === undefined ? [] : [`not expected: ${describe(made, time)}`];
  if (made === undefined)
    return [`did not come: ${[...wanted.wanted].map(([key, text]) => `${key} ${text}`).join(', ')}`];
  const fields = [...wanted.wanted].flatMap(([key, text]) => {
    const found = READ[key](made, time);
    return found === text || isOnDay(key, found, text) ? [] : [`${key}: expected ${text}, was ${found || 'empty'}`];
  });
  const lost = [...wanted.lost].flatMap(([offer, reason]) => {
    const found = made.candidates.find((candidate) => candidate.offer === offer)?.lostBecause ?? 'no candidate';
    return found === reason ? [] : [`${offer} lost: expected ${reason}, was ${found || 'the winner'}`];
  });
  const all = [...fields, ...lost];
  return all.length === 0 ? [] : [...all, `  in ${describe(made, time)}`];
}

const isOnDay = (key: DecisionKey, found: string, day: string): boolean =>
  TIME_KEYS.has(key) && found.startsWith(`${day} `);

const READ: Readonly<Record<DecisionKey, (made: DecisionMade, time: TestTime) => string>> = {
  trigger: ({ trigger }) => trigger,
  step: ({ step }) => step,
  outcome: ({ outcome }) => outcome,
  campaign: ({ campaign }) => campaign,
  offer: ({ offer }) => offer,
  channel: ({ channel }) => channel,
  arm: ({ arm }) => arm,
  variant: ({ variant }) => variant,
  reason: ({ suppressedBy }) => suppressedBy,
  at: ({ decidedAt }, time) => time.write(decidedAt),
  sendAt: ({ sendAt }, time) => (sendAt ? time.write(sendAt) : ''),
  sendBy: ({ sendBy }, time) => (sendBy ? time.write(sendBy) : ''),
};

function describe(made: DecisionMade, time: TestTime): string {
  const { trigger, step, outcome, offer, channel, suppressedBy, decidedAt, candidates } = made;
  const result = outcome === 'contact' ? `${offer} by ${channel}` : `${outcome} ${suppressedBy}`.trim();
  const lost = candidates
    .filter(({ lostBecause }) => lostBecause !== '')
    .map((one) => `${one.offer} ${one.lostBecause}`);
  const turn = step === 'first' ? trigger : `${trigger} ${step}`;
  return `${turn} → ${result} at ${time.write(decidedAt)}${lost.length === 0 ? '' : ` (lost: ${lost.join(', ')})`}`;
}

function compareNothing({ trigger, because }: Nothing, lived: Lived): readonly string[] {
  if (lived.decisions.some((made) => made.trigger === trigger)) return [`${trigger} was not to decide anything`];
  if (because === undefined) return [];
  const standing = standingOf(trigger, lived);
  const unmet = standing?.conditions.filter(({ truth }) => truth !== 'true').map(({ condition }) => condition) ?? [];
  if (standing === undefined) return [`${trigger}: expected because ${because}, but nothing is known of the customer`];
  if (standing.stoppedBy === because || unmet.includes(because)) return [];
  return [`${trigger}: expected because ${because}, was ${reasonOf(standing)}`];
}

function whyNot({ wanted }: Wanted, lived: Lived): readonly string[] {
  const trigger = wanted.get('trigger') ?? '';
  const standing = standingOf(trigger, lived);
  return standing === undefined ? [] : [`  ${trigger} at the end: ${reasonOf(standing)}`];
}

function standingOf(trigger: string, lived: Lived): ExplainedTrigger | undefined {
  return lived.explain(trigger)?.campaigns.flatMap(({ triggers }) => triggers)[0];
}

function reasonOf({ stoppedBy, conditions }: ExplainedTrigger): string {
  const told = conditions.map(({ condition, truth, values }) => `${condition} is ${truth}${valuesText(values)}`);
  return told.length === 0 ? stoppedBy : `${stoppedBy} (${told.join('; ')})`;
}

function valuesText(values: Readonly<Record<string, unknown>>): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${value ?? 'unknown'}`);
  return told.length === 0 ? '' : ` with ${told.join(', ')}`;
}
