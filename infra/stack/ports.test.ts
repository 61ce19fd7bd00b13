import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anyFreePort, choosePorts, isPortFree } from './index.mjs';

function machine(taken: number[], spare: number[]) {
  const spares = [...spare];
  return { isFree: async (port: number) => !taken.includes(port), anyFree: async () => spares.shift() ?? 0 };
}

const LOWEST_OF_OUTGOING = 32_768;

describe('any free port', () => {
  it('is none that an outgoing connection may be given', async () => {
    const ports = await Promise.all(Array.from({ length: 200 }, () => anyFreePort({ isFree: async () => true })));
    expect(Math.max(...ports)).toBeLessThan(LOWEST_OF_OUTGOING);
    expect(Math.min(...ports)).toBeGreaterThan(10_000);
  });

  it('is another one where the first is taken, and an error with words where all are', async () => {
    const asked: number[] = [];
    const isFree = async (port: number) => asked.push(port) > 3;
    expect(await anyFreePort({ isFree })).toBe(asked[3]);
    await expect(anyFreePort({ isFree: async () => false })).rejects.toThrow(/are all taken/);
  });
});

describe('the choice of ports', () => {
  it('takes the usual ones where they are free', async () => {
    expect(await choosePorts({ kafka: 9092, redis: 6379 }, machine([], []))).toEqual({ kafka: 9092, redis: 6379 });
  });

  it('takes another where the usual one is taken', async () => {
    expect(await choosePorts({ kafka: 9092, redis: 6379 }, machine([6379], [40_001]))).toEqual({
      kafka: 9092,
      redis: 40_001,
    });
  });

  it('gives no port to two services, whatever the machine offers', async () => {
    const offered = machine([], [40_001, 40_001, 40_002]);
    expect(await choosePorts({ kafka: 0, registry: 0 }, offered)).toEqual({ kafka: 40_001, registry: 40_002 });
  });

  it('gives a wished port only once', async () => {
    expect(await choosePorts({ one: 7000, two: 7000 }, machine([], [7001]))).toEqual({ one: 7000, two: 7001 });
  });

  it('sees that a port is taken while somebody listens there, and free afterwards', async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    expect(await isPortFree(port)).toBe(false);
    await new Promise((resolve) => server.close(resolve));
    expect(await isPortFree(port)).toBe(true);
  });
});
