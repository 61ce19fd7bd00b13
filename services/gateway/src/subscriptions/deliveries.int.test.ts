import type { ProviderAnswer } from '@holdfast/testkit';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { deliveries, idOf, inTurn, soon, subscribe, useDeliveries } from '../../test/deliveries-world.ts';

const { gateway, endsSoon, receiver, raise } = useDeliveries();

describe('an alert', () => {
  it('reaches its subscriber with a signature that the library of Standard Webhooks verifies', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const { secret } = await subscribe(to, `${hook.url}/hook`);
    const contactId = await raise();
    await soon('the alert', () => expect(hook.requests).toHaveLength(1));
    const [request] = hook.requests;
    const event = new Webhook(secret).verify(request?.body ?? '', request?.headers as Record<string, string>);
    expect(event).toMatchObject({
      type: 'alert.raised',
      data: { contactId, customerId: 'customer-4711', title: 'Call him' },
    });
    expect(request).toMatchObject({ method: 'POST', path: '/hook', headers: { 'webhook-id': idOf(contactId) } });
  });

  it('from before the subscription is not sent, one that nobody asked for neither', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    await raise();
    await subscribe(to, hook.url, { filter: { desk: ['care'], tier: ['key', 'gold'] } });
    await raise();
    const wanted = await raise({ desk: 'care' });
    await soon('the wanted alert', () => expect(hook.ids()).toEqual([idOf(wanted)]));
  });

  it('goes in each format', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const { secret } = await subscribe(to, `${hook.url}/structured`, { format: 'cloudevents-structured' });
    await subscribe(to, `${hook.url}/binary`, { format: 'cloudevents-binary' });
    const settings = { groupId: '7' };
    await subscribe(to, `${hook.url}/zendesk`, { format: 'template:zendesk', settings });
    const contactId = await raise();
    await soon('all three', () => expect(hook.requests).toHaveLength(3));
    const at = (path: string) => {
      const found = hook.requests.find((request) => request.path.startsWith(path));
      return {
        headers: found?.headers as Record<string, string>,
        json: JSON.parse(found?.body ?? '') as object,
        body: found?.body ?? '',
      };
    };
    const structured = at('/structured');
    expect(structured.json).toMatchObject({ specversion: '1.0', id: idOf(contactId), data: { contactId } });
    expect(structured.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    new Webhook(secret).verify(structured.body, structured.headers);
    expect(at('/binary')).toMatchObject({ headers: { 'ce-id': idOf(contactId) }, json: { contactId } });
    expect(at('/zendesk/api/v2/tickets.json')).toMatchObject({
      ...{
        headers: { 'idempotency-key': idOf(contactId) },
        json: { ticket: { group_id: 7, external_id: idOf(contactId) } },
      },
    });
    expect(at('/zendesk').headers).not.toHaveProperty('webhook-signature');
  });
});

describe('a secret', () => {
  it('that is rotated signs beside the new one, until the overlap is over', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const { id, secret: old } = await subscribe(to, hook.url);
    const rotated = await to.call('POST', `/v1/subscriptions/${id}/rotate-secret`, { overlapSeconds: 3_600 });
    const fresh = String(rotated.json.secret);
    expect(fresh).not.toBe(old);
    await raise();
    await soon('the first', () => expect(hook.requests).toHaveLength(1));
    const verify = (index: number, secret: string) => {
      const { body = '', headers } = hook.requests[index] ?? {};
      return new Webhook(secret).verify(body, headers as Record<string, string>);
    };
    for (const secret of [old, fresh]) expect(verify(0, secret)).toBeTruthy();
    await to.call('POST', `/v1/subscriptions/${id}/rotate-secret`, { overlapSeconds: 0 });
    await raise();
    await soon('the second', () => expect(hook.requests).toHaveLength(2));
    for (const secret of [old, fresh]) expect(() => verify(1, secret)).toThrow();
    expect(String(hook.requests[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
  });
});

describe('a receiver', () => {
  it.each<[string, ProviderAnswer, object]>([
    ['fails', { status: 500 }, { httpStatus: 500 }],
    ['refuses', { status: 400 }, { httpStatus: 400 }],
    ['sends elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { httpStatus: 302 }],
    ['hangs up', 'hang-up', {}],
  ])('that %s gets the same message again, until it takes it', async (_title, answer, shown) => {
    const [to, hook] = [await gateway(), await receiver(inTurn(answer, answer, { status: 200 }))];
    const { id } = await subscribe(to, hook.url);
    const contactId = await raise();
    await soon('the third try', async () => {
      expect(await deliveries(to, id)).toMatchObject([
        { messageId: idOf(contactId), state: 'delivered', tries: 3, attempts: [shown, shown, { httpStatus: 200 }] },
      ]);
    });
    expect(hook.ids()).toEqual([idOf(contactId), idOf(contactId), idOf(contactId)]);
    expect(new Set(hook.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('that asks for patience gets it', async () => {
    const busy = { status: 503, headers: { 'retry-after': '3600' } };
    const [to, hook] = [await gateway(), await receiver(inTurn(busy))];
    const { id } = await subscribe(to, hook.url);
    const startMs = Date.now();
    await raise();
    const [delivery] = await soon('the first try', async () => {
      const found = await deliveries(to, id);
      expect(found).toMatchObject([{ state: 'waiting', tries: 1 }]);
      return found;
    });
    expect(Date.parse(delivery?.nextAt ?? '') - startMs).toBeGreaterThanOrEqual(3_600_000);
  });

  it('that says 410 is sent nothing more, and may be enabled again', async () => {
    let status = 410;
    const [to, hook] = [await gateway(), await receiver(() => ({ status }))];
    const { id } = await subscribe(to, hook.url);
    const first = await raise();
    await soon('the stop', async () => {
      const { json } = await to.call('GET', `/v1/subscriptions/${id}`);
      expect(json).toMatchObject({ enabled: false, stopped: { why: 'gone' } });
    });
    expect(await to.metrics.render()).toContain('webhook_subscriptions_stopped_total{why="gone",service="gateway"} 1');
    const missed = await raise();
    expect(await to.call('POST', `/v1/subscriptions/${id}/deliveries/${idOf(first)}/resend`)).toMatchObject({
      status: 409,
    });
    expect(hook.requests).toHaveLength(1);
    status = 200;
    expect(await to.call('PATCH', `/v1/subscriptions/${id}`, { enabled: true })).toMatchObject({
      json: { enabled: true },
    });
    await soon('what came meanwhile', () => expect(hook.ids().at(-1)).toBe(idOf(missed)));
  });

  it('that takes nothing until the schedule ends, message after message, is sent nothing more', async () => {
    const [to, hook] = [await endsSoon({ maxUndelivered: 2 }), await receiver(inTurn({ status: 500 }))];
    const { id } = await subscribe(to, hook.url);
    await raise();
    await raise();
    await soon('the stop', async () => {
      const { json } = await to.call('GET', `/v1/subscriptions/${id}`);
      expect(json).toMatchObject({ enabled: false, stopped: { why: 'undelivered' } });
    });
    expect(await deliveries(to, id)).toMatchObject([
      { state: 'failed', attempts: expect.arrayContaining([expect.objectContaining({ httpStatus: 500 })]) },
      { state: 'failed' },
    ]);
    expect(await to.metrics.render()).toContain('holdfast_webhook_undelivered_total{service="gateway"} 2');
  });

  it('that is away is sent nothing more of a customer who was erased meanwhile', async () => {
    let isAway = true;
    const answer = () => ({ status: isAway ? 500 : 204 });
    const [to, hook] = [await gateway(), await receiver(answer)];
    const { id } = await subscribe(to, `${hook.url}/alerts`);
    await to.hub.subscribe('TMF683', { callback: `${hook.url}/hub`, query: '' });
    const interaction = { eventTime: '2026-11-01T08:00:00.000Z', eventType: 'PartyInteractionCreateEvent', event: {} };
    const erased = await raise({ customerId: 'c-1' });
    const other = await raise({ customerId: 'c-2' });
    await to.hub.publish('TMF683', () => ({ ...interaction, eventId: 'of-c-1', customerId: 'c-1' }));
    await to.hub.publish('TMF683', () => ({ ...interaction, eventId: 'of-c-2', customerId: 'c-2' }));
    await soon('four that wait', () => {
      expect(new Set(hook.requests.map(({ body }) => body)).size).toBe(4);
    });
    await to.forget('c-1');
    expect((await deliveries(to, id)).map(({ messageId }) => messageId)).toEqual([idOf(other)]);
    expect((await to.call('POST', `/v1/subscriptions/${id}/deliveries/${idOf(erased)}/resend`)).status).toBe(404);
    const before = hook.requests.length;
    isAway = false;
    await soon('what is left', async () => {
      expect(await deliveries(to, id)).toMatchObject([{ messageId: idOf(other), state: 'delivered' }]);
      expect(hook.requests.slice(before).map(({ path }) => path)).toContain('/hub');
    });
    const late = hook.requests.slice(before).map(({ body }) => body);
    expect(late.filter((body) => body.includes('of-c-1') || body.includes('"c-1"'))).toEqual([]);
  });

  it('skips what it missed when it is asked to', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const { id } = await subscribe(to, hook.url);
    await to.call('PATCH', `/v1/subscriptions/${id}`, { enabled: false });
    await raise();
    await to.call('PATCH', `/v1/subscriptions/${id}`, { enabled: true, skipMissed: true });
    const next = await raise();
    await soon('the next alert', () => expect(hook.ids()).toEqual([idOf(next)]));
  });

  it('that says nothing does not hold up the others, and has only so many calls open', async () => {
    const delivery = { timeoutMs: 60_000, concurrency: 3 };
    const [to, stuck, well] = [await gateway({ delivery }), await receiver(() => 'silence'), await receiver()];
    const { id } = await subscribe(to, stuck.url);
    await subscribe(to, well.url);
    const raised = await Promise.all(Array.from({ length: 40 }, () => raise()));
    await soon('all alerts at the other', () => expect(well.ids().sort()).toEqual(raised.map(idOf).sort()));
    await soon('what waits', async () => {
      expect((await to.call('GET', `/v1/subscriptions/${id}`)).json).toMatchObject({ status: { waiting: 40 } });
    });
    expect(stuck.requests).toHaveLength(3);
  });

  it('that is away is left alone for a while, and gets everything when it is back', async () => {
    let isAway = true;
    const delivery = {
      breaker: { failures: 3, openMs: 300, maxOpenMs: 300 },
      schedule: Array(50).fill(30),
      concurrency: 1,
    };
    const [to, hook] = [await gateway({ delivery }), await receiver(() => ({ status: isAway ? 503 : 204 }))];
    const { id } = await subscribe(to, hook.url);
    const raised = await Promise.all(Array.from({ length: 20 }, () => raise()));
    await soon('three failures', () => expect(hook.requests.length).toBeGreaterThanOrEqual(3));
    const tries = hook.requests.length;
    isAway = false;
    await soon('all of them', () => expect(new Set(hook.ids())).toEqual(new Set(raised.map(idOf))));
    expect(tries).toBeLessThan(6);
    await soon('the log', async () => {
      expect((await deliveries(to, id)).filter(({ state }) => state === 'delivered')).toHaveLength(20);
    });
  });

  it('with too much waiting is read for no further, and misses nothing', async () => {
    let isAway = true;
    const delivery = { maxWaiting: 10, schedule: Array(200).fill(100), concurrency: 2 };
    const [to, hook] = [await gateway({ delivery }), await receiver(() => ({ status: isAway ? 500 : 204 }))];
    const { id } = await subscribe(to, hook.url);
    const raised = await Promise.all(Array.from({ length: 300 }, () => raise()));
    await soon('the bound', async () => {
      const { json } = await to.call('GET', `/v1/subscriptions/${id}`);
      expect((json.status as { waiting: number }).waiting).toBeGreaterThanOrEqual(10);
    });
    const { json } = await to.call('GET', `/v1/subscriptions/${id}`);
    expect((json.status as { waiting: number }).waiting).toBeLessThanOrEqual(110);
    isAway = false;
    await soon('all of them', () => expect(new Set(hook.ids())).toEqual(new Set(raised.map(idOf))));
  });
});

describe('a message', () => {
  it('is sent again by hand, under its id, while what it said is kept', async () => {
    const [to, hook] = [await gateway(), await receiver()];
    const { id } = await subscribe(to, hook.url);
    const contactId = await raise();
    const path = `/v1/subscriptions/${id}/deliveries/${idOf(contactId)}/resend`;
    await soon('the delivery', async () => expect(await deliveries(to, id)).toMatchObject([{ state: 'delivered' }]));
    expect(await to.call('POST', path)).toMatchObject({ status: 202, json: { state: 'waiting' } });
    await soon('the second', () => expect(hook.ids()).toEqual([idOf(contactId), idOf(contactId)]));
    expect(hook.requests[1]?.body).toBe(hook.requests[0]?.body);
    await soon('the log', async () => {
      expect(await deliveries(to, id)).toMatchObject([{ state: 'delivered', attempts: [{}, {}] }]);
    });
    expect(await to.call('POST', path.replace('msg_', 'msg_x'))).toMatchObject({ status: 404 });
  });

  it('that has ended undelivered is sent again by hand too', async () => {
    let status = 500;
    const [to, hook] = [await endsSoon(), await receiver(() => ({ status }))];
    const { id } = await subscribe(to, hook.url);
    const contactId = await raise();
    await soon('its end', async () => expect(await deliveries(to, id)).toMatchObject([{ state: 'failed' }]));
    status = 200;
    await to.call('POST', `/v1/subscriptions/${id}/deliveries/${idOf(contactId)}/resend`);
    await soon('the delivery', async () =>
      expect(await deliveries(to, id)).toMatchObject([{ state: 'delivered', tries: 1 }]),
    );
  });

  it('in the log says nothing of what it holds', async () => {
    const [to, hook] = [await endsSoon(), await receiver(inTurn({ status: 500, body: 'customer-4711 is unknown' }))];
    const { id, secret } = await subscribe(to, hook.url);
    await raise();
    await soon('its end', async () => expect(await deliveries(to, id)).toMatchObject([{ state: 'failed' }]));
    const shown = JSON.stringify(await deliveries(to, id)) + to.lines.join('\n') + (await to.metrics.render());
    for (const word of ['4711', 'Call him', secret.slice(6), hook.url]) expect(shown).not.toContain(word);
  });
});
