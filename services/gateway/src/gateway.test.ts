import { describe, expect, it } from 'vitest';
import { AGENT, BATCH, PRODUCER, STRUCTURED, toppedUp, useEventsGateway } from '../test/events-gateway.ts';

const started = useEventsGateway();

describe('who may do what', () => {
  it.each([
    ['without a key', {}, '/v1/alerts', 401, 'no-key'],
    ['with an unknown key', { 'x-api-key': 'nobody-0123456789' }, '/v1/alerts', 401, 'wrong-key'],
    ['with a key of another role', { 'x-api-key': PRODUCER }, '/v1/alerts', 403, 'wrong-role'],
    ['at an address that does not exist', {}, '/v1/alert', 404, 'not-found'],
  ])('a request %s is refused', async (_title, headers, path, status, code) => {
    const { base } = await started();
    const answer = await fetch(`${base}${path}`, { headers: headers as Record<string, string> });
    expect([answer.status, ((await answer.json()) as { type: string }).type]).toEqual([
      status,
      `urn:holdfast:problem:${code}`,
    ]);
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
  });

  it('an agent cannot hand events over', async () => {
    const { post, appended } = await started();
    const answer = await post(toppedUp('e1'), { 'content-type': STRUCTURED, authorization: `Bearer ${AGENT}` });
    expect(answer.status).toBe(403);
    expect(appended).toEqual([]);
  });

  it('answers carry the headers that keep browsers from guessing and storing', async () => {
    const { base } = await started();
    const { headers } = await fetch(`${base}/livez`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });
});

describe('what operators see', () => {
  it('is health without a key, ready only while every check is', async () => {
    const { base, health } = await started();
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    health.readiness('kafka', () => ({ ok: false, reason: 'no broker' }));
    const answer = await fetch(`${base}/readyz`);
    expect([answer.status, await answer.json()]).toEqual([
      503,
      { ok: false, checks: { kafka: { ok: false, reason: 'no broker' } } },
    ]);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
  });

  it('is counted and logged by route, with nothing of the customer in it', async () => {
    const { base, post, lines } = await started();
    await post([toppedUp('e1'), toppedUp('e2', { nonsense: 1 })], BATCH);
    await fetch(`${base}/v1/customers/customer-4711`);
    const page = await (await fetch(`${base}/metrics`)).text();
    expect(page).toContain('holdfast_gateway_events_total{status="accepted",code="",service="gateway"} 1');
    expect(page).toContain('holdfast_gateway_events_total{status="rejected",code="unknown-field",service="gateway"} 1');
    expect(page).toContain('route="/v1/events"');
    expect(lines.join('')).toContain('"route":"/v1/events"');
    expect(page + lines.join('')).not.toMatch(/4711|producer-0/);
  });

  it('is a feed that cannot be read, as 503 and not as a silent stream', async () => {
    const { base } = await started();
    const answer = await fetch(`${base}/v1/alerts`, { headers: { 'x-api-key': AGENT } });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });
});
