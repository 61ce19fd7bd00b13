import type { DecisionMade } from '@holdfast/events';
import type { Recommended } from './recommend.ts';
import type { Recommendation, RecommendedAction } from './recommendation.ts';
import { inLanguage } from './text.ts';

/**
 * The recommendation with the reasons that only decisions have (`Recommended.unsaid`): trigger, reason and evidence of the contact
 * that waits, as its alert shows them, else of the newest decision on the same trigger. An action without one stays as it is.
 */
export function withDecidedReasons(
  { recommendation, unsaid }: Pick<Recommended, 'recommendation' | 'unsaid'>,
  decisions: readonly DecisionMade[],
): Recommendation {
  const newestFirst = decisions.toSorted((a, b) => b.decidedAt - a.decidedAt);
  const actions = recommendation.actions.map((action) =>
    unsaid.includes(action.contactId) ? asDecided(action, newestFirst) : action,
  );
  return { ...recommendation, actions };
}

function asDecided(action: RecommendedAction, decisions: readonly DecisionMade[]): RecommendedAction {
  const decision =
    decisions.find(({ contactId }) => contactId === action.contactId) ??
    decisions.find(({ trigger }) => trigger === action.trigger);
  if (decision === undefined) return action;
  const { trigger, reason, language, evidence } = decision;
  const decided = new Set(evidence.map(({ condition }) => condition));
  return {
    ...action,
    trigger,
    reason: inLanguage(reason, language)?.text ?? '',
    evidence: [...evidence, ...action.evidence.filter(({ condition }) => !decided.has(condition))],
  };
}
