import type { Event } from '@holdfast/events';
import type { Logger } from '@holdfast/observability';
import type { InteractionStore, RecentAnswers } from '@holdfast/redis';
import type { CustomerReader } from '../customers/customer-reader.ts';
import type { AppendOutcome } from '../events/event-intake.ts';
import type { Face } from '../http/face.ts';
import { placeOf } from '../outcomes/open-outcomes.ts';
import type { RecordOutcomes } from '../outcomes/outcome.ts';
import { createInteracting } from './interacting.ts';
import { type InteractionsDeps, interactionsFace } from './party-interaction-routes.ts';

export interface OpenInteractionsDeps extends Pick<InteractionsDeps, 'sightOf' | 'audit' | 'hub'> {
  readonly store: InteractionStore;
  readonly customers: Pick<CustomerReader, 'read'>;
  readonly recent: RecentAnswers<Event>;
  readonly record: RecordOutcomes;
  append(events: readonly Event[]): Promise<readonly AppendOutcome[]>;
  readonly logger: Logger;
}

/** The interactions of TMF683 on real stores. */
export function openInteractions(deps: OpenInteractionsDeps, options: { readonly tmfPrefix: string }): Face {
  const { store, customers, recent, record, append, logger, ...rest } = deps;
  const interacting = createInteracting({
    ...{ store, customers, record, append, placeOf },
    note: (customerId, events) => recent.note(customerId, events),
    failed: (what, error) => logger.warn({ err: error, what }, 'a call is not known everywhere before it is folded'),
    nowMs: Date.now,
  });
  const eventLost = (error: unknown) => logger.warn({ err: error }, 'an event of an interaction was not taken');
  return interactionsFace({ ...rest, interacting, eventLost }, options);
}
