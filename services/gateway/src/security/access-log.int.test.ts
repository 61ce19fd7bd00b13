import { randomUUID } from 'node:crypto';
import { ACCESS_TOPIC, createEncoder, type Encoder, type PersonalDataAccessed, schemaTable } from '@holdfast/events';
import {
  createEventProducer,
  createRegistryDecoder,
  createSchemaRegistry,
  ensureTopics,
  readTopic,
  type SchemaRegistry,
} from '@holdfast/kafka';
import { createHealth, createLogger, createMetrics, createPseudonym } from '@holdfast/observability';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { createGateway } from '../gateway.ts';
import type { Face } from '../http/face.ts';
import { createAccessLog } from './access-log.ts';
import { authenticateByKeys } from './api-keys.ts';
import type { Audit, PersonalAccess } from './audit.ts';

const AGENT = 'agent-0123456789abc';
const pseudonym = createPseudonym('a key of thirty-two characters, or more');
const client = { brokers: inject('stack').brokers, clientId: 'gateway-int' };
const closers: (() => Promise<void>)[] = [];
let registry: SchemaRegistry;
let encoder: Encoder;

beforeAll(async () => {
  registry = createSchemaRegistry({ url: inject('stack').registryUrl });
  encoder = createEncoder(await registry.registerAll(schemaTable()));
  await ensureTopics({ ...client, partitions: 8, replicationFactor: 1, topics: [ACCESS_TOPIC] });
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => registry.close());

/** A face that shows a customer, after it was noted. */
function showing(audit: Audit, customerId: PersonalAccess['customerId']): Face {
  return {
    name: 'showing',
    routes: (app) =>
      void app.get('/v1/alerts', async (request) => {
        await audit(request, { action: 'customer.read', customerId });
        return { name: 'Jane Doe' };
      }),
  };
}

async function started(
  customerId: PersonalAccess['customerId'],
  { brokers = client.brokers, timeoutMs = 30_000 } = {},
) {
  const producer = createEventProducer({ ...client, brokers, lingerMs: 1, retries: 2 }, { encoder });
  const audit = createAccessLog({
    append: async (access) => (await producer.send([access]))[0]?.kind === 'accepted',
    pseudonym,
    now: Date.now,
    timeoutMs,
  });
  const gateway = await createGateway(
    {
      faces: [showing(audit, customerId)],
      authenticate: authenticateByKeys([{ role: 'agent', key: AGENT }]),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => {},
    },
    { host: '127.0.0.1', port: 0 },
  );
  closers.push(
    () => producer.close(),
    () => gateway.close(),
  );
  const port = await gateway.start();
  return (requestId: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/v1/alerts`, {
      headers: { 'x-api-key': AGENT, 'x-request-id': requestId, ...headers },
    });
}

/** What the log holds of a customer, with the record's key and bytes. */
async function accessesOf(customerId: string) {
  const decoder = createRegistryDecoder(registry);
  const found: { access: PersonalDataAccessed; key: string; bytes: string }[] = [];
  for await (const { key, value } of readTopic({ ...client, topic: ACCESS_TOPIC, from: 'beginning' })) {
    const outcome = await decoder.decode(value);
    if (outcome.kind !== 'event' || outcome.event.type !== 'PersonalDataAccessed') continue;
    const { subject, subjects } = outcome.event;
    if (![subject, ...subjects].includes(pseudonym(customerId))) continue;
    found.push({ access: outcome.event, key: String(key), bytes: String(value) });
  }
  return found;
}

describe('the log of accesses', () => {
  it('has it before the answer leaves: who, for whom, what, by which request, and no word of the customer', async () => {
    const customerId = `customer-${randomUUID()}`;
    const requestId = randomUUID();
    const ask = await started(customerId);
    expect((await ask(requestId, { 'x-holdfast-agent': 'a.jung' })).status).toBe(200);
    const [found, ...others] = await accessesOf(customerId);
    expect(others).toEqual([]);
    expect(found?.access).toMatchObject({
      source: 'holdfast.gateway',
      actor: expect.stringMatching(/^agent-[0-9a-f]{8}$/),
      agent: 'a.jung',
      roles: ['agent'],
      action: 'customer.read',
      route: 'GET /v1/alerts',
      requestId,
      subject: pseudonym(customerId),
    });
    expect(found?.key).toBe(pseudonym(customerId));
    expect(found?.bytes).not.toContain(customerId);
  });

  it('has one entry of a page that shows several, each named once', async () => {
    const [first = '', second = ''] = [1, 2].map(() => `customer-${randomUUID()}`);
    const requestId = randomUUID();
    const ask = await started([first, second, first]);
    expect((await ask(requestId)).status).toBe(200);
    const found = await accessesOf(second);
    expect(found).toMatchObject([
      { access: { requestId, subject: '', subjects: [pseudonym(first), pseudonym(second)] }, key: requestId },
    ]);
    expect(await accessesOf(first)).toEqual(found);
    expect(found[0]?.bytes).not.toContain(first);
  });

  it('has each of many at a time', async () => {
    const customerId = `customer-${randomUUID()}`;
    const ask = await started(customerId);
    const ids = Array.from({ length: 200 }, () => randomUUID());
    const answers = await Promise.all(ids.map((id) => ask(id)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const noted = (await accessesOf(customerId)).map(({ access }) => access.requestId);
    expect(noted.sort()).toEqual(ids.sort());
  });

  it('that is away shows nothing, and says when to come back', async () => {
    const ask = await started(`customer-${randomUUID()}`, { brokers: ['127.0.0.1:1'], timeoutMs: 300 });
    const answer = await ask(randomUUID());
    const text = await answer.text();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(text)).toMatchObject({ type: 'urn:holdfast:problem:audit-away' });
    expect(text).not.toContain('Jane');
  });
});
