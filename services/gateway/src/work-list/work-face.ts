import type { Face } from '../http/face.ts';
import { type WorkChangeDeps, workChangeRoutes } from './work-change-routes.ts';
import { type WorkFinishDeps, workFinishRoute } from './work-finish-route.ts';
import { type WorkFollowUpDeps, workFollowUpRoute } from './work-follow-up-route.ts';
import { workReadRoutes } from './work-read-routes.ts';

/** `/v1/work-items`: what people are to do, taken by one at a time. */
export function workFace(deps: WorkChangeDeps & WorkFinishDeps & WorkFollowUpDeps): Face {
  return {
    name: 'work-list',
    routes(app) {
      workReadRoutes(app, deps);
      workChangeRoutes(app, deps);
      workFinishRoute(app, deps);
      workFollowUpRoute(app, deps);
    },
  };
}
