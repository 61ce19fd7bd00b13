import type { Candidate, Decision } from '@holdfast/decisions';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy, CompiledTrigger, EvidenceItem, Scope } from '@holdfast/policy';
import { fillIn, inLanguage, shown } from './text.ts';

/** Source named by events that Holdfast itself publishes. */
export const OWN_SOURCE = 'holdfast';

export interface RecordRequest {
  readonly customerId: string;
  readonly trigger: CompiledTrigger;
  /** BCP 47. */
  readonly language: string;
  readonly policy: CompiledPolicy;
  readonly scope: Scope;
}

/** The decision as it is published: complete enough to answer why, and to show an alert without the policy. */
export function recordOf(decision: Decision, request: RecordRequest): DecisionMade {
  const chosen = chosenOf(decision);
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
    ...outcomeFields(decision),
    ...chosenFields(chosen, decision, request.policy),
    ...texts(chosen, request),
    evidence: decision.evidence.map(evidenceItem),
    candidates: decision.candidates.map(candidateItem),
    exclusions: decision.exclusions,
  };
}

function chosenOf({ outcome }: Decision): Candidate | undefined {
  if (outcome.kind === 'contact' || outcome.kind === 'control') return outcome.winner;
  return outcome.kind === 'suppressed' ? outcome.best : undefined;
}

function outcomeFields({ outcome }: Decision): Pick<DecisionMade, 'outcome' | 'arm' | 'suppressedBy'> {
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
    campaign: chosen?.campaign ?? '',
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
