import { describe, expect, it, vi } from 'vitest';
import { createLogger } from './logger.ts';
import { onShutdown } from './shutdown.ts';

const logger = createLogger({ service: 's', level: 'silent' });

function watched(steps: Parameters<typeof onShutdown>[0], deadlineMs?: number) {
  const codes: number[] = [];
  const options = { logger, exit: (code: number) => void codes.push(code) };
  const shutdown = onShutdown(steps, deadlineMs === undefined ? options : { ...options, deadlineMs });
  process.removeAllListeners('SIGTERM').removeAllListeners('SIGINT');
  return { shutdown, codes };
}

describe('shutdown', () => {
  it('runs the steps in order, once, and ends with 0', async () => {
    const order: string[] = [];
    const { shutdown, codes } = watched([
      { name: 'first', run: async () => void order.push('first') },
      { name: 'second', run: () => void order.push('second') },
    ]);
    await Promise.all([shutdown.begin('SIGTERM'), shutdown.begin('SIGINT')]);
    expect(order).toEqual(['first', 'second']);
    expect(codes).toEqual([0]);
  });

  it('goes on after a failing step and ends with 1', async () => {
    const order: string[] = [];
    const { shutdown, codes } = watched([
      { name: 'bad', run: () => Promise.reject(new Error('stuck')) },
      { name: 'good', run: () => void order.push('good') },
    ]);
    await shutdown.begin('SIGTERM');
    expect(order).toEqual(['good']);
    expect(codes).toEqual([1]);
  });

  it('ends with 1 at the deadline when a step hangs', async () => {
    vi.useFakeTimers();
    try {
      const { shutdown, codes } = watched([{ name: 'hangs', run: () => new Promise(() => {}) }], 1_000);
      void shutdown.begin('SIGTERM');
      await vi.advanceTimersByTimeAsync(999);
      expect(codes).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(codes).toEqual([1]);
    } finally {
      vi.useRealTimers();
    }
  });
});
