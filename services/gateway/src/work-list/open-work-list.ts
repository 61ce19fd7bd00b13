import { INPUT_TOPICS } from '@holdfast/events';
import { type ClientOptions, createTopicFollower, type RegistryDecoder } from '@holdfast/kafka';
import type { Logger, Metrics } from '@holdfast/observability';
import type { WorkFigures, WorkList } from '@holdfast/redis';
import { MOST_UNSATISFIED } from '@holdfast/telecom';
import type { LookUp } from '../customers/customer-lookup.ts';
import type { CustomerReader } from '../customers/customer-reader.ts';
import { createLeftAlone } from '../customers/left-alone.ts';
import type { Face } from '../http/face.ts';
import type { RecordOutcomes } from '../outcomes/outcome.ts';
import type { Audit } from '../security/audit.ts';
import type { SightOf } from '../security/sight.ts';
import { repeat } from './repeat.ts';
import { startWorkClock } from './work-clock.ts';
import { workFace } from './work-face.ts';
import { createWorkFollower } from './work-follower.ts';
import { createWorkListMetrics } from './work-list-metrics.ts';
import { startWorkRelay, type WorkRelayDeps } from './work-relay.ts';

export interface OpenWorkListDeps {
  readonly work: WorkList;
  readonly record: RecordOutcomes;
  readonly sightOf: SightOf;
  readonly audit: Audit;
  readonly lookUp: LookUp;
  readonly customers: Pick<CustomerReader, 'read'>;
  readonly append: WorkRelayDeps['append'];
  readonly decoder: RegistryDecoder;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface OpenWorkListOptions extends ClientOptions {
  readonly groupId?: string;
}

export interface OpenedWorkList {
  readonly face: Face;
  /** Whether answers and ratings that come through the log reach the list. */
  isFollowing(): boolean;
  /** Ends clock, relay and follower; the store is its owner's to close. */
  close(): Promise<void>;
}

const GROUP = 'holdfast-work-list';
const CLOCK_MS = 1_000;
const RELAY = { everyMs: 200, turnMs: 10_000 };
const FIGURES_MS = 5_000;
const UNSATISFIED = { unsatisfiedAtMost: MOST_UNSATISFIED, unsatisfiedDueMs: 24 * 3_600_000 };

/** The work list with all that keeps it going. Several gateways may open it: of each change one of them takes care. */
export function openWorkList(deps: OpenWorkListDeps, options: OpenWorkListOptions): OpenedWorkList {
  const { work, logger } = deps;
  let figures: WorkFigures | undefined;
  const seen = createWorkListMetrics(deps.metrics, () => figures);
  const failed = (error: unknown) => logger.warn({ err: error }, 'the work list did not answer');
  const isLeftAlone = createLeftAlone(deps.customers);
  const clock = startWorkClock({ work, changed: seen.changed, failed }, { everyMs: CLOCK_MS });
  const relay = startWorkRelay(
    {
      work,
      append: deps.append,
      told: seen.told,
      refused(message) {
        seen.refused();
        logger.error({ reason: message }, 'a change of an item can never be told');
      },
      failed,
    },
    RELAY,
  );
  const look = repeat(
    async () => {
      figures = await work.figures();
      return 'rest';
    },
    { everyMs: FIGURES_MS, failed },
  );
  const take = createWorkFollower({ work, isLeftAlone, now: Date.now, did: seen.did }, UNSATISFIED);
  const follower = createTopicFollower(
    { ...options, groupId: options.groupId ?? GROUP, topics: [INPUT_TOPICS.interaction, INPUT_TOPICS.customer] },
    {
      async take(records) {
        for (const { value, appendTime } of records) {
          const decoded = await deps.decoder.decode(value);
          if (decoded.kind === 'retry') throw new Error(decoded.message);
          // What cannot be read is a dead letter of the shard that folds it.
          if (decoded.kind === 'event' && 'customerId' in decoded.event && decoded.event.type !== 'DecisionMade') {
            await take(decoded.event, appendTime);
          }
        }
      },
      logger,
    },
  );
  return {
    face: workFace({ ...deps, isLeftAlone }),
    isFollowing: follower.isFollowing,
    async close() {
      await Promise.all([clock.close(), relay.close(), look.close(), follower.close()]);
    },
  };
}
