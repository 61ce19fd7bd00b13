import type { DecisionMade } from '@holdfast/events';
import type { EvidenceItem } from '@holdfast/policy';
import type {
  CampaignStanding,
  EnrolmentStanding,
  ExplainedFeature,
  ExplainedTrigger,
  Explanation,
  PlanStanding,
} from '@holdfast/telecom';
import { printableLines } from './terminal-text.ts';
import { offerText } from './why-offer.ts';
import { isoOf, lengthOf, valueText } from './why-text.ts';

export interface WhyReport extends Explanation {
  readonly partition: number;
  /** Those kept of the customer, newest first. */
  readonly decisions: readonly DecisionMade[];
}

/** For people: by campaign, what each trigger waits for and what stands in the way of each offer. */
export function describeWhy(report: WhyReport): string {
  const { customerId, partition, policyVersion, nowMs, lastEventAt, timeZone, nextSilence, campaigns } = report;
  const silence = nextSilence ? `${isoOf(nextSilence.dueMs)} (feed ${nextSilence.feed})` : 'none runs';
  const lines = [
    `${customerId}   shard ${partition}, policy ${policyVersion.slice(0, 19)}, time zone ${timeZone}`,
    `limits and consent as of ${isoOf(nowMs)}, conditions as stated with each trigger`,
    `last event ${lastEventAt === null ? 'never' : isoOf(lastEventAt)}, next silence due ${silence}`,
    ...campaigns.flatMap((campaign) => campaignLines(campaign, report.decisions)),
  ];
  return printableLines(lines);
}

function campaignLines(
  { campaign, stage, enrolled, plan, triggers }: CampaignStanding,
  decisions: readonly DecisionMade[],
): readonly string[] {
  const arm = enrolled ? `, ${enrolmentText(enrolled)}` : '';
  return [
    '',
    `campaign ${campaign} (${stage})${arm}`,
    ...(plan ? [planText(plan)] : []),
    ...triggers.flatMap((trigger) =>
      triggerLines(
        trigger,
        stage,
        decisions.find((made) => made.trigger === trigger.trigger),
      ),
    ),
  ];
}

function enrolmentText({ arm, variant, atMs, contactCount }: EnrolmentStanding): string {
  const of = variant === '' ? arm : `${arm}, variant ${variant}`;
  const what = arm === 'treated' ? 'contacts' : 'ghosts';
  return `enrolled as ${of} at ${isoOf(atMs)}, ${what} so far ${contactCount}`;
}

function planText(plan: PlanStanding): string {
  const { trigger, offer, step, stepCount, next, ended } = plan;
  const of = stepCount === 0 ? '' : `, step ${step} of ${stepCount}`;
  const then = ended ? `ended at ${isoOf(ended.atMs)}: ${ended.reason}` : turnText(next);
  return `  plan of ${trigger} with ${offer}${of}: ${then}`;
}

function turnText(next: PlanStanding['next']): string {
  if (!next) return 'nothing is next';
  const at = isoOf(next.atMs);
  switch (next.turn) {
    case 'step':
      return `next step at ${at} by ${next.channel}${next.unless ? ` unless ${next.unless}` : ''}`;
    case 'fallback':
      return `not delivered, tried on another channel at ${at}`;
    case 'reminder':
      return `put off by the customer until ${at}`;
    case 'end':
      return `waits for an answer until ${at}`;
  }
}

function triggerLines(
  trigger: ExplainedTrigger,
  stage: CampaignStanding['stage'],
  last: DecisionMade | undefined,
): readonly string[] {
  const { waitsFor, asOfMs, conditions, features, latch } = trigger;
  return [
    `  trigger ${trigger.trigger} (${sourceText(waitsFor)}), as of ${isoOf(asOfMs)}`,
    `    ${standingText(trigger, stage)}`,
    ...conditions.map(conditionText),
    ...(latch === null ? [] : [`    latch    ${latch}`]),
    ...features.flatMap(featureLines),
    ...(last ? [lastText(last)] : []),
    ...(trigger.decision?.offers ?? []).map((offer) => offerText(offer, trigger.decision)),
  ];
}

function sourceText(waitsFor: ExplainedTrigger['waitsFor']): string {
  switch (waitsFor.kind) {
    case 'event':
      return `on ${waitsFor.event}`;
    case 'absence':
      return `no ${waitsFor.of} for ${lengthOf(waitsFor.forMs)}`;
    case 'unanswered':
      return `${waitsFor.first} without ${waitsFor.without} for ${lengthOf(waitsFor.forMs)}`;
    case 'day':
      return waitsFor.every === 'contract-end' ? 'the end of the contract' : `every ${waitsFor.every}`;
  }
}

/** The first thing that stops it. */
function standingText(trigger: ExplainedTrigger, stage: CampaignStanding['stage']): string {
  const { stoppedBy, turnAtMs, occasion, wait, decision, conditions } = trigger;
  switch (stoppedBy) {
    case 'stage':
      return stage === 'shadow'
        ? 'decides in the shadow: it is recorded, and nobody is contacted'
        : `decides nothing: the campaign is a ${stage} one`;
    case 'dates':
      return 'decides nothing: the campaign does not run today';
    case 'no-timer':
      return 'waits for nothing: what begins the wait was not seen';
    case 'had-its-turn':
      return `had its turn on this occasion (${occasion}) at ${isoOf(turnAtMs ?? 0)}`;
    case 'condition': {
      const first = conditions.find(({ truth }) => truth !== 'true');
      return `stopped by its condition: ${first?.condition ?? ''} is ${first?.truth ?? 'unknown'}`;
    }
    case 'decision':
      return `would fire, and lead to nothing: ${decisionText(decision)}`;
    case 'waits':
      return wait
        ? `fires at ${isoOf(wait.dueMs)} unless something comes before`
        : 'fires with the next event that makes it true';
  }
}

function decisionText(decision: ExplainedTrigger['decision']): string {
  if (decision?.outcome === 'control')
    return decision.arm === 'holdout' ? 'the universal holdout' : 'the control group';
  const [best] = decision?.offers ?? [];
  return decision?.suppressedBy || best?.lostBecause || 'no action is worth more';
}

function conditionText({ condition, truth, values }: EvidenceItem): string {
  const told = Object.entries(values).map(([name, value]) => `${name} ${valueText(value)}`);
  return `    ${truth.padEnd(8)} ${condition}${told.length === 0 ? '' : `   (${told.join(', ')})`}`;
}

/** Tiles of a feature that are printed; the others are in the JSON. */
const PRINTED_TILES = 7;

function featureLines(feature: ExplainedFeature): readonly string[] {
  const { name, value, unknown, coveredSinceMs, tiles, expression } = feature;
  const since = coveredSinceMs === null ? '' : `, counted since ${isoOf(coveredSinceMs)}`;
  const what = expression === '' ? since : ` = ${expression}`;
  const why = unknown === null ? '' : ` (${unknown})`;
  const shown = tiles.slice(0, PRINTED_TILES);
  const left = tiles.length - shown.length + feature.omittedTiles;
  return [
    `    feature  ${name} ${valueText(value)}${why}${what}`,
    ...shown.map(tileText),
    ...(left > 0 ? [`               and ${left} older tiles`] : []),
  ];
}

function tileText({ fromMs, toMs, ...amounts }: ExplainedFeature['tiles'][number]): string {
  const told = Object.entries(amounts).map(([name, amount]) => `${name} ${valueText(amount)}`);
  const span = fromMs === toMs ? isoOf(fromMs) : `${isoOf(fromMs)} … ${isoOf(toMs)}`;
  return `               ${span}  ${told.join(', ')}`;
}

function lastText({ decidedAt, outcome, offer, channel, suppressedBy }: DecisionMade): string {
  const result = outcome === 'contact' ? `${offer} by ${channel}` : `${outcome} ${suppressedBy}`.trim();
  return `    decided  ${isoOf(decidedAt)}: ${result}`;
}
