import { LATENCY_BUCKETS_SECONDS, type Metrics } from '@holdfast/observability';
import type { StreamEnd } from './alerts/alert-stream.ts';
import type { EventResult } from './events/event-intake.ts';

export interface GatewayMetrics {
  request(route: string, status: number, tookMs: number): void;
  events(results: readonly EventResult[]): void;
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
    help: 'Alert streams that ended: left, slow (dropped), closed, failed, refused (not let in any more).',
    labels: ['why'],
  });
  return {
    request(route, status, tookMs) {
      requests.increment({ route, status: String(status) });
      took.observe({ route }, tookMs / 1_000);
    },
    events(results) {
      const groups = Map.groupBy(results, ({ status, error }) => `${status} ${error?.code ?? ''}`);
      for (const [group, { length }] of groups) {
        const [status = '', code = ''] = group.split(' ');
        events.increment({ status, code }, length);
      }
    },
    listenerEnded: (why) => ended.increment({ why }),
    watchListeners: (count) => metrics.observedGauge({ name: 'alert_listeners', help: 'Open alert streams.' }, count),
  };
}
