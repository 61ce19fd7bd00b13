import { type Candidate, chosenOf, type Decision } from '@holdfast/decisions';
import type { DecisionMade } from '@holdfast/events';
import { type CompiledPolicy, type CompiledTrigger, type EvidenceItem, type Scope, VALUE_TIER } from '@holdfast/policy';
import { fillIn, inLanguage, shown } from './text.ts';
import { NO_WORK, workTimes } from './work-times.ts';

/** Source named by events that Holdfast itself publishes. */
export const OWN_SOURCE = 'holdfast';

export interface RecordRequest {
  readonly customerId: string;
  readonly trigger: Pick<CompiledTrigger, 'reason'>;
  /** BCP 47. */
  readonly language: string;
  readonly policy: CompiledPolicy;
  readonly scope: Scope;
  /** Who looks after the customer; empty where nobody is named. */
  readonly accountManager: string;
}

/** The decision as it is published: complete enough to answer why, and to show an alert without the policy. */
export function recordOf(decision: Decision, request: RecordRequest): DecisionMade {
  const chosen = chosenOf(decision.outcome);
  return {
    type: 'DecisionMade',
    contactId: decision.contactId,
    eventId: decision.contactId,
    source: OWN_SOURCE,
    occurredAt: decision.asOfMs,
    customerId: request.customerId,
    decidedAt: decision.decidedAt,
    trigger: decision.trigger,
    occasion: decision.occasion,
    step: decision.step,
    policyVersion: decision.policyVersion,
    probability: decision.probability,
    language: request.language,
    ...(decision.stage === 'shadow' ? shadowFields(decision) : outcomeFields(decision)),
    ...chosenFields(chosen, decision, request.policy),
    ...texts(chosen, request),
    evidence: decision.evidence.map(evidenceItem),
    candidates: decision.candidates.map(candidateItem),
    candidatesLeftOut: decision.leftOut,
    exclusions: decision.exclusions,
    stage: decision.stage,
    variant: decision.variant,
    segment: decision.segment,
    propensity: decision.propensity,
    costMinor: decision.costMinor,
    slotAt: decision.slotAt ?? null,
    ...workFields(chosen, request, decision.decidedAt),
  };
}

type OutcomeFields = Pick<DecisionMade, 'outcome' | 'arm' | 'suppressedBy' | 'wouldBe'>;

function outcomeFields(decision: Decision): OutcomeFields {
  return { ...outcomeOf(decision), wouldBe: '' };
}

/**
 * Who reads the log without knowing of stages must not take a shadow for a contact, an enrolment or a ghost: to him it is a
 * decision that was suppressed.
 */
function shadowFields(decision: Decision): OutcomeFields {
  const fields = outcomeOf(decision);
  if (fields.outcome !== 'contact' && fields.outcome !== 'control') return { ...fields, wouldBe: fields.outcome };
  const wouldBe = fields.arm === 'holdout' ? 'holdout' : fields.outcome;
  return { outcome: 'suppressed', arm: 'none', suppressedBy: 'shadow', wouldBe };
}

function outcomeOf({ outcome }: Decision): Omit<OutcomeFields, 'wouldBe'> {
  switch (outcome.kind) {
    case 'contact':
      return { outcome: 'contact', arm: 'treated', suppressedBy: '' };
    case 'control':
      return { outcome: 'control', arm: outcome.arm, suppressedBy: outcome.arm };
    case 'suppressed':
      return { outcome: 'suppressed', arm: 'none', suppressedBy: outcome.reason };
    case 'no-action':
      return { outcome: 'no_action', arm: 'none', suppressedBy: 'not-worth-it' };
  }
}

function chosenFields(chosen: Candidate | undefined, decision: Decision, policy: CompiledPolicy) {
  const offer = policy.offers.get(chosen?.offer ?? '');
  return {
    campaign: chosen?.campaign ?? decision.shadowOf ?? '',
    offer: chosen?.offer ?? '',
    category: chosen?.category ?? '',
    kind: chosen?.kind ?? ('marketing' as const),
    channel: chosen?.channel ?? '',
    sendAt: chosen?.sendAt ?? null,
    sendBy: chosen?.sendBy ?? null,
    validUntil: offer ? decision.decidedAt + offer.validForMs : null,
    priority: priorityOf(chosen),
  };
}

/** Whose work it is when a person does it. */
function workFields(
  chosen: Candidate | undefined,
  { policy, scope, accountManager }: RecordRequest,
  decidedAt: number,
) {
  const campaign = policy.campaigns.get(chosen?.campaign ?? '');
  const known = scope.attribute(policy.tiers.length > 0 ? VALUE_TIER : 'tier');
  const tier = typeof known === 'string' ? known : '';
  return {
    desk: campaign?.desk ?? '',
    team: campaign?.team ?? '',
    accountManager,
    tier,
    ...(chosen
      ? workTimes(policy.work, {
          tier,
          category: chosen.category,
          fromMs: chosen.sendAt ?? decidedAt,
          hasManager: accountManager !== '',
        })
      : NO_WORK),
  };
}

/** What the customer asked for or suffered comes first, then keeping him, then selling more. */
function priorityOf(chosen: Candidate | undefined): number {
  if (chosen?.kind === 'service') return 1;
  return chosen?.category === 'cross-sell' ? 3 : 2;
}

function texts(chosen: Candidate | undefined, { trigger, language, policy, scope }: RecordRequest) {
  const offer = policy.offers.get(chosen?.offer ?? '');
  const script = policy.scripts.get(offer?.script ?? '');
  const rendered = (source: Readonly<Record<string, string>> | undefined): Readonly<Record<string, string>> => {
    const found = source && inLanguage(source, language);
    return found ? { [found.language]: fillIn(found.text, scope) } : {};
  };
  return { title: rendered(offer?.title), reason: rendered(trigger.reason), script: rendered(script?.text) };
}

function evidenceItem(item: EvidenceItem): DecisionMade['evidence'][number] {
  const values = Object.entries(item.values).map(([name, value]) => [name, shown(value)]);
  return { condition: item.condition, truth: item.truth, values: Object.fromEntries(values) };
}

function candidateItem(candidate: Candidate): DecisionMade['candidates'][number] {
  return {
    campaign: candidate.campaign,
    offer: candidate.offer,
    channel: candidate.channel,
    score: candidate.score,
    eligible: candidate.isEligible,
    lostBecause: candidate.lostBecause ?? '',
  };
}
