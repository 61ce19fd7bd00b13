import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  down,
  redisCall,
  removeWithThisProcess,
  type SecuredListeners,
  type ServiceName,
  serviceControl,
  up,
} from '../../../infra/stack/index.mjs';
import type { Stack } from './stack-model.ts';

const ANY_PORTS: Record<ServiceName, number> = { kafka: 0, registry: 0, redis: 0 };
const BROKER_HEAP_MB = 512;

/** The three services as processes of this machine, in a temporary folder. */
export async function startNativeStack(secured?: SecuredListeners): Promise<Stack> {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  removeWithThisProcess(dir);
  const stop = () => remove(dir);
  const settings = { brokerHeapMb: BROKER_HEAP_MB, ...(secured && { secured }) };
  const options = { dir, kind: 'native', ports: ANY_PORTS, ...settings } as const;
  const started = await up(options).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const control = (name: ServiceName) => serviceControl(dir, name, settings);
  const redisPort = Number(new URL(started.redisUrl).port);
  return {
    kind: 'native',
    brokers: started.brokers,
    registryUrl: started.registryUrl,
    redisUrl: started.redisUrl,
    broker: control('kafka'),
    registry: control('registry'),
    redis: { ...control('redis'), wipe: () => wipeRedis(redisPort) },
    stop,
  };
}

/** Removes every key of the Redis on the port; throws when it does not confirm. */
export async function wipeRedis(port: number): Promise<void> {
  const answer = await redisCall(port, ['FLUSHALL']);
  if (answer !== 'OK') throw new Error(`FLUSHALL was answered with ${answer ?? 'nothing'}`);
}

async function remove(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await down({ dir, purge: true });
  rmSync(dir, { recursive: true, force: true });
}
