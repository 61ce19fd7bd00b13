import type { Installation } from './installation.ts';

const SAMPLED_CUSTOMERS = 200;

/** What a customer takes in Redis: his state and entry in the timer index as Redis counts them, and everything divided. */
export async function redisFigures(installation: Installation, usedBefore: number) {
  const entities = await sum(installation.shards.map((shard) => installation.store.countEntities(shard)));
  const keys = await sampledKeys(installation);
  const sizes = await Promise.all(keys.map((key) => installation.redis(['MEMORY', 'USAGE', key])));
  const lengths = await Promise.all(keys.map((key) => installation.redis(['STRLEN', key])));
  const mean = (numbers: readonly string[]) => numbers.reduce((total, n) => total + Number(n), 0) / numbers.length;
  return {
    entities,
    bytesPerCustomer: Math.round(((await usedMemory(installation)) - usedBefore) / entities),
    stateKeyBytes: Math.round(mean(sizes)),
    stateBytes: Math.round(mean(lengths)),
  };
}

export async function usedMemory({ redis }: Installation): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis(['INFO', 'memory']))?.[1] ?? Number.NaN);
}

export async function sum(numbers: readonly Promise<number>[]): Promise<number> {
  return (await Promise.all(numbers)).reduce((total, n) => total + n, 0);
}

async function sampledKeys({ redis }: Installation): Promise<string[]> {
  const found = await redis(['SCAN', '0', 'MATCH', '*:s:*', 'COUNT', String(SAMPLED_CUSTOMERS * 5)]);
  return found
    .split('\n')
    .filter((line) => line.includes(':s:'))
    .slice(0, SAMPLED_CUSTOMERS);
}
