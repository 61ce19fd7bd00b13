import { createServer } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { addressCheck } from './address-check.ts';
import { createLateDependency } from './late-dependency.ts';
import { createLogger } from './logger.ts';

function capture() {
  const lines: { msg: string }[] = [];
  return { lines, logger: createLogger({ service: 's' }, { write: (line: string) => lines.push(JSON.parse(line)) }) };
}

describe('a dependency that comes late', () => {
  it('is asked for until it is there, and warned of once', async () => {
    const { lines, logger } = capture();
    const answers = ['away', 'away', 'not registered'].values();
    const registry = createLateDependency(
      async () => {
        const next = answers.next();
        if (next.done) return 'ids';
        throw new Error(next.value);
      },
      { name: 'registry', logger, retryMs: 1 },
    );
    expect(registry.current()).toBeUndefined();
    expect(await registry.arrived()).toBe('ids');
    expect(registry.current()).toBe('ids');
    expect(registry.check()).toEqual({ ok: true });
    expect(lines.map((line) => line.msg)).toEqual(['dependency is not there yet']);
    await registry.close();
  });

  it('says why it is not there, and is no longer asked for once closed', async () => {
    const make = vi.fn(() => Promise.reject(new Error('registry is away')));
    const registry = createLateDependency(make, { name: 'registry', logger: capture().logger, retryMs: 60_000 });
    await vi.waitFor(() => expect(registry.check()).toEqual({ ok: false, reason: 'registry is away' }));
    await registry.close();
    expect(await registry.arrived()).toBeUndefined();
    expect(make).toHaveBeenCalledTimes(1);
  });
});

describe('a check of addresses', () => {
  it('is well while one of them accepts a connection', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const check = addressCheck('broker', ['127.0.0.1:1', `127.0.0.1:${port}`]);
    expect(await check()).toEqual({ ok: true });
    await new Promise((resolve) => server.close(resolve));
    expect(await check()).toEqual({ ok: false, reason: 'no broker accepts a connection' });
  });
});
