import type { Metrics } from '@holdfast/observability';
import type { RecommendationAnswer } from './recommending.ts';

export interface RecommendationsMetrics {
  answered(answer: RecommendationAnswer): void;
  /** An event that hubs did not take. */
  eventLost(): void;
}

export function createRecommendationsMetrics(metrics: Metrics): RecommendationsMetrics {
  const answers = metrics.counter({
    name: 'recommendations_total',
    help: 'Recommendations asked for: offered, served (nothing was to be sold), nothing, absent (no such customer), away.',
    labels: ['outcome'],
  });
  const lost = metrics.counter({
    name: 'recommendation_events_lost_total',
    help: 'Events of recommendations that could not be handed to the hubs.',
    labels: [],
  });
  return {
    answered: (answer) => answers.increment({ outcome: outcomeOf(answer) }),
    eventLost: () => lost.increment({}),
  };
}

function outcomeOf(answer: RecommendationAnswer): string {
  if (answer.kind !== 'recommended') return answer.kind;
  const { actions = [], serviceFirst } = answer.given.recommendation ?? {};
  if (actions.length === 0) return 'nothing';
  return serviceFirst ? 'served' : 'offered';
}
