import { randomUUID } from 'node:crypto';
import { ACCESS_TOPIC, createEncoder, type EventInput, schemaTable } from '@holdfast/events';
import { createEventProducer, createSchemaRegistry, ensureTopics } from '@holdfast/kafka';
import { createPseudonym } from '@holdfast/observability';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { COMMANDS } from '../commands.ts';
import { environment } from '../config.ts';
import { runProgram } from '../program.ts';

const KEY = 'a key of thirty-two characters, or more';
const pseudonym = createPseudonym(KEY);
const [jane, john, jill] = [`c-${randomUUID()}`, `c-${randomUUID()}`, `c-${randomUUID()}`];
const agent = `agent-${randomUUID()}`;
const before = { ...environment };

beforeAll(async () => {
  const { brokers, registryUrl, redisUrl } = inject('stack');
  const client = { brokers, clientId: 'cli-int' };
  Object.assign(environment, {
    HOLDFAST_KAFKA_BROKERS: brokers.join(','),
    HOLDFAST_REGISTRY_URL: registryUrl,
    HOLDFAST_REDIS_URL: redisUrl,
    HOLDFAST_PSEUDONYM_KEY: KEY,
  });
  const registry = createSchemaRegistry({ url: registryUrl });
  const encoder = createEncoder(await registry.registerAll(schemaTable()));
  await ensureTopics({ ...client, partitions: 8, replicationFactor: 1, topics: [ACCESS_TOPIC] });
  const producer = createEventProducer(client, { encoder });
  const nowMs = Date.now();
  await producer.send([
    access(jane, { action: 'customer.read', occurredAt: nowMs - 2_000 }),
    access(jane, { action: 'customer.export', occurredAt: nowMs - 1_000, agent }),
    access(john, { action: 'customer.read', occurredAt: nowMs }),
    access('', { action: 'work-item.list', subject: '', subjects: [john, jill].map(pseudonym), occurredAt: nowMs }),
  ]);
  await producer.close();
  registry.close();
});
afterAll(() => {
  for (const name of Object.keys(environment)) if (!(name in before)) Reflect.deleteProperty(environment, name);
  Object.assign(environment, before);
});

function access(
  customerId: string,
  change: Partial<EventInput<'PersonalDataAccessed'>>,
): EventInput<'PersonalDataAccessed'> {
  return {
    type: 'PersonalDataAccessed',
    eventId: randomUUID(),
    source: 'holdfast.gateway',
    occurredAt: 0,
    actor: 'crm',
    agent: 'crm',
    roles: ['agent'],
    action: 'customer.read',
    route: 'GET /v1/customers/:customerId',
    requestId: 'r-1',
    subject: pseudonym(customerId),
    ...change,
  };
}

async function list(...words: string[]) {
  const text = { out: '', err: '' };
  const output = { out: (more: string) => (text.out += more), err: (more: string) => (text.err += more) };
  return { code: await runProgram(COMMANDS, ['audit', 'list', ...words], output), ...text };
}

it('audit list says who looked at a customer, in order, and names nobody else', async () => {
  const { code, out } = await list('--customer', jane);
  expect(code).toBe(0);
  expect(
    out
      .split('\n')
      .slice(1, -1)
      .map((line) => line.split(/ {2,}/)[4]),
  ).toEqual(['customer.read', 'customer.export']);
  expect(out).not.toContain(jane);
  expect(out).not.toContain(pseudonym(john));
});

it('audit list says who looked at a page on which a customer was, and does not tell who else', async () => {
  const { out } = await list('--customer', jill);
  expect(out.split('\n')[1]?.split(/ {2,}/).slice(4, 6)).toEqual(['work-item.list', '2 on a page']);
  expect(out).not.toContain(pseudonym(john));
});

it('audit list finds what an agent did, the newest, and of a span of time', async () => {
  const byAgent = JSON.parse((await list('--agent', agent, '--json')).out) as { accesses: { action: string }[] };
  expect(byAgent.accesses.map(({ action }) => action)).toEqual(['customer.export']);
  const newest = await list('--customer', jane, '--limit', '1');
  expect(newest.out).toContain('customer.export');
  expect(newest.out).not.toContain('customer.read');
  expect(newest.err).toContain('there may be more');
  expect((await list('--customer', jane, '--to', '1h')).out).toBe('nobody looked\n');
});

it('audit list does not guess which customer is meant without the key', async () => {
  Object.assign(environment, { HOLDFAST_PSEUDONYM_KEY: '' });
  const { code, err } = await list('--customer', jane);
  Object.assign(environment, { HOLDFAST_PSEUDONYM_KEY: KEY });
  expect([code, err]).toEqual([1, expect.stringContaining('HOLDFAST_PSEUDONYM_KEY')]);
});
