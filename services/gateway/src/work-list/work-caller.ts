import type { WorkActor, WorkItem, WorkPlaceFacts } from '@holdfast/redis';
import type { FastifyRequest } from 'fastify';
import { actingAgent } from '../security/acting-agent.ts';
import type { Sight, SightOf } from '../security/sight.ts';
import type { Viewer } from './work-view.ts';

/** Who asks for, or changes, items by a request. */
export interface WorkCaller extends Viewer {
  readonly actor: WorkActor;
  readonly sight: Sight;
  /** Teams whose own work he takes; of all where it is absent. */
  readonly teams: readonly string[] | undefined;
  readonly desks: readonly string[] | undefined;
  sees(place: WorkPlaceFacts): boolean;
  /** What belongs to him for now he sees, whichever desk it came from. */
  seesItem(item: WorkItem): boolean;
}

export function callerOf(request: FastifyRequest, sightOf: SightOf): WorkCaller {
  const { principal } = request;
  if (principal === null) throw new Error('work is not shown on a public route');
  const agent = actingAgent(request);
  const isSupervisor = principal.roles.includes('supervisor');
  const sight = sightOf(principal);
  const sees = (place: WorkPlaceFacts) =>
    sight.work({ desk: place.desk, team: place.team, accountManager: place.accountManager });
  return {
    agent,
    isSupervisor,
    actor: { agent, isSupervisor, version: versionOf(request.headers['if-match']) },
    sight,
    teams: principal.teams,
    desks: principal.desks,
    sees,
    seesItem: (item) => item.owner === agent || item.agent === agent || sees(item),
  };
}

/** The number of an ETag; any version for `*`, and where the header is absent. */
function versionOf(header: string | undefined): number | undefined {
  const digits = header?.match(/\d+/)?.[0];
  return digits === undefined ? undefined : Number(digits);
}
