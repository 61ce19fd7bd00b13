import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  down,
  identityOf,
  isSameProcess,
  readState,
  redisCall,
  type ServiceName,
  serviceControl,
  up,
} from '../../../infra/stack/index.mjs';
import type { Stack } from './stack.ts';

const PREFIX = 'holdfast-test-';
const ANY_PORTS: Record<ServiceName, number> = { kafka: 0, registry: 0, redis: 0 };
const BROKER_HEAP_MB = 512;

/** The three services as processes of this machine, in a temporary folder. */
export async function startNativeStack(): Promise<Stack> {
  await sweepAbandoned();
  const dir = mkdtempSync(join(tmpdir(), PREFIX));
  writeFileSync(join(dir, 'owner.json'), JSON.stringify({ pid: process.pid, identity: identityOf(process.pid) }));
  const endAtExit = () => killAll(dir);
  process.once('exit', endAtExit);
  const stop = async () => {
    process.off('exit', endAtExit);
    await remove(dir);
  };
  const options = { dir, kind: 'native', ports: ANY_PORTS, brokerHeapMb: BROKER_HEAP_MB } as const;
  const started = await up(options).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  const control = (name: ServiceName) => serviceControl(dir, name, { brokerHeapMb: BROKER_HEAP_MB });
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

/** Ends the stacks of runs that were killed before they could do it. */
async function sweepAbandoned(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    const dir = join(tmpdir(), name);
    if (name.startsWith(PREFIX) && isAbandoned(dir)) await remove(dir);
  }
}

function isAbandoned(dir: string): boolean {
  try {
    return !isSameProcess(JSON.parse(readFileSync(join(dir, 'owner.json'), 'utf8')));
  } catch {
    return false; // another run creates it at this moment
  }
}

async function remove(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  await down({ dir, purge: true });
  rmSync(dir, { recursive: true, force: true });
}

/** The last resort at the end of the process, where nothing can be awaited. */
function killAll(dir: string): void {
  for (const recorded of Object.values(readState(dir)?.services ?? {})) {
    if (recorded.pid !== undefined && isSameProcess(recorded)) process.kill(recorded.pid, 'SIGKILL');
  }
  rmSync(dir, { recursive: true, force: true });
}
