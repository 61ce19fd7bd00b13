import { gzipSync } from 'node:zlib';
import { fromCloudEvent } from '@holdfast/events';
import { eventually } from '@holdfast/testkit';
import { describe, expect, it } from 'vitest';
import { ACCEPTED, BATCH, BINARY, postRaw, STRUCTURED, toppedUp, useEventsGateway } from '../../test/events-gateway.ts';
import { createEventIntake } from './event-intake.ts';

const started = useEventsGateway();

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
      { index: 0, id: 'e1', status: 'accepted' },
      {
        index: 1,
        id: 'e2',
        status: 'rejected',
        error: { code: 'unknown-field', field: 'data.amountMinro', fix: 'Write "amountMinor".' },
      },
      { index: 2, id: null, status: 'rejected', error: { code: 'not-an-object' } },
      { index: 3, id: 'e4', status: 'accepted' },
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
      events.map((_, index) => (index === 0 ? ACCEPTED : { kind: 'unavailable', message: 'no broker' })),
    );
    const answer = await post([toppedUp('e1'), toppedUp('e2'), { ...toppedUp('e3'), subject: '' }], BATCH);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await answer.json()).toMatchObject([
      { id: 'e1', status: 'accepted' },
      { id: 'e2', status: 'unavailable', error: { code: 'unavailable', message: 'no broker' } },
      { id: 'e3', status: 'rejected' },
    ]);
  });

  it('answers 429 with Retry-After while too much waits, and 503 when the log is away as well', async () => {
    const busy = await started((events) => events.map(() => ({ kind: 'overloaded', message: 'too much waits' })));
    const single = await busy.post(toppedUp('e1'));
    expect([single.status, single.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await single.json()).toMatchObject({ id: 'e1', status: 'unavailable', error: { code: 'overloaded' } });
    expect((await busy.post([toppedUp('e1'), 7], BATCH)).status).toBe(429);
    const both = await started((events) =>
      events.map((_, index) => ({ kind: index === 0 ? 'overloaded' : 'unavailable', message: '' })),
    );
    expect((await both.post([toppedUp('e1'), toppedUp('e2')], BATCH)).status).toBe(503);
  });

  it('takes gzip', async () => {
    const { post, appended } = await started();
    const body = gzipSync(JSON.stringify([toppedUp('e1'), toppedUp('e2')]));
    const answer = await post(body, { ...BATCH, 'content-encoding': 'gzip' });
    expect(answer.status).toBe(200);
    expect(appended).toHaveLength(2);
    const bomb = await post(gzipSync(Buffer.alloc(50_000_000, ' ')), { ...BATCH, 'content-encoding': 'gzip' });
    expect(bomb.status).toBe(413);
    const brotli = await post(body, { ...BATCH, 'content-encoding': 'br' });
    expect([brotli.status, brotli.headers.get('accept-encoding')]).toEqual([415, 'gzip']);
  });

  it('refuses an attribute that cannot be read from its header, and a header that is sent twice', async () => {
    const { base, appended } = await started();
    const headers = { ...BINARY, 'ce-id': 'e1', 'ce-subject': '100%' };
    expect(await postRaw(base, headers)).toMatchObject({ status: 422, result: { error: { field: 'subject' } } });
    const twice = { ...BINARY, 'ce-id': ['e1', 'e2'], 'ce-subject': 'c1' };
    expect(await postRaw(base, twice)).toMatchObject({ status: 422, result: { error: { field: 'id' } } });
    expect(await postRaw(base, { ...BINARY, 'ce-id': 'e1', 'ce-subject': 'c1' })).toMatchObject({ status: 202 });
    expect(appended).toMatchObject([{ eventId: 'e1' }]);
  });

  it('turns bodies away while too many bytes are being taken, and takes them afterwards', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { post } = await started(undefined, { options: { maxBytesUnderWay: 500 }, before: () => promise });
    const first = post(toppedUp('e1'));
    await eventually('the first is under way', async () => {
      const second = await post(toppedUp('e2', { subscriptionId: 's'.repeat(120) }));
      expect([second.status, second.headers.get('retry-after')]).toEqual([429, '7']);
    });
    resolve();
    expect((await first).status).toBe(202);
    await eventually('its bytes are free', async () => expect((await post(toppedUp('e3'))).status).toBe(202));
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

  it('sets the hold of an exclusion', async () => {
    const { post, exclusions } = await started();
    const excluded = {
      ...toppedUp('e1'),
      type: 'io.holdfast.customer.ExclusionSet.v1',
      data: { exclusion: 'do-not-contact', active: true },
    };
    expect((await post(excluded)).status).toBe(202);
    expect(exclusions).toEqual(['do-not-contact true']);
  });

  it('waits for the holds of a batch together, and takes its events when none can be set', async () => {
    let waiting = 0;
    const failures: unknown[] = [];
    const { promise, reject } = Promise.withResolvers<never>();
    const take = createEventIntake({
      parse: fromCloudEvent,
      append: async (events) => events.map(() => ACCEPTED),
      consentSeen: () => {
        waiting += 1;
        if (waiting === 3) reject(new Error('redis is away'));
        return promise;
      },
      exclusionSeen: async () => {},
      holdFailed: (error) => failures.push(error),
    });
    const consent = { ...toppedUp('e'), type: 'ConsentChanged', data: { channel: '*', granted: false } };
    const results = await take([consent, consent, consent]);
    expect(results.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(failures).toHaveLength(3);
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

  it('is described with a body per content mode and every status it answers', async () => {
    const { document } = await started();
    const operation = document().paths['/v1/events']?.post;
    expect(Object.keys(operation?.requestBody.content ?? {})).toEqual([
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/json',
      'application/avro',
    ]);
    expect(operation?.requestBody.content['application/cloudevents-batch+json']?.schema).toMatchObject({
      type: 'array',
      maxItems: 1000,
      items: { required: ['specversion', 'id', 'source', 'type'] },
    });
    expect(Object.keys(operation?.responses ?? {})).toEqual([
      '200',
      '202',
      '400',
      '401',
      '403',
      '413',
      '414',
      '415',
      '422',
      '429',
      '431',
      '500',
      '503',
    ]);
    expect(Object.keys(operation?.responses['503']?.content ?? {})).toEqual([
      'application/json',
      'application/problem+json',
    ]);
  });

  it('takes an empty batch', async () => {
    const { post } = await started();
    const answer = await post([], BATCH);
    expect([answer.status, await answer.json()]).toEqual([200, []]);
  });
});
