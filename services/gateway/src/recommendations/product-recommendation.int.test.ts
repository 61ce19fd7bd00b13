import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRecommendationStore } from '@holdfast/redis';
import { Ajv } from 'ajv';
import { describe, expect, it, vi } from 'vitest';
import {
  AGENT,
  BASE,
  COLLECTION,
  complaint,
  hubInMemory,
  OPERATOR,
  party,
  SUPERVISOR,
  toldBy,
  useRecommendations,
  valueIn,
} from '../../test/recommendations-world.ts';
import type { SightOf } from '../security/sight.ts';

const SWAGGER = new URL(
  '../../../../../shared/standards/tmf/TMF680_Recommendation_Management_API_v4.0.0_swagger.json',
  import.meta.url,
);

const { started, customer } = useRecommendations('product-recommendations');
const settles = { timeout: 20_000 };

describe('TMF680', () => {
  it('answers at once with the recommendation, its contact ids as item ids', async () => {
    const { call, noted } = await started();
    const id = await customer();
    const { status, body, headers } = await call('POST', COLLECTION, {
      ...party(id),
      ...toldBy({ reason: 'bill', language: 'zh', maximum: 1, includeLost: true }),
      channel: [{ id: 'call-centre' }],
      name: 'at the desk',
    });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`${COLLECTION}/${body.id}`);
    expect(body).toMatchObject({ state: 'done', name: 'at the desk', relatedParty: party(id).relatedParty });
    const [item] = body.recommendationItem;
    const said = item.product.productCharacteristic;
    expect(item).toMatchObject({ priority: 1, id: valueIn(said, 'contactId') });
    expect(valueIn(said, 'script')).toMatch(/[\u4e00-\u9fff]/);
    expect(valueIn(said, 'expectedValue')).toMatchObject({ unit: 'CNY' });
    expect((valueIn(said, 'expectedValue') as { value: number }).value).toBeLessThan(100);
    expect(valueIn(body.characteristic, 'lost')).toContainEqual(expect.objectContaining({ because: 'cap' }));
    expect(valueIn(body.characteristic, 'reason')).toBe('bill');
    expect(noted).toEqual([{ action: 'recommendation.create', customerId: id }]);
  });

  it('leaves out what is in cart and orders, keeps to categories, and puts first what he asked about', async () => {
    const { call } = await started();
    const id = await customer();
    const offered = async (more: object) =>
      (await call('POST', COLLECTION, { ...party(id), ...toldBy({ includeLost: true }), ...more })).body;
    const [{ productOffering }] = (await offered({})).recommendationItem;
    for (const more of [
      { shoppingCartItem: [{ itemId: productOffering.id }] },
      { productOrderItem: [{ itemId: productOffering.id }] },
    ]) {
      const body = await offered(more);
      expect(body.recommendationItem).toEqual([]);
      expect(valueIn(body.characteristic, 'lost')).toContainEqual(
        expect.objectContaining({ offer: productOffering.id, because: 'in-hand' }),
      );
    }
    expect((await offered({ category: [{ id: 'retention' }] })).recommendationItem).toEqual([]);
    const asked = await offered({ recommendationItem: [{ product: {}, productOffering }] });
    expect(valueIn(asked.recommendationItem[0].product.productCharacteristic, 'isAskedFor')).toBe(true);
  });

  it('answers 202 where it need not be at once, and is done when it is read', async () => {
    const { hub, published } = hubInMemory();
    const { call } = await started({ hub });
    const id = await customer();
    const begun = await call('POST', COLLECTION, { ...party(id), instantSyncRecommendation: false });
    expect(begun.status).toBe(202);
    expect(begun.body).toMatchObject({ state: 'inProgress' });
    expect(begun.body.recommendationItem).toBeUndefined();
    await vi.waitFor(async () => {
      const { body } = await call('GET', begun.body.href);
      expect(body).toMatchObject({ id: begun.body.id, state: 'done' });
      expect(body.recommendationItem).toHaveLength(1);
    }, settles);
    // What it has become is kept before it is told.
    await vi.waitFor(() => expect(published).toHaveLength(2), settles);
    expect(published.map(({ eventType }) => eventType)).toEqual([
      'QueryProductRecommendationCreateEvent',
      'QueryProductRecommendationStateChangeEvent',
    ]);
    expect(published[1]?.event).toMatchObject({ queryProductRecommendation: { id: begun.body.id, state: 'done' } });
  });

  it('ends with an error where nobody is found beside the request', async () => {
    const { call } = await started();
    const { body } = await call('POST', COLLECTION, { ...party(randomUUID()), instantSyncRecommendation: false });
    await vi.waitFor(async () => {
      expect((await call('GET', body.href)).body).toMatchObject({ state: 'terminatedWithError' });
    }, settles);
  });

  it('takes no more beside requests than it may', async () => {
    const release = Promise.withResolvers<{ readonly kind: 'absent' }>();
    const { call } = await started({ mostInBackground: 1, read: () => release.promise });
    const begin = () => call('POST', COLLECTION, { ...party('c'), instantSyncRecommendation: false });
    expect((await begin()).status).toBe(202);
    expect(await begin()).toMatchObject({ status: 503, body: { code: 'recommendations-busy' } });
    release.resolve({ kind: 'absent' });
  });

  it('lists what was given to whoever asks, with fields and page, and to nobody else', async () => {
    const { call, noted } = await started();
    const agent = `agent-${randomUUID().slice(0, 8)}`;
    const as = { 'x-holdfast-agent': agent };
    const ids: string[] = [];
    for (let turn = 0; turn < 3; turn += 1)
      ids.unshift((await call('POST', COLLECTION, party(await customer()), as)).body.id);
    noted.length = 0;
    const { body, headers } = await call('GET', `${COLLECTION}?offset=1&limit=1&fields=state,@type`, undefined, as);
    expect(body).toEqual([{ id: ids[1], href: `${COLLECTION}/${ids[1]}`, state: 'done', '@type': expect.any(String) }]);
    expect([headers.get('x-total-count'), headers.get('x-result-count')]).toEqual(['3', '1']);
    expect(noted).toHaveLength(1);
    const other = await call('GET', COLLECTION, undefined, { 'x-holdfast-agent': `${agent}-2` });
    expect(other.body).toEqual([]);
  });

  it('shows one to who asked for it and to supervisors, as far as they see the customer', async () => {
    const id = await customer();
    let isHidden = false;
    const sightOf: SightOf = () => ({ customer: () => !isHidden, work: () => true });
    const { call, noted } = await started({ sightOf });
    const cleo = { 'x-holdfast-agent': `cleo-${randomUUID().slice(0, 8)}` };
    const { body } = await call('POST', COLLECTION, party(id), cleo);
    noted.length = 0;
    expect((await call('GET', body.href, undefined, cleo)).body).toEqual(body);
    expect(noted).toEqual([{ action: 'recommendation.read', customerId: id }]);
    const other = await call('GET', body.href, undefined, { 'x-holdfast-agent': 'bert' });
    expect(other).toMatchObject({ status: 404, body: { code: 'no-such-recommendation', '@type': 'Error' } });
    const supervisor = { 'x-api-key': SUPERVISOR };
    expect((await call('GET', `${body.href}?fields=state`, undefined, supervisor)).body).toEqual({
      ...{ id: body.id, href: body.href, state: 'done' },
    });
    isHidden = true;
    expect((await call('GET', body.href, undefined, supervisor)).status).toBe(404);
    expect((await call('GET', COLLECTION, undefined, cleo)).body).toEqual([]);
  });

  it('says in the form of TM Forum what is wrong', async () => {
    const { call } = await started();
    const refused = async (body: unknown, headers?: Record<string, string>) => {
      const answer = await call('POST', COLLECTION, body, headers);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.body).toMatchObject({ status: String(answer.status), '@type': 'Error' });
      return [answer.status, answer.body.code];
    };
    expect(await refused({})).toEqual([422, 'customer-not-named']);
    expect(await refused({ relatedParty: { id: 'x', role: 'dealer' } })).toEqual([422, 'customer-not-named']);
    expect(await refused(party(randomUUID()))).toEqual([404, 'unknown-customer']);
    expect(await refused({ ...party('x'), ...toldBy({ maximum: 'many' }) })).toEqual([400, 'invalid-request']);
    expect(await refused({ ...party('x'), channel: 'phone' })).toEqual([400, 'invalid-request']);
    expect(await refused('{')).toEqual([400, 'not-json']);
    expect(await refused(party('x'), { 'x-api-key': 'wrong-0123456789abcd' })).toEqual([401, 'wrong-key']);
    expect(await refused(party('x'), { 'x-api-key': OPERATOR })).toEqual([403, 'wrong-role']);
  });

  it('has a hub for those who run the installation', async () => {
    const { hub, registered } = hubInMemory();
    const { call } = await started({ hub });
    const register = (key: string) =>
      call('POST', `${BASE}/hub`, { callback: 'https://crm.example/listener' }, { 'x-api-key': key });
    expect((await register(AGENT)).status).toBe(403);
    const { status, body } = await register(OPERATOR);
    expect(status).toBe(201);
    expect(registered.get(body.id)).toBe('https://crm.example/listener');
    expect((await call('DELETE', `${BASE}/hub/${body.id}`, undefined, { 'x-api-key': SUPERVISOR })).status).toBe(204);
    expect((await call('DELETE', `${BASE}/hub/${body.id}`, undefined, { 'x-api-key': SUPERVISOR })).status).toBe(404);
  });

  it('counts events that the hub does not take, and answers all the same', async () => {
    const { hub } = hubInMemory();
    const { call, metrics } = await started({ hub: { ...hub, publish: () => Promise.reject(new Error('no Redis')) } });
    expect((await call('POST', COLLECTION, party(await customer()))).status).toBe(201);
    await vi.waitFor(
      async () => expect((await metrics.render()).toString()).toMatch(/recommendation_events_lost_total.* 1/),
      settles,
    );
  });

  it('asks to try again while what was given cannot be read', async () => {
    const away = createRecommendationStore({ url: 'redis://127.0.0.1:1' });
    const { call } = await started({ store: away });
    expect(await call('GET', COLLECTION)).toMatchObject({ status: 503, body: { code: 'recommendations-away' } });
    expect((await call('GET', `${COLLECTION}/x`)).status).toBe(503);
    expect((await call('POST', COLLECTION, party(await customer()))).status).toBe(503);
    const later = { ...party('c'), instantSyncRecommendation: false };
    expect((await call('POST', COLLECTION, later)).status).toBe(503);
    await away.close();
  });
});

const isThere = existsSync(SWAGGER);

describe.skipIf(!isThere)(`the contract of TM Forum${isThere ? '' : ' (its file is not beside this checkout)'}`, () => {
  const { definitions } = isThere ? JSON.parse(readFileSync(SWAGGER, 'utf8')) : { definitions: {} };
  const ajv = new Ajv({ strict: false, allErrors: true });
  ajv.addFormat('uri', (text) => URL.canParse(text));
  ajv.addFormat('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text));
  ajv.addFormat('float', { type: 'number', validate: Number.isFinite });
  ajv.addSchema({ $id: 'tmf680', definitions });
  const faultsOf = (name: string, value: unknown) => {
    const validate = ajv.getSchema(`tmf680#/definitions/${name}`);
    if (validate === undefined) throw new Error(`${name} is not in the contract`);
    return validate(value) ? [] : validate.errors;
  };

  it('is kept by every answer and event', async () => {
    const { hub, published } = hubInMemory();
    const { call } = await started({ hub });
    const full = {
      ...party(await customer(8_500)),
      ...toldBy({ reason: 'bill', includeLost: true, maximum: 5 }),
      category: [{ id: 'cross-sell', name: 'more' }],
      channel: [{ id: 'call-centre', name: 'Desk', '@referredType': 'Channel' }],
      place: { id: 'shop-1', role: 'shop' },
      productOrder: [{ id: 'o-1' }],
      shoppingCart: [{ id: 'cart-1' }],
      shoppingCartItem: [{ entityId: 'cart-1', itemId: 'save_plan' }],
      recommendationItem: [{ product: { name: 'something' } }],
      instantSyncRecommendation: true,
      recommendationType: 'next-best-action',
    };
    expect(faultsOf('QueryProductRecommendation_Create', full)).toEqual([]);
    const made = await call('POST', COLLECTION, full);
    const care = await call('POST', COLLECTION, party(await customer(10, complaint)));
    const begun = await call('POST', COLLECTION, { ...party(await customer()), instantSyncRecommendation: false });
    const read = await call('GET', made.body.href);
    const listed = await call('GET', COLLECTION);
    expect([made, care, begun, read, listed].map(({ status }) => status)).toEqual([201, 201, 202, 200, 200]);
    expect(made.body.recommendationItem.length).toBeGreaterThan(0);
    expect(listed.body.length).toBeGreaterThan(2);
    for (const resource of [made.body, care.body, begun.body, read.body, ...listed.body]) {
      expect(faultsOf('QueryProductRecommendation', resource)).toEqual([]);
    }
    await vi.waitFor(() => expect(published).toHaveLength(4), settles);
    for (const event of published) expect(faultsOf(event.eventType, event)).toEqual([]);
    const subscribed = await call('POST', `${BASE}/hub`, { callback: 'https://a.example' }, { 'x-api-key': OPERATOR });
    expect(faultsOf('EventSubscription', subscribed.body)).toEqual([]);
    const errors = [
      await call('POST', COLLECTION, {}),
      await call('POST', COLLECTION, '{'),
      await call('GET', `${COLLECTION}/none`),
      await call('GET', `${COLLECTION}?limit=1000`),
      await call('POST', COLLECTION, full, { 'x-api-key': OPERATOR }),
      await call('DELETE', `${BASE}/hub/none`, undefined, { 'x-api-key': OPERATOR }),
    ];
    for (const { status, body } of errors) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(faultsOf('Error', body)).toEqual([]);
    }
  });

  it('is not kept by what it does not allow: this test can fail', () => {
    expect(faultsOf('QueryProductRecommendation', { state: 'finished' })).not.toEqual([]);
    expect(faultsOf('Error', { code: 'x' })).not.toEqual([]);
  });
});
