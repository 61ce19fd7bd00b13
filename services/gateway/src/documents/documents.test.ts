import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../gateway.ts';
import { documentsFace } from './documents-face.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await createGateway(
    {
      faces: [documentsFace()],
      authenticate: () => ({ kind: 'absent' }),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => {},
    },
    { host: '127.0.0.1', port: 0 },
  );
});
afterAll(() => gateway.close());

describe('the documents', () => {
  it.each(['/openapi.json', '/asyncapi.json'])('are JSON: %s', async (url) => {
    const answer = await gateway.app.inject(url);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.json()).toMatchObject({ info: { title: 'Holdfast' } });
  });

  it('are shown on a page that may run its own scripts and nothing else', async () => {
    const page = await gateway.app.inject('/docs/');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self' 'sha256-[\w+/=]+';/);
    expect(page.body).toContain('/asyncapi.json');
    expect((await gateway.app.inject('/docs/js/scalar.js')).statusCode).toBe(200);
  });
});
