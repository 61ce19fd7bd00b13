import type { Logger, Metrics } from '@holdfast/observability';
import { createContactWorker } from '@holdfast/queue';
import { createLiveChannels, type LiveChannels, type LiveChannelsDeps } from './channels/live-channels.ts';
import { createDelivery } from './delivery.ts';
import { createDeliveryObserver } from './delivery-metrics.ts';
import type { DeliveryPorts } from './ports.ts';

export interface DispatcherDeps {
  readonly open: LiveChannelsDeps['open'];
  readonly ports: DeliveryPorts;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface DispatcherOptions {
  /** Redis of the queues. */
  readonly queueUrl: string;
}

const BREAKER_VALUE = { closed: 0, 'half-open': 1, open: 2 } as const;

/** One worker per channel. Several dispatchers may run: a job is with one of them at a time. */
export function createDispatcher(deps: DispatcherDeps, options: DispatcherOptions): LiveChannels {
  const { ports, metrics, logger } = deps;
  const observer = createDeliveryObserver(metrics, logger);
  const channels = createLiveChannels({
    open: deps.open,
    work: (channel, { concurrency, rate }) =>
      createContactWorker(
        {
          url: options.queueUrl,
          channel: channel.name,
          concurrency,
          ...(rate && { rate: { max: rate.max, perMs: rate.per } }),
        },
        createDelivery(channel, ports, observer),
        {
          onError: (error) => logger.warn({ channel: channel.name, err: error }, 'queue connection failed'),
          onDefect: (error) => logger.error({ channel: channel.name, err: error }, 'job failed'),
        },
      ),
  });
  metrics.observedGauges(
    { name: 'provider_breaker_state', help: '0 closed, 1 half open, 2 open: contacts wait.', labels: ['channel'] },
    () => channels.breakers().map(([channel, state]) => [{ channel }, BREAKER_VALUE[state]] as const),
  );
  return channels;
}
