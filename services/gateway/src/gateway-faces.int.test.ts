import { INPUT_TOPICS } from '@holdfast/events';
import {
  createAlertFeed,
  createOutboundStreams,
  createSubscriptionMessages,
  createSubscriptionStore,
} from '@holdfast/redis';
import { eventually, type RedisServer, startHttpProvider, startRedisServer } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { redisCall } from '../../../infra/stack/index.mjs';
import { createDeskWorld, type DeskWorld } from '../test/desk-world.ts';
import { type GatewayProcess, startGatewayProcess } from '../test/gateway-process.ts';

/** The service as it is started for real, with every face on the same stores, and nobody who folds what it tells. */
let redis: RedisServer;
let world: DeskWorld;
let gateway: GatewayProcess;
let listener: Awaited<ReturnType<typeof startHttpProvider>>;

const keyOf = (role: string) => `${role}-key-0123456789`;
const ROLES = ['agent', 'supervisor', 'operator'];
const TMF680 = '/tmf-api/recommendationManagement/v4';
const TMF683 = '/tmf-api/partyInteraction/v4';
const within = { withinMs: 40_000 };

beforeAll(async () => {
  redis = await startRedisServer();
  const place = { ...inject('stack'), redisUrl: redis.url };
  world = await createDeskWorld(place);
  listener = await startHttpProvider(() => ({ status: 500 }));
  gateway = await startGatewayProcess(place, {
    HOLDFAST_API_KEYS: ROLES.map((role) => `${role}:${keyOf(role)}`).join(','),
    HOLDFAST_PSEUDONYM_KEY: 'ab'.repeat(32),
    HOLDFAST_ERASURE_KEY: 'cd'.repeat(32),
    HOLDFAST_WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
    HOLDFAST_WEBHOOK_ALLOW_HTTP: 'true',
  });
});
afterAll(async () => {
  await gateway?.stop();
  await listener?.close();
  await world?.close();
  await redis?.stop();
});

async function call(role: string, method: string, path: string, body?: object) {
  const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
    method,
    headers: {
      'x-api-key': keyOf(role),
      'x-holdfast-agent': 'ann',
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
}

/** An alert of a contact with its item, as the dispatcher leaves them. */
async function alerted(customerId: string, contactId: string): Promise<void> {
  const feed = createAlertFeed({ url: redis.url });
  const json = JSON.stringify({ contactId, customerId, decidedAt: Date.now(), title: 'Call him' });
  const item = { itemId: contactId, kind: 'contact', contactId, customerId, dueAt: Date.now() + 3_600_000 } as const;
  await feed.append({ contactId, json, item: { ...item, priority: 2, alert: json } });
  await feed.close();
}

/** Whatever is kept for subscribers, waiting or not. */
async function forSubscribers(): Promise<string> {
  const options = { url: redis.url };
  const [store, messages] = [createSubscriptionStore(options), createSubscriptionMessages(options)];
  const streams = createOutboundStreams(options);
  try {
    const from = { after: '0-0', max: 10_000 };
    const kept = [...(await streams.read('alerts', from)), ...(await streams.read('events', from))];
    const lists = await Promise.all((await store.list()).map(({ id }) => messages.list(id, 1_000)));
    return JSON.stringify([kept, lists]);
  } finally {
    await Promise.all([store, messages, streams].map((one) => one.close()));
  }
}

const typesHeard = () => listener.requests.map(({ body }) => (JSON.parse(body) as { eventType?: string }).eventType);

it('a contact goes through every face, and an erasure takes it out of all of them', async () => {
  const { customerId, contactId, partition } = await world.known();
  for (const base of [TMF680, TMF683]) {
    expect((await call('operator', 'POST', `${base}/hub`, { callback: listener.url })).status).toBe(201);
  }
  // What is signed would need a key to keep its secret under.
  const subscription = { url: listener.url, kinds: ['alert'], format: 'template:zendesk', settings: { groupId: '7' } };
  const taken = await call('operator', 'POST', '/v1/subscriptions', subscription);
  expect(taken.status).toBe(201);
  await alerted(customerId, contactId);

  // 503 while the look at the customer cannot be noted yet.
  const claim = () => call('agent', 'POST', `/v1/work-items/${contactId}/claim`, {});
  await eventually('the claim', async () => expect((await claim()).status).toBe(200), within);
  const party = { id: customerId, href: 'c', role: 'customer', '@referredType': 'Customer' };
  const asked = await call('agent', 'POST', `${TMF680}/queryProductRecommendation`, { relatedParty: party });
  expect(asked.status).toBe(201);
  const told = await call('agent', 'POST', `${TMF683}/partyInteraction`, {
    ...{ reason: 'bill', status: 'inProgress', direction: 'inbound', relatedParty: [party] },
    channel: [{ id: 'call-centre', href: 'channel/call-centre' }],
    interactionDate: { startDateTime: '2026-11-29T09:00:00Z', endDateTime: '2026-11-29T09:10:00Z' },
  });
  expect(told.status).toBe(201);
  const finished = await call('agent', 'POST', `/v1/work-items/${contactId}/finish`, { outcome: 'accepted' });
  expect([finished.status, finished.json]).toMatchObject([200, { state: 'done', outcome: 'accepted' }]);

  await eventually(
    'both hubs',
    () =>
      expect(typesHeard()).toEqual(
        expect.arrayContaining(['QueryProductRecommendationCreateEvent', 'PartyInteractionCreateEvent']),
      ),
    within,
  );
  const logged = await world.logged(INPUT_TOPICS.interaction, customerId);
  expect(logged).toContainEqual(expect.objectContaining({ type: 'OfferAccepted', contactId }));
  const before = await call('operator', 'GET', `/v1/customers/${customerId}/export`);
  expect(before.json).toMatchObject({
    interactions: [{ customerId }],
    workItems: [{ itemId: contactId, state: 'done' }],
    unfoldedEvents: expect.arrayContaining([expect.objectContaining({ type: 'OfferAccepted' })]),
  });
  expect(await forSubscribers()).toContain(customerId);

  expect((await call('operator', 'POST', `/v1/customers/${customerId}/erase`)).status).toBe(202);
  expect((await call('operator', 'GET', `/v1/customers/${customerId}/export`)).json).toMatchObject({
    ...{ interactions: [], workItems: [], unfoldedEvents: [] },
  });
  expect(await forSubscribers()).not.toContain(customerId);
  const untold = await redisCall(Number(new URL(redis.url).port), ['XRANGE', '{contact}:work:out', '-', '+']);
  expect(untold ?? '').not.toContain(customerId);
  const keys = await redisCall(Number(new URL(redis.url).port), ['KEYS', `*${customerId}*`]);
  // The shard's own goes when its worker folds the record.
  expect(keys?.split('\n')).toEqual([`{customer:${partition}}:s:${customerId}`]);
});
