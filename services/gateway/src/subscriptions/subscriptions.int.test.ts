import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSubscriptionStore } from '@holdfast/redis';
import { eventually, type RedisServer, startHttpProvider, startRedisServer } from '@holdfast/testkit';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { alertWriter, type GatewayChange, startSubscriptionsGateway } from '../../test/subscriptions-gateway.ts';
import type { Principal } from '../security/principal.ts';
import {
  createdView,
  deliveryList,
  rotatedView,
  subscriptionList,
  subscriptionView,
  testView,
} from './subscription-schemas.ts';

let redis: RedisServer;
const closers: (() => Promise<void>)[] = [];

beforeEach(async () => {
  redis = await startRedisServer();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await redis.stop();
});

async function gateway(change: GatewayChange = {}) {
  const started = await startSubscriptionsGateway(redis.url, change);
  closers.push(() => started.close());
  return started;
}

async function receiver() {
  const started = await startHttpProvider(() => ({ status: 200 }));
  closers.push(started.close);
  return started;
}

const caller = (principal: Partial<Principal>) => () =>
  ({ kind: 'known', principal: { id: 'p', kind: 'person', roles: ['supervisor'], ...principal } }) as const;
/** An answer as the documentation has it, to the last field. */
const exactly = <T extends z.ZodObject>(schema: T, json: unknown): z.output<T> =>
  schema.strict().parse(json) as z.output<T>;
const SECRET = `whsec_${randomBytes(24).toString('base64')}`;
const HOOK = { url: 'http://127.0.0.1:64999/hook' };

describe('a subscription', () => {
  it('is made, shown, changed and ended as documented; its secret is shown once', async () => {
    const to = await gateway();
    const body = { ...HOOK, secret: SECRET, filter: { desk: ['retention'] }, description: 'The desk' };
    const made = await to.call('POST', '/v1/subscriptions', body);
    const created = exactly(createdView, made.json);
    expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/subscriptions/${created.id}`]);
    expect(created).toMatchObject({
      secret: SECRET,
      enabled: true,
      signed: true,
      createdBy: 'operator-1',
      kinds: ['alert'],
    });
    const path = `/v1/subscriptions/${created.id}`;
    const patched = await to.call('PATCH', path, { kinds: ['alert', 'decision'], enabled: false });
    expect(exactly(subscriptionView, patched.json)).toMatchObject({ enabled: false, stopped: { why: 'asked' } });
    const rotated = await to.call('POST', `${path}/rotate-secret`);
    expect(exactly(rotatedView, rotated.json).secret).not.toBe(SECRET);
    const shown = await to.call('GET', path);
    expect(exactly(subscriptionView, shown.json).oldSecretUntil).toBe(rotated.json.oldSecretUntil);
    const listed = await to.call('GET', '/v1/subscriptions');
    expect(subscriptionList.parse(listed.json).subscriptions).toEqual([shown.json]);
    deliveryList.parse((await to.call('GET', `${path}/deliveries`)).json);
    for (const { json } of [patched, shown, listed]) expect(JSON.stringify(json)).not.toContain(SECRET.slice(6));
    expect(await to.call('DELETE', path)).toMatchObject({ status: 204 });
    for (const [method, rest] of [
      ['GET', ''],
      ['DELETE', ''],
      ['PATCH', ''],
      ['POST', '/test'],
      ['GET', '/deliveries'],
    ]) {
      const answer = await to.call(method ?? '', path + rest, method === 'PATCH' ? {} : undefined);
      expect(answer).toMatchObject({ status: 404, json: { type: 'urn:holdfast:problem:not-found' } });
    }
  });

  it('keeps its secret sealed in the store, and out of the log', async () => {
    const to = await gateway();
    await to.call('POST', '/v1/subscriptions', { ...HOOK, secret: SECRET });
    const store = createSubscriptionStore({ url: redis.url });
    closers.push(() => store.close());
    const kept = JSON.stringify(await store.list());
    expect(kept).toContain('sealed');
    for (const text of [kept, to.lines.join('\n')]) {
      expect(text).not.toContain(SECRET.slice(6));
      expect(text).not.toContain(Buffer.from(SECRET).toString('base64').slice(0, 20));
    }
  });

  it('that is signed cannot be made where no key is set, one by a template can', async () => {
    const to = await gateway({ config: { boxKeys: [] } });
    const refused = await to.call('POST', '/v1/subscriptions', HOOK);
    expect(refused).toMatchObject({ status: 409, json: { detail: expect.stringContaining('HOLDFAST_WEBHOOK_KEY') } });
    const template = { url: 'http://127.0.0.1:64999', format: 'template:zendesk', settings: { groupId: '1' } };
    expect(await to.call('POST', '/v1/subscriptions', template)).toMatchObject({
      status: 201,
      json: { signed: false },
    });
  });

  it.each<[object, string]>([
    [{ url: 'http://10.0.0.1/' }, 'private address'],
    [{ url: 'http://169.254.169.254/latest/meta-data' }, 'private address'],
    [{ url: 'http://[::ffff:10.0.0.1]/' }, 'private address'],
    [{ url: 'ftp://127.0.0.1/' }, 'https://'],
    [{ url: 'http://u:p@127.0.0.1/' }, 'user or password'],
    [{ url: 'nonsense' }, 'must be a URL'],
    [{ ...HOOK, kinds: [] }, 'kinds'],
    [{ ...HOOK, kinds: ['gossip'] }, 'kinds'],
    [{ ...HOOK, filter: { colour: ['red'] } }, 'colour'],
    [{ ...HOOK, filter: { desk: 'retention' } }, 'filter/desk'],
    [{ ...HOOK, secret: 'swordfish' }, 'base64'],
    [{ ...HOOK, format: 'xml' }, 'format'],
    [{ ...HOOK, format: 'tmf' }, 'format'],
    [{ ...HOOK, format: 'template:nothing' }, 'there is no template nothing'],
    [{ ...HOOK, format: 'template:zendesk' }, 'settings.groupId is missing'],
    [{ ...HOOK, format: 'template:zendesk', settings: { groupId: 'x' } }, 'must be a number'],
    [{ ...HOOK, format: 'template:zendesk', settings: { groupId: '1' }, kinds: ['decision'] }, 'for alerts'],
    [{ ...HOOK, settings: { a: 'b' } }, 'only a template'],
    [{ ...HOOK, auth: 'zendesk' }, 'no credentials zendesk'],
    [{ ...HOOK, more: 1 }, 'more'],
    [{ url: `http://127.0.0.1/${'x'.repeat(3_000)}` }, 'url'],
  ])('with %j is refused, and the answer says why', async (body, word) => {
    const to = await gateway();
    const answer = await to.call('POST', '/v1/subscriptions', body);
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:holdfast:problem:invalid-request' } });
    expect(answer.json.detail).toContain(word);
    expect(answer.json.detail).not.toContain('swordfish');
  });

  it('has to be https, and outside, unless the operator allows more', async () => {
    const to = await gateway({ config: { allowedNetworks: [], isHttpAllowed: false } });
    for (const url of ['http://hooks.example/', 'https://127.0.0.1/', 'https://localhost/', 'https://2130706433/']) {
      expect(await to.call('POST', '/v1/subscriptions', { url })).toMatchObject({ status: 400 });
    }
    const { json } = await to.call('POST', '/v1/subscriptions', { url: 'https://8.8.8.8/' });
    const changed = await to.call('PATCH', `/v1/subscriptions/${json.id}`, { url: 'https://[::1]/' });
    expect(changed).toMatchObject({ status: 400 });
  });

  it('whose receiver moved into a private network since is not called', async () => {
    const open = await gateway();
    const hook = await receiver();
    const { json } = await open.call('POST', '/v1/subscriptions', { url: hook.url });
    await open.close();
    const strict = await gateway({ config: { allowedNetworks: [] } });
    const tested = await strict.call('POST', `/v1/subscriptions/${json.id}/test`);
    expect(exactly(testView, tested.json)).toMatchObject({ delivered: false, attempt: { error: 'eprivate' } });
    expect(hook.requests).toEqual([]);
  });
});

describe('a test', () => {
  it('is sent at once, signed, about nobody, and is not in the log', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const made = await to.call('POST', '/v1/subscriptions', { url: hook.url });
    const tested = await to.call('POST', `/v1/subscriptions/${made.json.id}/test`);
    expect(exactly(testView, tested.json)).toMatchObject({ delivered: true, attempt: { httpStatus: 200 } });
    const [{ body = '', headers } = {}] = hook.requests;
    const event = new Webhook(String(made.json.secret)).verify(body, headers as Record<string, string>);
    expect(event).toMatchObject({ type: 'alert.raised', data: { test: true, customerId: 'test' } });
    expect(await to.call('GET', `/v1/subscriptions/${made.json.id}/deliveries`)).toMatchObject({
      json: { deliveries: [] },
    });
  });

  it('that cannot be sent says why', async () => {
    const to = await gateway();
    const { json } = await to.call('POST', '/v1/subscriptions', HOOK);
    const tested = await to.call('POST', `/v1/subscriptions/${json.id}/test`);
    expect(tested.json).toMatchObject({ delivered: false, attempt: { error: 'econnrefused' } });
  });
});

describe('credentials', () => {
  async function withCredentials(port: string) {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-credentials-'));
    closers.push(() => rm(folder, { recursive: true }));
    const [credentialsFile, token] = [join(folder, 'credentials.yaml'), join(folder, 'token')];
    await writeFile(token, 'token-1\n');
    await writeFile(credentialsFile, `desk: { hosts: ['127.0.0.1:${port}'], bearer: { file: ${token} } }`);
    return { to: await gateway({ config: { credentialsFile } }), token };
  }

  it('named by a subscription are sent to their host, in what they are now, and nowhere else', async () => {
    const hook = await receiver();
    const { to, token } = await withCredentials(new URL(hook.url).port);
    const { json } = await to.call('POST', '/v1/subscriptions', { url: hook.url, auth: 'desk' });
    await to.call('POST', `/v1/subscriptions/${json.id}/test`);
    await writeFile(token, 'token-2\n');
    await to.call('POST', `/v1/subscriptions/${json.id}/test`);
    expect(hook.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
    const other = await receiver();
    for (const [method, path, body] of [
      ['POST', '/v1/subscriptions', { url: other.url, auth: 'desk' }],
      ['PATCH', `/v1/subscriptions/${json.id}`, { url: other.url }],
    ] as const) {
      expect(await to.call(method, path, body)).toMatchObject({
        ...{ status: 400, json: { detail: expect.stringContaining('not for this host') } },
      });
    }
    expect(await to.call('PATCH', `/v1/subscriptions/${json.id}`, { url: other.url, auth: null })).toMatchObject({
      status: 200,
    });
    await to.call('POST', `/v1/subscriptions/${json.id}/test`);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });
});

describe('who sees some desks only', () => {
  it('subscribes to these desks, and sees the subscriptions of no others', async () => {
    const all = await gateway();
    const open = await all.call('POST', '/v1/subscriptions', HOOK);
    const own = await all.call('POST', '/v1/subscriptions', { ...HOOK, filter: { desk: ['care'] } });
    const to = await gateway({ authenticate: caller({ desks: ['care', 'sales'] }) });
    for (const filter of [{}, { team: ['x'] }, { desk: ['care', 'retention'] }]) {
      expect(await to.call('POST', '/v1/subscriptions', { ...HOOK, filter })).toMatchObject({ status: 403 });
    }
    expect(await to.call('POST', '/v1/subscriptions', { ...HOOK, filter: { desk: ['sales'] } })).toMatchObject({
      status: 201,
    });
    const { json } = await to.call('GET', '/v1/subscriptions');
    expect(json.subscriptions).toMatchObject([{ filter: { desk: ['care'] } }, { filter: { desk: ['sales'] } }]);
    for (const rest of ['', '/deliveries']) {
      expect(await to.call('GET', `/v1/subscriptions/${open.json.id}${rest}`)).toMatchObject({ status: 404 });
    }
    expect(await to.call('POST', `/v1/subscriptions/${open.json.id}/rotate-secret`, {})).toMatchObject({ status: 404 });
    const widened = await to.call('PATCH', `/v1/subscriptions/${own.json.id}`, { filter: {} });
    expect(widened).toMatchObject({ status: 403, json: { type: 'urn:holdfast:problem:other-desks' } });
  });

  it('names his teams too, where he sees some teams only', async () => {
    const to = await gateway({ authenticate: caller({ desks: ['care'], teams: ['north'] }) });
    const filter = { desk: ['care'], team: ['north'] };
    expect(await to.call('POST', '/v1/subscriptions', { ...HOOK, filter })).toMatchObject({ status: 201 });
    expect(await to.call('POST', '/v1/subscriptions', { ...HOOK, filter: { desk: ['care'] } })).toMatchObject({
      status: 403,
    });
  });

  it.each(['producer', 'agent', 'marketer', 'approver', 'auditor'] as const)(
    'a %s does not subscribe',
    async (role) => {
      const to = await gateway({ authenticate: caller({ roles: [role] }) });
      expect(await to.call('POST', '/v1/subscriptions', HOOK)).toMatchObject({ status: 403 });
      expect(await to.call('GET', '/v1/subscriptions')).toMatchObject({ status: 403 });
    },
  );
});

describe('while Redis is away', () => {
  it('calls are told to come again, and all is there when it is back', async () => {
    const to = await gateway();
    const { json } = await to.call('POST', '/v1/subscriptions', HOOK);
    redis.freeze();
    const answer = await to.call('GET', '/v1/subscriptions');
    redis.thaw();
    expect(answer).toMatchObject({ status: 503, json: { type: 'urn:holdfast:problem:store-away' } });
    expect(answer.headers.get('retry-after')).toBe('5');
    await eventually('the list', async () => {
      expect((await to.call('GET', '/v1/subscriptions')).json).toMatchObject({ subscriptions: [{ id: json.id }] });
    });
  });
});

/** But for the limits that hold for every route. */
const documented = (responses: object) =>
  Object.keys(responses)
    .filter((status) => !['414', '429', '431'].includes(status))
    .join();

describe('the document', () => {
  it('has every route with its answers', async () => {
    const to = await gateway();
    const { paths = {} } = to.app.swagger() as unknown as {
      paths?: Record<string, Record<string, { responses: object }>>;
    };
    const listed = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { responses }]) => [method, path, documented(responses)].join(' ')),
    );
    expect(listed.sort()).toEqual([
      'delete /v1/subscriptions/{id} 204,400,401,403,404,503',
      'get /v1/subscriptions 200,400,401,403,503',
      'get /v1/subscriptions/{id} 200,400,401,403,404,503',
      'get /v1/subscriptions/{id}/deliveries 200,400,401,403,404,503',
      'patch /v1/subscriptions/{id} 200,400,401,403,404,409,503',
      'post /v1/subscriptions 201,400,401,403,409,503',
      'post /v1/subscriptions/{id}/deliveries/{messageId}/resend 202,400,401,403,404,409,503',
      'post /v1/subscriptions/{id}/rotate-secret 200,400,401,403,404,409,503',
      'post /v1/subscriptions/{id}/test 200,400,401,403,404,503',
    ]);
  });
});

describe('an event of the hub', () => {
  it('reaches its listeners as its interface has it, once, and nobody else', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const api = 'TMF680';
    const all = await to.hub.subscribe(api, { callback: `${hook.url}/all`, query: '' });
    await to.hub.subscribe(api, { callback: `${hook.url}/some`, query: 'eventType=OtherEvent,ThirdEvent' });
    await to.hub.subscribe('TMF683', { callback: `${hook.url}/other`, query: '' });
    await to.call('POST', '/v1/subscriptions', { url: `${hook.url}/own`, kinds: ['recommendation'] });
    const event = { queryProductRecommendation: { id: 'r-1', state: 'done' } };
    const eventType = 'QueryProductRecommendationCreateEvent';
    const published = { eventId: randomUUID(), eventTime: '2026-11-01T08:00:00.000Z', eventType, event };
    await to.hub.publish(api, () => ({ ...published, customerId: 'c-1' }));
    await to.hub.publish(api, () => ({ ...published, customerId: 'c-1' }));
    await to.hub.publish(api, () => ({
      ...published,
      customerId: 'c-1',
      eventId: randomUUID(),
      eventType: 'OtherEvent',
    }));
    await eventually('all of them', () => expect(hook.requests).toHaveLength(5));
    const at = (path: string) =>
      hook.requests.filter((request) => request.path === path).map(({ body }) => JSON.parse(body));
    expect(at('/all')).toContainEqual(published);
    expect(at('/some')).toMatchObject([{ eventType: 'OtherEvent' }]);
    expect(at('/own')).toMatchObject([{ data: event }, { data: event }]);
    const listener = all.kind === 'subscribed' ? all.id : '';
    expect([await to.hub.unsubscribe('TMF683', listener), await to.hub.unsubscribe(api, listener)]).toEqual([
      false,
      true,
    ]);
    expect(await to.hub.unsubscribe(api, listener)).toBe(false);
  });

  it('is made only for somebody who is subscribed to it, be it through another gateway, and be it one who is paused', async () => {
    const [to, other, hook] = [await gateway(), await gateway(), await receiver()];
    const api = 'TMF680';
    const made: string[] = [];
    const publish = (eventId: string) =>
      other.hub.publish(api, () => {
        made.push(eventId);
        return { eventId, eventTime: 'now', eventType: 'CreateEvent', event: {}, customerId: 'c-1' };
      });
    await publish('to nobody');
    await to.hub.subscribe('TMF683', { callback: hook.url, query: '' });
    await to.call('POST', '/v1/subscriptions', { url: hook.url, kinds: ['alert', 'interaction'] });
    await publish('to those who hear of other things');
    const own = await to.call('POST', '/v1/subscriptions', { url: `${hook.url}/own`, kinds: ['recommendation'] });
    const path = `/v1/subscriptions/${own.json.id}`;
    await publish('by kind');
    expect((await to.call('PATCH', path, { enabled: false })).status).toBe(200);
    await publish('to one who is paused');
    expect((await to.call('DELETE', path)).status).toBe(204);
    await publish('to one who left');
    const answer = await to.hub.subscribe(api, { callback: `${hook.url}/hub`, query: '' });
    expect(answer.kind).toBe('subscribed');
    await publish('at the hub');
    expect(made).toEqual(['by kind', 'to one who is paused', 'at the hub']);
    await eventually('what was published for the hub', () =>
      expect(hook.requests.filter(({ path }) => path === '/hub')).toHaveLength(1),
    );
  });

  it.each([
    ['http://10.0.0.1/', '', 'private'],
    ['not a url', '', 'URL'],
    ['http://127.0.0.1/', 'state=done', 'eventType'],
    ['http://127.0.0.1/', 'eventType=a b', 'eventType'],
  ])('is not promised to %j with %j', async (callback, query, word) => {
    const to = await gateway();
    const answer = await to.hub.subscribe('TMF683', { callback, query });
    expect(answer).toMatchObject({ kind: 'refused', reason: expect.stringContaining(word) });
  });

  it('waits for a listener that is away, as alerts do', async () => {
    const to = await gateway();
    const writer = alertWriter(redis.url);
    closers.push(() => writer.close());
    const hook = await startHttpProvider((_request, index) => ({ status: index < 2 ? 500 : 201 }));
    closers.push(hook.close);
    await to.hub.subscribe('TMF683', { callback: hook.url, query: '' });
    await writer.raise();
    const eventType = 'PartyInteractionCreateEvent';
    await to.hub.publish('TMF683', () => ({
      eventId: 'e',
      eventTime: 'now',
      eventType,
      event: { partyInteraction: { id: 'i' } },
      customerId: 'c-1',
    }));
    await eventually('the third try', () => expect(hook.requests).toHaveLength(3));
    expect(new Set(hook.requests.map(({ body }) => body)).size).toBe(1);
  });
});
