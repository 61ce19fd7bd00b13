import { createEngineWorld, type EngineWorld, WORLD_DEAD_LETTERS, type WorldOptions } from '@holdfast/testkit';
import { onTestFinished } from 'vitest';

/** A world that ends with its test. */
export function world(options?: WorldOptions): EngineWorld {
  const created = createEngineWorld(options);
  onTestFinished(() => created.close());
  return created;
}

/** A world of one partition with a worker that serves it. */
export async function served(options?: WorldOptions): Promise<EngineWorld> {
  const created = world({ partitions: 1, ...options });
  await created.worker('w1');
  created.broker.assign({ w1: [0] });
  return created;
}

/** Codes of the dead letters, in order. */
export function deadLetters({ broker }: EngineWorld): string[] {
  const letters = broker.records(WORLD_DEAD_LETTERS, 0);
  return letters.map((record) => String(record.headers['__connect.errors.exception.class.name']));
}
