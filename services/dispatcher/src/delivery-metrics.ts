import { LATENCY_BUCKETS_SECONDS, type Logger, type Metrics } from '@holdfast/observability';
import type { DeliveryObserver } from './ports.ts';

/** Counts what becomes of contacts and logs what an operator must know. */
export function createDeliveryObserver(metrics: Metrics, logger: Logger): DeliveryObserver {
  const contacts = metrics.counter({
    name: 'contacts_total',
    help: 'Contacts answered with a report, by status and reason.',
    labels: ['channel', 'status', 'reason'],
  });
  const retries = metrics.counter({
    name: 'contact_retries_total',
    help: 'Times a contact was put back, by reason.',
    labels: ['channel', 'reason'],
  });
  const latency = metrics.histogram({
    name: 'contact_delivery_seconds',
    help: 'From the decision, or the time it may be sent when that is later, to the channel having it.',
    labels: ['channel'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const calls = metrics.histogram({
    name: 'provider_call_seconds',
    help: 'Calls to the provider of a channel, by how they ended.',
    labels: ['channel', 'outcome'],
    buckets: LATENCY_BUCKETS_SECONDS,
  });
  const reportsRefused = metrics.counter({
    name: 'delivery_reports_refused_total',
    help: 'Reports that can never be written; the contact stays open until its state times it out.',
    labels: ['channel'],
  });
  return {
    ended: (channel, status, reason) => contacts.increment({ channel, status, reason }),
    sent: (channel, afterMs) => latency.observe({ channel }, Math.max(0, afterMs) / 1_000),
    tried: (channel, outcome, tookMs) => calls.observe({ channel, outcome }, tookMs / 1_000),
    retried(channel, reason, error) {
      retries.increment({ channel, reason });
      if (error !== undefined) logger.warn({ channel, reason, err: error }, 'contact put back');
    },
    reportRefused(channel, message) {
      reportsRefused.increment({ channel });
      logger.error({ channel, message }, 'delivery report refused');
    },
  };
}
