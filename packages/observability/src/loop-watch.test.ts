import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { createLogger } from './logger.ts';
import { createLoopWatch } from './loop-watch.ts';
import { createMetrics } from './metrics.ts';

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

it('a standstill of the event loop is logged, counted and told, with its length', async () => {
  const lines: string[] = [];
  const metrics = createMetrics({ service: 'worker' });
  const logger = createLogger({ service: 'worker' }, { write: (line: string) => void lines.push(line) });
  const told = Promise.withResolvers<number>();
  const watch = createLoopWatch({ logger, metrics, stallMs: 200, lookMs: 20, onStall: told.resolve });
  onTestFinished(() => watch.close());
  for (let i = 0; i < 5; i++) await turn();
  standStill(400);
  const stalledMs = await told.promise;
  expect(stalledMs).toBeGreaterThanOrEqual(300);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', stalledMs, msg: 'the event loop stood still' });
  expect(await metrics.render()).toContain('holdfast_event_loop_stalls_total{service="worker"} 1');
});
