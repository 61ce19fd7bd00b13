import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@holdfast/observability';
import type { SendOutcome } from './delivery/sender.ts';

export interface WebhookMetrics {
  tried(outcome: SendOutcome): void;
  ended(): void;
  missed(): void;
  stopped(why: 'gone' | 'undelivered'): void;
  /** `waiting` by id of the subscription, which says nothing of anybody. */
  watch(waiting: () => Iterable<readonly [id: string, count: number]>): void;
}

export function createWebhookMetrics(metrics: Metrics): WebhookMetrics {
  const tries = metrics.counter({
    name: 'webhook_tries_total',
    help: 'Requests to subscribers: delivered, again (to be repeated), gone (410); by status class, or error.',
    labels: ['result', 'answer'],
  });
  const took = metrics.histogram({
    name: 'webhook_try_seconds',
    help: 'From the beginning of a request to a subscriber to its answer or error.',
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const ended = metrics.counter({
    name: 'webhook_undelivered_total',
    help: 'Messages that ended without being delivered.',
  });
  const missed = metrics.counter({
    name: 'webhook_missed_total',
    help: 'Times a subscription found that a stream no longer kept what was next for it.',
  });
  const stopped = metrics.counter({
    name: 'webhook_subscriptions_stopped_total',
    help: 'Subscriptions that are sent nothing more: gone (410), undelivered (too many messages ended so).',
    labels: ['why'],
  });
  return {
    tried({ meaning, one }) {
      const answer = one.httpStatus === undefined ? 'error' : `${Math.floor(one.httpStatus / 100)}xx`;
      tries.increment({ result: meaning.kind, answer });
      took.observe({}, one.tookMs / 1_000);
    },
    ended: () => ended.increment({}),
    missed: () => missed.increment({}),
    stopped: (why) => stopped.increment({ why }),
    watch(waiting) {
      metrics.observedGauges(
        {
          name: 'webhook_waiting',
          help: 'Messages that wait for a subscriber.',
          labels: ['subscription'],
          maxSeries: 250,
        },
        function* () {
          for (const [subscription, count] of waiting()) yield [{ subscription }, count] as const;
        },
      );
    },
  };
}
