import type { Logger, Metrics } from '@holdfast/observability';
import type { LearnerObserver } from './learner.ts';

/** Turns rounds of learning into log lines and metrics. Offers and segments are in `holdfast propensity show`. */
export function createLearnerObserver(metrics: Metrics, logger: Logger, now: () => number): LearnerObserver {
  const rounds = metrics.counter({
    name: 'learning_rounds_total',
    help: 'Rounds of learning which offers are accepted, by what became of them. The worker of partition 0 has them.',
    labels: ['outcome'],
  });
  const posteriors = metrics.gauge({
    name: 'learnt_posteriors',
    help: 'Offers by segment of which something was learnt, in the last round here.',
  });
  let lastAtMs: number | undefined;
  metrics.observedGauges(
    {
      name: 'learning_age_seconds',
      help: 'Since the last round here that could be finished; absent where another worker learns.',
    },
    () => (lastAtMs === undefined ? [] : [[{}, (now() - lastAtMs) / 1_000]]),
  );
  return {
    round(outcome) {
      rounds.increment({ outcome: outcome.kind });
      if (outcome.kind === 'failed') {
        logger.warn({ err: outcome.error }, 'what offers are accepted could not be learnt; the next round tries again');
        return;
      }
      lastAtMs = outcome.kind === 'not-ours' ? undefined : now();
      if (outcome.kind === 'not-ours') return;
      posteriors.set({}, outcome.posteriors);
      if (outcome.kind === 'told') logger.info({ posteriors: outcome.posteriors }, 'shards are told what was learnt');
    },
  };
}
