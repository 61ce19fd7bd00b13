import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Addresses, initialise, type ServiceProcess, startServiceProcess } from '@holdfast/cli';
import { type StackAddresses, stackEnvironment } from '../../../infra/stack/index.mjs';

/** The whole product on a stack: an installation made by init, and its services as processes. */
export interface System {
  readonly addresses: Addresses;
  readonly gatewayUrl: string;
  readonly producerKey: string;
  readonly agentKey: string;
  readonly logDir: string;
  /** Starts one more worker; rejects with its last words when it refuses. */
  startWorker(label: string, environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  startDispatcher(label: string, environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  /** Starts one more gateway, on a port of its own. */
  startGateway(label: string, environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>;
  stopWorkers(): Promise<void>;
  stop(): Promise<void>;
}

export interface SystemOptions {
  readonly workers?: number;
  /** Default 1. */
  readonly dispatchers?: number;
  readonly partitions?: number;
  readonly policyDir?: string;
  /** More HOLDFAST_* variables for all services. */
  readonly environment?: Readonly<Record<string, string>>;
  /** More for one kind of service. */
  readonly environmentOf?: (service: 'gateway' | 'dispatcher' | 'worker') => Readonly<Record<string, string>>;
  /** More for workers only: a service refuses what it does not know. */
  readonly workerEnvironment?: Readonly<Record<string, string>>;
  /** Queue, alert feed and marks; default: the stack's Redis, where the shards are. */
  readonly queueRedisUrl?: string;
}

/** A busy machine, or a server that a test has taken away for a while, is no reason to give a service up. */
const READY_WITHIN_MS = 150_000;

/** Initialises the stack and starts gateway, dispatcher and workers, all at once. Rejects when one fails, none left behind. */
export async function startSystem(stack: StackAddresses, options: SystemOptions = {}): Promise<System> {
  const queueRedisUrl = options.queueRedisUrl ?? stack.redisUrl;
  const addresses: Addresses = { ...stack, queueRedisUrl, policyDir: options.policyDir };
  const plan = { partitions: options.partitions ?? 8, replicationFactor: 1, rebuild: false };
  // A registry that has just started may take longer than its client waits; init goes on where it was.
  await initialise(addresses, plan).catch(() => initialise(addresses, plan));
  const logDir = mkdtempSync(join(tmpdir(), 'holdfast-system-'));
  const [producerKey, agentKey] = [secret(), secret()];
  const environment = {
    ...stackEnvironment(stack),
    HOLDFAST_QUEUE_REDIS_URL: queueRedisUrl,
    HOLDFAST_API_KEYS: `producer:${producerKey},agent:${agentKey}`,
    ...(options.policyDir ? { HOLDFAST_POLICY_DIR: options.policyDir } : {}),
    ...options.environment,
  };
  const running: ServiceProcess[] = [];
  const start = async (
    name: 'gateway' | 'dispatcher' | 'worker',
    label: string,
    more: Readonly<Record<string, string>> = {},
  ) => {
    const service = await startServiceProcess(name, {
      environment: { ...environment, ...options.environmentOf?.(name), ...more },
      logDir,
      label,
      readyWithinMs: READY_WITHIN_MS,
    });
    running.push(service);
    return service;
  };
  const startWorker: System['startWorker'] = (label, more) =>
    start('worker', label, { ...options.workerEnvironment, ...more });
  const startDispatcher: System['startDispatcher'] = (label, more) => start('dispatcher', label, more);
  const stopAll = (services: readonly ServiceProcess[]) => Promise.all(services.map((service) => service.stop()));
  const labels = (name: string, count: number) => Array.from({ length: count }, (_, i) => `${name}-${i + 1}`);
  const stop = async () => {
    await stopAll(running);
    rmSync(logDir, { recursive: true, force: true });
  };
  const starting = [
    start('gateway', 'gateway'),
    ...labels('dispatcher', options.dispatchers ?? 1).map((label) => startDispatcher(label)),
    ...labels('worker', options.workers ?? 1).map((label) => startWorker(label)),
  ] as const;
  const [gateway] = await Promise.all(starting).catch(async (error: unknown) => {
    // Those that do start would go on without anybody who knows of them.
    await Promise.allSettled(starting);
    await stop();
    throw error;
  });
  return {
    addresses,
    gatewayUrl: `http://127.0.0.1:${gateway.port}`,
    producerKey,
    agentKey,
    logDir,
    startWorker,
    startDispatcher,
    startGateway: (label, more) => start('gateway', label, more),
    async stopWorkers() {
      await stopAll(running.filter(({ name }) => name === 'worker'));
    },
    stop,
  };
}

function secret(): string {
  return randomBytes(24).toString('hex');
}
