import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_DIR } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { type ServiceProcess, startServiceProcess } from '../service-process.ts';

export interface DemoKeys {
  readonly agent: string;
  readonly producer: string;
  /** Where they are kept, as shell variables, readable by this user alone. */
  readonly path: string;
}

export interface DemoServices {
  readonly gatewayUrl: string;
  readonly keys: DemoKeys;
  stop(): Promise<void>;
}

const NAMES = ['worker', 'gateway', 'dispatcher'] as const;
export const LOG_DIR: string = join(STATE_DIR, 'logs');

/** The HOLDFAST_* variables that point a service at the parts; and a cache that halves the time a service takes to start. */
export function serviceEnvironment(addresses: Addresses): Record<string, string> {
  return {
    NODE_COMPILE_CACHE: join(STATE_DIR, 'compile-cache'),
    HOLDFAST_KAFKA_BROKERS: addresses.brokers.join(','),
    HOLDFAST_REGISTRY_URL: addresses.registryUrl,
    HOLDFAST_REDIS_URL: addresses.redisUrl,
    HOLDFAST_QUEUE_REDIS_URL: addresses.queueRedisUrl,
    ...(addresses.policyDir === undefined ? {} : { HOLDFAST_POLICY_DIR: addresses.policyDir }),
  };
}

/** Starts worker, gateway and dispatcher, all at once, with keys made for this run. Rejects when one fails, none left behind. */
export async function startDemoServices(addresses: Addresses): Promise<DemoServices> {
  const keys = makeKeys();
  const environment = {
    ...serviceEnvironment(addresses),
    HOLDFAST_API_KEYS: `agent:${keys.agent},producer:${keys.producer}`,
  };
  const settled = await Promise.allSettled(
    NAMES.map((name) => startServiceProcess(name, { environment, logDir: LOG_DIR, label: `demo-${name}` })),
  );
  const running = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = () => stopAll(running, keys);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const gateway = running.find(({ name }) => name === 'gateway');
  return { gatewayUrl: `http://127.0.0.1:${gateway?.port}`, keys, stop };
}

async function stopAll(running: readonly ServiceProcess[], keys: DemoKeys): Promise<void> {
  await Promise.all(running.map((service) => service.stop()));
  rmSync(keys.path, { force: true });
}

function makeKeys(): DemoKeys {
  const [agent, producer] = [randomBytes(24).toString('hex'), randomBytes(24).toString('hex')];
  const path = join(STATE_DIR, 'demo.env');
  // Removed first: the mode is given only to a file that is made.
  rmSync(path, { force: true });
  writeFileSync(path, `AGENT_KEY=${agent}\nPRODUCER_KEY=${producer}\n`, { mode: 0o600 });
  return { agent, producer, path };
}
