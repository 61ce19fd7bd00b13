import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { bodyOf, useCustomers } from '../../test/customers-world.ts';
import { PROBLEM } from '../http/problem.ts';
import type { ConsentEvent } from './tell-consent.ts';

const { withCustomer } = useCustomers('customer-changes');

describe('POST /v1/customers/{id}/consents', () => {
  const post = (body: unknown, headers: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

  it('tells one event, the same for the same key', async () => {
    const events: ConsentEvent[] = [];
    const { call, path, customerId, audited } = await withCustomer({
      tellConsent: async (event) => {
        events.push(event);
        return { kind: 'accepted', place: { topic: 't', partition: 0, offset: 1 } };
      },
    });
    const wish = { channel: '*', granted: false };
    for (const key of ['k-1', 'k-1', 'k-2']) {
      const answer = await call('agent', `${path}/consents`, post(wish, { 'idempotency-key': key }));
      expect([answer.status, await answer.json()]).toEqual([
        202,
        { eventId: events.at(-1)?.eventId, status: 'accepted' },
      ]);
    }
    expect(events[0]).toMatchObject({
      type: 'ConsentChanged',
      customerId,
      source: 'gateway',
      purpose: 'MARKETING',
      ...wish,
    });
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(2);
    expect(audited.map(({ action }) => action)).toEqual(Array(3).fill('customer.consent'));
  });

  it.each([
    [{ channel: 'fax', granted: true }],
    [{ channel: 'sms' }],
    [{ channel: 'sms', granted: 'yes' }],
    [{ channel: 'sms', granted: true, customerId: 'other' }],
  ])('refuses %j', async (body) => {
    const { call, path } = await withCustomer();
    expect((await call('agent', `${path}/consents`, post(body))).status).toBe(400);
  });

  it('is 503 while the log does not take it, and 404 of nobody', async () => {
    const { call, path } = await withCustomer();
    const body = post({ channel: 'sms', granted: false });
    expect((await call('supervisor', `${path}/consents`, body)).status).toBe(503);
    expect((await call('supervisor', '/v1/customers/nobody/consents', body)).status).toBe(404);
  });
});

describe('POST /v1/customers/{id}/erase', () => {
  const sealed = { key: null, value: Buffer.from('sealed'), headers: {} };
  const seal = { seal: () => sealed, markOf: (id: string) => `own.${id}` };
  const log = () => {
    const appended: unknown[] = [];
    const produce = async (...record: unknown[]) => {
      appended.push(record);
      return { baseOffset: 41, appendTime: 0 };
    };
    return { appended, output: { produce } };
  };
  const ANSWER = z.object({ erasureId: z.string(), status: z.enum(['pending', 'done']) });

  it('appends the record, has other stores forget, and answers with a place that names nobody', async () => {
    const forgotten: string[] = [];
    const { appended, output } = log();
    const { call, path, customerId } = await withCustomer({
      desk: { seal, output, forgetters: [async (id) => void forgotten.push(id)] },
    });
    const answer = await call('operator', `${path}/erase`, { method: 'POST' });
    expect(answer.status).toBe(202);
    const { erasureId, status } = await bodyOf(answer, ANSWER);
    expect([status, erasureId.endsWith('-41'), appended.length]).toEqual(['pending', true, 1]);
    expect(forgotten).toEqual([customerId]);
    const location = answer.headers.get('location') ?? '';
    expect(await bodyOf(await call('operator', location), ANSWER)).toEqual({ erasureId, status: 'pending' });
    expect((await call('operator', '/v1/erasures/99999-1')).status).toBe(404);
    expect((await call('operator', '/v1/erasures/x')).status).toBe(400);
  });

  it('says so while another store has not forgotten, where there is no key, and where the log is away', async () => {
    const { output } = log();
    const forgetters = [() => Promise.reject(new Error('redis is away'))];
    const codes = [];
    for (const desk of [{ seal, output, forgetters }, { output }, { seal }]) {
      const { call, path } = await withCustomer({ desk });
      const answer = await call('operator', `${path}/erase`, { method: 'POST' });
      codes.push([answer.status, (await bodyOf(answer, PROBLEM)).type.split(':').at(-1)]);
    }
    expect(codes).toEqual([
      [503, 'not-forgotten'],
      [503, 'no-erasure-key'],
      [503, 'log-away'],
    ]);
  });

  it('is not done unnoted', async () => {
    const { appended, output } = log();
    const audit = () => Promise.reject(new Error('kafka is away'));
    const { call, path } = await withCustomer({ audit, desk: { seal, output } });
    expect((await call('operator', `${path}/erase`, { method: 'POST' })).status).toBe(503);
    expect(appended).toEqual([]);
  });
});
