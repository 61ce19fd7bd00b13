import type { Face } from '../http/face.ts';
import { createBackground } from './background.ts';
import { type ProductRecommendationDeps, productRecommendationRoutes } from './product-recommendation-routes.ts';
import { recommendationRoute } from './recommendation-route.ts';

export type RecommendationsDeps = Omit<ProductRecommendationDeps, 'background'>;

export interface RecommendationsOptions {
  /** Where TM Forum interfaces begin: `/tmf-api`. */
  readonly tmfPrefix: string;
  /** Recommendations made beside requests at a time. Default 500. */
  readonly mostInBackground?: number;
}

const MOST_IN_BACKGROUND = 500;

/** What to offer a customer who is there: `POST /v1/recommendations`, and TMF680 v4. */
export function recommendationsFace(deps: RecommendationsDeps, options: RecommendationsOptions): Face {
  const background = createBackground(options.mostInBackground ?? MOST_IN_BACKGROUND);
  const base = `${options.tmfPrefix}/recommendationManagement/v4`;
  return {
    name: 'recommendations',
    routes(app) {
      recommendationRoute(app, deps);
      app.register(async (scope) => productRecommendationRoutes(scope as typeof app, base, { ...deps, background }));
    },
    close: background.close,
  };
}
