import { describe, expect, it } from 'vitest';
import { createHealth } from './health.ts';
import { createMetrics } from './metrics.ts';
import { createOpsServer } from './ops-server.ts';

describe('health', () => {
  it('is well without checks', async () => {
    expect(await createHealth().report('liveness')).toEqual({ ok: true, checks: {} });
  });

  it('names the failing check and its reason, and keeps liveness apart from readiness', async () => {
    const health = createHealth();
    health.readiness('kafka', () => ({ ok: false, reason: 'no broker answers' }));
    health.readiness('redis', async () => ({ ok: true }));
    expect(await health.report('readiness')).toEqual({
      ok: false,
      checks: { kafka: { ok: false, reason: 'no broker answers' }, redis: { ok: true } },
    });
    expect((await health.report('liveness')).ok).toBe(true);
  });

  it('takes a check that throws or never answers as failed', async () => {
    const health = createHealth({ timeoutMs: 5 });
    health.liveness('throws', () => {
      throw new Error('redis://u:p@h is away');
    });
    health.liveness('hangs', () => new Promise(() => {}));
    expect((await health.report('liveness')).checks).toEqual({
      throws: { ok: false, reason: 'redis://h is away' },
      hangs: { ok: false, reason: 'no answer within 5 ms' },
    });
  });
});

describe('the pages for operators', () => {
  it('answer probes with 200 or 503 and the reasons, and metrics as text', async () => {
    const health = createHealth();
    const metrics = createMetrics({ service: 's' });
    const server = await createOpsServer({ host: '127.0.0.1', port: 0, metrics, health });
    const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);
    try {
      expect((await get('/readyz')).status).toBe(200);
      health.drain('stopping');
      const ready = await get('/readyz?verbose');
      expect(ready.status).toBe(503);
      expect(await ready.json()).toEqual({ ok: false, checks: { draining: { ok: false, reason: 'stopping' } } });
      expect((await get('/livez')).status).toBe(200);
      const page = await get('/metrics');
      expect(page.headers.get('content-type')).toContain('text/plain');
      expect(await page.text()).toContain('process_cpu_seconds_total');
      expect((await get('/other')).status).toBe(404);
      expect((await fetch(`http://127.0.0.1:${server.port}/livez`, { method: 'POST' })).status).toBe(405);
    } finally {
      await server.close();
    }
  });
});
