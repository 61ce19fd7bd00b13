import type { Logger, Metrics } from '@holdfast/observability';
import { type ContactWorker, createContactWorker } from '@holdfast/queue';
import { createDelivery } from './delivery.ts';
import { createDeliveryObserver } from './delivery-metrics.ts';
import type { Channel, DeliveryPorts } from './ports.ts';

export interface DispatcherDeps {
  readonly channels: readonly Channel[];
  readonly ports: DeliveryPorts;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

export interface DispatcherOptions {
  /** Redis of the queues. */
  readonly queueUrl: string;
  /** Contacts of one channel handled at the same time. */
  readonly concurrency: number;
}

export interface Dispatcher {
  /** Resolves when every channel takes jobs. */
  ready(): Promise<void>;
  isRunning(): boolean;
  /** Takes no more jobs; those at work are finished. */
  close(): Promise<void>;
}

/** One worker per channel. Several dispatchers may run: a job is with one of them at a time. */
export function createDispatcher(deps: DispatcherDeps, options: DispatcherOptions): Dispatcher {
  const observer = createDeliveryObserver(deps.metrics, deps.logger);
  const workers: readonly ContactWorker[] = deps.channels.map((channel) =>
    createContactWorker(
      { url: options.queueUrl, channel: channel.name, concurrency: options.concurrency },
      createDelivery(channel, deps.ports, observer),
      {
        onError: (error) => deps.logger.warn({ channel: channel.name, err: error }, 'queue connection failed'),
        onDefect: (error) => deps.logger.error({ channel: channel.name, err: error }, 'job failed'),
      },
    ),
  );
  return {
    async ready() {
      await Promise.all(workers.map((worker) => worker.ready()));
    },
    isRunning: () => workers.every((worker) => worker.isRunning()),
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}
