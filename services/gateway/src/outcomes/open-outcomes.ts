import type { Event } from '@holdfast/events';
import type { Logger, Metrics } from '@holdfast/observability';
import type { ContactMarks, RecentAnswers, WorkList } from '@holdfast/redis';
import { customerPlace, storedContact } from '@holdfast/telecom';
import type { CustomerReader, KnownCustomer } from '../customers/customer-reader.ts';
import type { KeptDecisions } from '../customers/kept-decisions.ts';
import type { AppendOutcome } from '../events/event-intake.ts';
import { holdForExclusion } from '../events/exclusion-hold.ts';
import type { CustomerPlace } from '../security/sight.ts';
import { createContactSource, type ToldContact } from './contact-source.ts';
import { LEFT_ALONE, type RecordOutcomes } from './outcome.ts';
import { createOutcomeMetrics } from './outcome-metrics.ts';
import { createOutcomeRecorder } from './record-outcomes.ts';

export interface OpenOutcomesDeps {
  readonly customers: CustomerReader;
  readonly decisions: KeptDecisions;
  readonly marks: ContactMarks;
  readonly recent: RecentAnswers<Event>;
  readonly work: Pick<WorkList, 'withdraw'>;
  append(events: readonly Event[]): Promise<readonly AppendOutcome[]>;
  /** What was recommended to an agent under a contact id. */
  recommended?(customerId: string, contactId: string): Promise<ToldContact | undefined>;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** The one way in which answers of desks are recorded, whichever face takes them. */
export function openOutcomes(deps: OpenOutcomesDeps): RecordOutcomes {
  const { customers, marks, recent, work, metrics, logger, append } = deps;
  const seen = createOutcomeMetrics(metrics);
  return createOutcomeRecorder({
    customers,
    findContact: createContactSource({
      stored: storedContact,
      decisions: deps.decisions,
      ...(deps.recommended && { recommended: deps.recommended }),
    }),
    placeOf,
    append,
    hold: (event) => holdForExclusion(event, marks),
    note: (customerId, events) => recent.note(customerId, events),
    async withdraw(customerId, exceptItemId) {
      await work.withdraw(customerId, { because: LEFT_ALONE, exceptItemId });
    },
    failed(what, error) {
      seen.failed(what);
      logger.warn({ err: error, what }, 'an outcome is not known everywhere before it is folded');
    },
    counted: seen.counted,
    nowMs: Date.now,
  });
}

/** Whose customer he is, as far as his state says. */
export function placeOf({ customerId, state, policy }: KnownCustomer): CustomerPlace {
  return customerPlace(customerId, state, policy, Date.now());
}
