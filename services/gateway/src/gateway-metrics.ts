import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@holdfast/observability';
import type { StreamEnd } from './alert-stream.ts';
import type { EventResult } from './event-intake.ts';

export interface GatewayMetrics {
  request(route: string, status: number, tookMs: number): void;
  event(result: EventResult): void;
  listenerEnded(why: StreamEnd): void;
  watchListeners(count: () => number): void;
}

export function createGatewayMetrics(metrics: Metrics): GatewayMetrics {
  const requests = metrics.counter({
    name: 'http_requests_total',
    help: 'Requests answered, by route pattern.',
    labels: ['route', 'status'],
  });
  const took = metrics.histogram({
    name: 'http_request_seconds',
    help: 'From the first byte of a request to the last of its answer; streams excluded.',
    labels: ['route'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const events = metrics.counter({
    name: 'gateway_events_total',
    help: 'Events handed over by HTTP, by what became of them.',
    labels: ['status', 'code'],
  });
  const ended = metrics.counter({
    name: 'alert_listeners_ended_total',
    help: 'Alert streams that ended: left, slow (dropped), closed, failed.',
    labels: ['why'],
  });
  return {
    request(route, status, tookMs) {
      requests.increment({ route, status: String(status) });
      took.observe({ route }, tookMs / 1_000);
    },
    event: ({ status, error }) => events.increment({ status, code: error?.code ?? '' }),
    listenerEnded: (why) => ended.increment({ why }),
    watchListeners: (count) => metrics.observedGauge({ name: 'alert_listeners', help: 'Open alert streams.' }, count),
  };
}
