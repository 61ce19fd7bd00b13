import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { INPUT_TOPICS } from '@holdfast/events';
import { createHealth, createMetrics } from '@holdfast/observability';
import { redisDatabase } from '@holdfast/testkit';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDeskWorld, type DeskWorld } from '../../test/desk-world.ts';
import { createGateway, type Gateway } from '../gateway.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import type { HubEvent, HubEvents } from '../subscriptions/hub-events.ts';
import { openInteractions } from './open-interactions.ts';

const AGENT = 'agent-0123456789abc';
const SUPERVISOR = 'supervisor-0123456789';
const SWAGGER = fileURLToPath(
  new URL(
    '../../../../../shared/standards/tmf/TMF683_Party_Interaction_Management_API_v4.0.0_swagger.json',
    import.meta.url,
  ),
);
const COLLECTION = '/tmf-api/partyInteraction/v4/partyInteraction';

let world: DeskWorld;
let gateway: Gateway;
let base: string;
const audited: string[] = [];
const published: HubEvent[] = [];
const hub: HubEvents = {
  subscribe: async () => ({ kind: 'subscribed', id: 'h-1' }),
  unsubscribe: async () => true,
  publish: async (_, make) => void published.push(make()),
};

beforeAll(async () => {
  const stack = inject('stack');
  world = await createDeskWorld({ ...stack, redisUrl: redisDatabase(stack.redisUrl, 'party-interaction') });
  const { interactions: store, customers, recent, record, append, logger } = world;
  const face = openInteractions(
    {
      ...{ store, customers, recent, record, append, logger, hub },
      // Nobody here sees customers of Beijing.
      sightOf: () => ({ customer: ({ city }) => city !== 'Beijing', work: () => true }),
      audit: async (_, { action, customerId }) => void audited.push(`${action} ${customerId}`),
    },
    { tmfPrefix: '/tmf-api' },
  );
  const authenticate = authenticateByKeys([
    { role: 'agent', key: AGENT },
    { role: 'supervisor', key: SUPERVISOR },
  ]);
  const parts = { authenticate, logger, metrics: createMetrics({ service: 'gateway' }), health: createHealth() };
  gateway = await createGateway(
    { ...parts, faces: [face], requestSeen: () => undefined },
    { host: '127.0.0.1', port: 0 },
  );
  base = `http://127.0.0.1:${await gateway.start()}`;
});
afterAll(async () => {
  await gateway.close();
  await world.close();
});

/** Whether a body is what the swagger file says; undefined where the file is not there. */
const contract = existsSync(SWAGGER) ? contractOf(JSON.parse(readFileSync(SWAGGER, 'utf8'))) : undefined;

function contractOf({ definitions }: { readonly definitions: object }) {
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
  const ajv = new Ajv({ strict: false, formats: { 'date-time': time, uri: /^[a-z]+:/, float: true } });
  return (name: string, body: unknown) => {
    const check = ajv.compile({ $ref: `#/definitions/${name}`, definitions });
    return check(body) ? [] : check.errors;
  };
}

interface Sent {
  readonly key?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** Sends a request, and holds what comes back against the contract. */
async function send(method: string, path: string, { key = AGENT, headers = {}, body }: Sent = {}) {
  const answer = await fetch(base + path, {
    method,
    headers: { 'x-api-key': key, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = text === '' ? undefined : JSON.parse(text);
  const isList = method === 'GET' && answer.ok && Array.isArray(json);
  const name = answer.ok ? 'PartyInteraction' : 'Error';
  for (const one of isList ? json : json === undefined ? [] : [json]) {
    if (contract && !path.includes('/hub')) expect(contract(name, one)).toEqual([]);
  }
  return { status: answer.status, json, headers: answer.headers };
}

const partyOf = (customerId: string) => ({ id: customerId, href: 'c', role: 'customer', '@referredType': 'Customer' });

function call(customerId: string, change: object = {}) {
  return {
    reason: 'Why is my bill so high?',
    status: 'inProgress',
    direction: 'inbound',
    channel: [{ id: 'call-centre', href: 'channel/call-centre' }],
    interactionDate: { startDateTime: '2026-11-29T09:00:00Z', endDateTime: '2026-11-29T09:10:00Z' },
    relatedParty: [partyOf(customerId)],
    ...change,
  };
}

const itemAbout = (contactId: string, change: object) => ({ item: { id: contactId, role: 'contact' }, ...change });

describe('TMF683 partyInteraction', () => {
  it('takes a call: it is said in the log, kept, and read again', async () => {
    const { customerId } = await world.known();
    const body = call(customerId, { note: [{ text: 'his wife is ill', author: 'anna' }] });
    const made = await send('POST', COLLECTION, { body, headers: { 'x-holdfast-agent': 'anna' } });
    expect(made.status).toBe(201);
    const { id, href } = made.json;
    expect([href, made.headers.get('location')]).toEqual([`${COLLECTION}/${id}`, `${COLLECTION}/${id}`]);
    const logged = await world.logged(INPUT_TOPICS.interaction, customerId);
    expect(logged).toMatchObject([
      {
        type: 'ContactOpened',
        interactionId: id,
        channel: 'call-centre',
        reason: 'why_is_my_bill_so_high',
        agent: 'anna',
      },
    ]);
    expect(JSON.stringify(logged)).not.toContain('wife');
    expect((await world.view(customerId)).unfolded).toEqual(logged);
    expect((await send('GET', href)).json).toEqual(made.json);
    expect(audited.filter((one) => one.endsWith(customerId))).toEqual([
      `interaction.create ${customerId}`,
      `interaction.read ${customerId}`,
    ]);
  });

  it('records what became of contacts, and shows it at once', async () => {
    const { customerId, contactId } = await world.known();
    const made = await send('POST', COLLECTION, {
      body: call(customerId, {
        direction: 'outbound',
        interactionItem: [itemAbout(contactId, { resolution: 'presented' })],
      }),
    });
    expect(made.status).toBe(201);
    const items = [
      { ...made.json.interactionItem[0] },
      itemAbout(contactId, { id: 'answer', resolution: 'rejected', reason: 'Too dear' }),
    ];
    const closed = await send('PATCH', made.json.href, {
      body: { interactionItem: items, status: 'completed' },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(closed).toMatchObject({
      status: 200,
      json: { status: 'completed', interactionItem: [{}, { id: 'answer' }] },
    });
    const logged = await world.logged(INPUT_TOPICS.interaction, customerId);
    // The first item was sent twice, under the same id.
    expect(new Set(logged.map(({ type, eventId }) => `${type} ${eventId}`)).size).toBe(2);
    expect((await world.view(customerId)).contacts).toMatchObject([
      { contactId, presentedAt: expect.any(Number), rejectedAt: expect.any(Number) },
    ]);
    expect((await world.view(customerId)).contacts[0]?.rejectedAt).toBeGreaterThan(0);
    expect(
      published.filter(({ event }) => JSON.stringify(event).includes(customerId)).map((one) => one.eventType),
    ).toEqual(['PartyInteractionCreateEvent', 'PartyInteractionStatusChangeEvent']);
    for (const event of published) {
      if (contract) expect(contract(event.eventType, event)).toEqual([]);
    }
  });

  it('is the same interaction when it is sent again under its key', async () => {
    const { customerId } = await world.known();
    const headers = { 'idempotency-key': randomUUID() };
    const before = published.length;
    const [first, second] = [
      await send('POST', COLLECTION, { body: call(customerId), headers }),
      await send('POST', COLLECTION, { body: call(customerId), headers }),
    ];
    expect([first.status, second.status, second.json]).toEqual([201, 201, first.json]);
    expect(published.length - before).toBe(1);
    const ids = (await world.logged(INPUT_TOPICS.interaction, customerId)).map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(1);
  });

  it('lists those with a customer, the newest first, with the fields asked for', async () => {
    const { customerId } = await world.known();
    const made = [];
    for (const reason of ['first', 'second', 'third']) {
      made.push((await send('POST', COLLECTION, { body: call(customerId, { reason }) })).json);
    }
    const query = `relatedParty.id=${customerId}&fields=reason&limit=2`;
    const page = await send('GET', `${COLLECTION}?${query}&offset=1`);
    expect(page.json.map(({ reason }: { reason: string }) => reason)).toHaveLength(2);
    expect(page.headers.get('x-total-count')).toBe('3');
    expect(page.headers.get('x-result-count')).toBe('2');
    expect(Object.keys(page.json[0]).sort()).toEqual(['href', 'id', 'reason']);
    const all = await send('GET', `${COLLECTION}?relatedParty.id=${customerId}`);
    expect(new Set(all.json.map(({ id }: { id: string }) => id))).toEqual(new Set(made.map(({ id }) => id)));
  });

  it('lists to an agent without a customer those he had himself', async () => {
    const [mine, others] = [`a-${randomUUID()}`, `b-${randomUUID()}`];
    const { customerId } = await world.known();
    await send('POST', COLLECTION, { body: call(customerId), headers: { 'x-holdfast-agent': mine } });
    await send('POST', COLLECTION, { body: call(customerId), headers: { 'x-holdfast-agent': others } });
    const listed = await send('GET', COLLECTION, { headers: { 'x-holdfast-agent': mine } });
    expect(listed.json).toHaveLength(1);
  });

  it('is not there for who may not see the customer', async () => {
    const hidden = await world.known('Beijing');
    expect(await send('POST', COLLECTION, { body: call(hidden.customerId) })).toMatchObject({
      status: 404,
      json: { code: 'unknown-customer' },
    });
    expect(await world.logged(INPUT_TOPICS.interaction, hidden.customerId)).toEqual([]);
    const kept = { customerId: hidden.customerId, agent: 'x', resource: {} };
    const id = randomUUID();
    await world.interactions.create({ ...kept, id, startedAtMs: 1, record: JSON.stringify(kept) });
    for (const [method, body] of [['GET'], ['PATCH', { status: 'completed' }], ['DELETE']] as const) {
      const answer = await send(method, `${COLLECTION}/${id}`, { key: SUPERVISOR, body });
      expect(answer).toMatchObject({ status: 404, json: { code: 'no-such-interaction' } });
    }
    expect((await send('GET', `${COLLECTION}?relatedParty.id=${hidden.customerId}`)).json).toEqual([]);
    expect(audited.filter((one) => one.endsWith(hidden.customerId))).toEqual([]);
  });

  it('takes no change that is nested too deeply', async () => {
    const { customerId } = await world.known();
    const { href } = (await send('POST', COLLECTION, { body: call(customerId) })).json;
    let deep: object = {};
    for (let level = 0; level < 40; level++) deep = { deep };
    const headers = { 'content-type': 'application/merge-patch+json' };
    expect(await send('PATCH', href, { body: deep, headers })).toMatchObject({
      status: 400,
      json: { code: 'too-deep' },
    });
  });

  it('is removed by supervisors alone', async () => {
    const { customerId } = await world.known();
    const { href } = (await send('POST', COLLECTION, { body: call(customerId) })).json;
    expect((await send('DELETE', href)).status).toBe(403);
    expect((await send('DELETE', href, { key: SUPERVISOR })).status).toBe(204);
    expect((await send('GET', href)).status).toBe(404);
    expect((await send('DELETE', href, { key: SUPERVISOR })).status).toBe(404);
  });

  it.each<[string, object, number, string]>([
    [
      'no customer',
      { relatedParty: [{ id: 'a', href: 'a', role: 'agent', '@referredType': 'x' }] },
      400,
      'customer-not-named',
    ],
    ['a status nobody knows', { status: 'somehow' }, 400, 'invalid-request'],
    ['no channel', { channel: [] }, 400, 'invalid-request'],
    ['too many notes', { note: Array.from({ length: 21 }, () => ({ text: 'x' })) }, 400, 'invalid-request'],
    [
      'a contact that is not his',
      { interactionItem: [itemAbout('k', { resolution: 'accepted' })] },
      404,
      'unknown-contact',
    ],
    [
      'a resolution nobody knows',
      { interactionItem: [itemAbout('k', { resolution: 'sold' })] },
      400,
      'interaction-refused',
    ],
  ])('refuses %s, and keeps and says nothing of it', async (_, change, status, code) => {
    const { customerId } = await world.known();
    const answer = await send('POST', COLLECTION, { body: call(customerId, change) });
    expect(answer).toMatchObject({ status, json: { code, '@type': 'Error', reason: expect.any(String) } });
    expect(await world.logged(INPUT_TOPICS.interaction, customerId)).toEqual([]);
    expect((await send('GET', `${COLLECTION}?relatedParty.id=${customerId}`)).json).toEqual([]);
  });

  it('holds a bounded amount, however often it is added to', async () => {
    const { customerId } = await world.known();
    const { href } = (await send('POST', COLLECTION, { body: call(customerId) })).json;
    const twenty = <T>(one: T) => Array.from({ length: 20 }, () => one);
    const notes = twenty({ text: 'x'.repeat(2_000) });
    const attachments = twenty({ description: 'x'.repeat(2_000) });
    const items = ['1', '2'].map((id) => ({ id, note: twenty({ text: 'x'.repeat(1_400) }) }));
    const patch = async (body: object) => (await send('PATCH', href, { body })).json.code ?? 'taken';
    expect(await patch({ note: notes })).toBe('taken');
    expect(await patch({ attachment: attachments })).toBe('taken');
    expect(await patch({ interactionItem: items })).toBe('interaction-refused');
    expect(await patch({ note: [], interactionItem: items })).toBe('taken');
    expect(await patch({ note: notes, attachment: attachments })).toBe('too-large');
  });

  it('cannot be handed over to another customer', async () => {
    const [one, other] = [await world.known(), await world.known()];
    const { href } = (await send('POST', COLLECTION, { body: call(one.customerId) })).json;
    const answer = await send('PATCH', href, { body: { relatedParty: [partyOf(other.customerId)] } });
    expect(answer).toMatchObject({ status: 400, json: { code: 'customer-not-named' } });
  });

  it.skipIf(contract === undefined)('is as the swagger file of v4.0.0 has it (../shared/standards/tmf)', async () => {
    const { customerId } = await world.known();
    const made = await send('POST', COLLECTION, { body: call(customerId) });
    expect(contract?.('PartyInteraction', made.json)).toEqual([]);
    expect(contract?.('PartyInteraction', { ...made.json, channel: 'call-centre' })).not.toEqual([]);
    expect(contract?.('PartyInteraction_Create', call(customerId))).toEqual([]);
    const refused = await send('GET', `${COLLECTION}/none`);
    expect(contract?.('Error', refused.json)).toEqual([]);
  });

  it('has a hub', async () => {
    const body = { callback: 'https://example.org/listener' };
    expect(await send('POST', '/tmf-api/partyInteraction/v4/hub', { key: SUPERVISOR, body })).toMatchObject({
      status: 201,
      json: { id: 'h-1' },
    });
    expect((await send('POST', '/tmf-api/partyInteraction/v4/hub', { body })).status).toBe(403);
  });
});
