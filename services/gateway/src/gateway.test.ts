import { fromCloudEvent } from '@holdfast/events';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterEach, describe, expect, it } from 'vitest';
import type { AppendOutcome, GatewayEvent } from './event-intake.ts';
import { createGateway, type Gateway } from './gateway.ts';

const PRODUCER = 'producer-0123456789';
const AGENT = 'agent-0123456789abc';
const gateways: Gateway[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});

type Append = (events: readonly GatewayEvent[]) => readonly AppendOutcome[];

async function started(append: Append = (events) => events.map(() => ({ kind: 'accepted' }))) {
  const appended: GatewayEvent[] = [];
  const consents: boolean[] = [];
  const lines: string[] = [];
  const metrics = createMetrics({ service: 'gateway' });
  const health = createHealth();
  const gateway = createGateway(
    {
      intake: {
        parse: fromCloudEvent,
        append: async (events) => {
          appended.push(...events);
          return append(events);
        },
        consentSeen: async (event) => void consents.push(event.granted),
      },
      alerts: {
        tail: async function* () {},
        lastId: async () => {
          throw new Error('redis is away');
        },
        isAlertId: () => true,
      },
      metrics,
      health,
      logger: createLogger({ service: 'gateway', level: 'debug' }, { write: (line: string) => lines.push(line) }),
    },
    {
      host: '127.0.0.1',
      port: 0,
      keys: [
        { role: 'producer', key: PRODUCER },
        { role: 'agent', key: AGENT },
      ],
      alerts: { maxListeners: 2, heartbeatMs: 1_000, slowMs: 1_000 },
    },
  );
  gateways.push(gateway);
  const base = `http://127.0.0.1:${await gateway.start()}`;
  const post = (body: unknown, headers: Record<string, string> = { 'content-type': STRUCTURED }) =>
    fetch(`${base}/v1/events`, {
      method: 'POST',
      headers: { authorization: `Bearer ${PRODUCER}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return { base, post, appended, consents, lines, metrics, health };
}

const STRUCTURED = 'application/cloudevents+json';
const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

function toppedUp(id: string, data: Record<string, unknown> = {}) {
  return {
    specversion: '1.0',
    id,
    source: 'billing',
    type: 'io.holdfast.usage.BalanceToppedUp.v1',
    time: '2026-11-01T08:00:00Z',
    subject: 'customer-4711',
    data: { subscriptionId: 's1', amountMinor: 500, currency: 'EUR', ...data },
  };
}

describe('POST /v1/events', () => {
  it('takes one structured event and answers 202 with its id', async () => {
    const { post, appended } = await started();
    const answer = await post(toppedUp('e1'), { 'content-type': `${STRUCTURED}; charset=utf-8` });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ id: 'e1', status: 'accepted' });
    expect(appended).toMatchObject([
      {
        type: 'BalanceToppedUp',
        eventId: 'e1',
        customerId: 'customer-4711',
        occurredAt: Date.parse('2026-11-01T08:00:00Z'),
      },
    ]);
  });

  it('takes an event in binary mode, with percent-encoded attributes', async () => {
    const { post, appended } = await started();
    const answer = await post(toppedUp('x').data, {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': 'e%202',
      'ce-source': '"billing"',
      'ce-type': 'BalanceToppedUp',
      'ce-time': '2026-11-01T08:00:00Z',
      'ce-subject': 'c1',
    });
    expect([answer.status, await answer.json()]).toEqual([202, { id: 'e 2', status: 'accepted' }]);
    expect(appended).toMatchObject([{ source: 'billing', customerId: 'c1', amountMinor: 500 }]);
  });

  it('answers a batch per event, in order, and names the field of a mistake', async () => {
    const { post, appended } = await started();
    const answer = await post([toppedUp('e1'), toppedUp('e2', { amountMinro: 1 }), 7, toppedUp('e4')], BATCH);
    expect(answer.status).toBe(200);
    const results = (await answer.json()) as { error?: { code: string; field?: string; message: string } }[];
    expect(results).toMatchObject([
      { id: 'e1', status: 'accepted' },
      { id: 'e2', status: 'rejected', error: { code: 'unknown-field', field: 'data.amountMinro' } },
      { id: null, status: 'rejected', error: { code: 'not-an-object' } },
      { id: 'e4', status: 'accepted' },
    ]);
    expect(results[1]?.error?.message).toContain('amountMinor');
    expect(appended.map((event) => event.eventId)).toEqual(['e1', 'e4']);
  });

  it('answers 422 for one event that breaks its contract', async () => {
    const { post, appended } = await started();
    const answer = await post({ ...toppedUp('e1'), type: 'io.holdfast.usage.BalanceTopedUp.v1' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ id: 'e1', status: 'rejected', error: { code: 'unknown-type' } });
    expect(appended).toEqual([]);
  });

  it('answers 503 with Retry-After while the log is away, and says of each event where it stands', async () => {
    const { post } = await started((events) =>
      events.map((_, index) => (index === 0 ? { kind: 'accepted' } : { kind: 'unavailable', message: 'no broker' })),
    );
    const answer = await post([toppedUp('e1'), toppedUp('e2'), { ...toppedUp('e3'), subject: '' }], BATCH);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject([
      { id: 'e1', status: 'accepted' },
      { id: 'e2', status: 'unavailable', error: { code: 'unavailable', message: 'no broker' } },
      { id: 'e3', status: 'rejected' },
    ]);
    const single = await started((events) => events.map(() => ({ kind: 'overloaded', message: 'too much waits' })));
    expect((await single.post(toppedUp('e1'))).status).toBe(503);
  });

  it('sets the hold of a consent even when the log is away', async () => {
    const { post, consents } = await started((events) => events.map(() => ({ kind: 'unavailable', message: 'x' })));
    const consent = {
      ...toppedUp('e1'),
      type: 'io.holdfast.customer.ConsentChanged.v1',
      data: { channel: '*', granted: false },
    };
    expect((await post(consent)).status).toBe(503);
    expect(consents).toEqual([false]);
  });

  it.each<[string, unknown, Record<string, string>, number, string]>([
    ['text that is no JSON', '{"id":', { 'content-type': STRUCTURED }, 400, 'not-json'],
    ['an empty body', '', { 'content-type': STRUCTURED }, 400, 'not-json'],
    ['a batch that is no list', toppedUp('e1'), BATCH, 400, 'not-a-batch'],
    ['more than 1,000 events', Array.from({ length: 1_001 }, () => 0), BATCH, 413, 'too-large'],
    ['more than 1 MiB', `"${'x'.repeat(1_048_577)}"`, { 'content-type': STRUCTURED }, 413, 'too-large'],
    ['another content type', 'x', { 'content-type': 'text/csv' }, 415, 'media-type'],
    ['JSON without CloudEvents headers', toppedUp('e1'), { 'content-type': 'application/json' }, 415, 'media-type'],
  ])('refuses %s with a problem that says what to do', async (_title, body, headers, status, code) => {
    const { post, appended } = await started();
    const answer = await post(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await answer.json()).toMatchObject({
      type: `urn:holdfast:problem:${code}`,
      status,
      detail: expect.any(String),
    });
    expect(appended).toEqual([]);
  });

  it('takes an empty batch', async () => {
    const { post } = await started();
    const answer = await post([], BATCH);
    expect([answer.status, await answer.json()]).toEqual([200, []]);
  });
});

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
