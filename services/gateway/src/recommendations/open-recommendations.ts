import type { Logger, Metrics } from '@holdfast/observability';
import type { RecommendationStore } from '@holdfast/redis';
import type { CustomerReader } from '../customers/customer-reader.ts';
import type { KeptDecisions } from '../customers/kept-decisions.ts';
import type { Face } from '../http/face.ts';
import type { HubEvents } from '../subscriptions/hub-events.ts';
import type { AskerDeps } from './asker.ts';
import { type RecommendationsOptions, recommendationsFace } from './recommendations-face.ts';
import { createRecommendationsMetrics } from './recommendations-metrics.ts';
import { createRecommending, type Recommending } from './recommending.ts';

export interface OpenRecommendationsDeps extends AskerDeps {
  readonly customers: Pick<CustomerReader, 'read'>;
  readonly decisions: KeptDecisions;
  readonly store: RecommendationStore;
  readonly hub?: HubEvents;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The face, and what was recommended under a contact id, for whoever takes outcomes. */
export function openRecommendations(
  deps: OpenRecommendationsDeps,
  options: RecommendationsOptions,
): { readonly face: Face } & Pick<Recommending, 'contact'> {
  const { customers: reader, decisions, store, metrics, logger, ...rest } = deps;
  const seen = createRecommendationsMetrics(metrics);
  const recommending = createRecommending({ reader, decisions, store, nowMs: Date.now });
  const face = recommendationsFace(
    {
      ...rest,
      recommending,
      nowMs: Date.now,
      answered(answer) {
        seen.answered(answer);
        if (answer.kind === 'away') logger.warn({ why: answer.why }, 'a customer cannot be looked at');
      },
      failed: (error) => logger.warn({ err: error }, 'recommendations cannot be read or kept'),
      eventLost(error) {
        seen.eventLost();
        logger.warn({ err: error }, 'an event of a recommendation was not taken');
      },
    },
    options,
  );
  return { face, contact: recommending.contact };
}
