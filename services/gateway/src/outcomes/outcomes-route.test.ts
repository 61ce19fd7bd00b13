import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { afterEach, describe, expect, it } from 'vitest';
import { createGateway, type Gateway } from '../gateway.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import { SEES_EVERYTHING } from '../security/sight.ts';
import type { Outcome, OutcomeAnswer, OutcomeCaller } from './outcome.ts';
import { OUTCOME_ANSWERS } from './outcome-schema.ts';
import { outcomesFace } from './outcomes-route.ts';

const AGENT = 'agent-0123456789abc';
const PRODUCER = 'producer-0123456789';
const gateways: Gateway[] = [];

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.close();
});

const RECORDED: OutcomeAnswer = { kind: 'recorded', occurredAt: 1_900_000_000_000, events: [{ type: 'T', id: 'e' }] };

async function started(answerOf: (outcome: Outcome, index: number) => OutcomeAnswer = () => RECORDED) {
  const told: Outcome[] = [];
  const callers: OutcomeCaller[] = [];
  const audited: string[] = [];
  const face = outcomesFace({
    record: async (caller, outcomes) => {
      callers.push(caller);
      told.push(...outcomes);
      return outcomes.map(answerOf);
    },
    sightOf: SEES_EVERYTHING,
    audit: async (_, { action, customerId }) => void audited.push(`${action} ${customerId}`),
  });
  const gateway = await createGateway(
    {
      faces: [face],
      authenticate: authenticateByKeys([
        { role: 'agent', key: AGENT },
        { role: 'producer', key: PRODUCER },
      ]),
      metrics: createMetrics({ service: 'gateway' }),
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: () => undefined,
    },
    { host: '127.0.0.1', port: 0 },
  );
  gateways.push(gateway);
  const url = `http://127.0.0.1:${await gateway.start()}/v1/outcomes`;
  const post = async (body: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'x-api-key': AGENT, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const json: unknown = await answer.json();
    // What is answered is what the document says.
    const { status } = answer;
    expect(OUTCOME_ANSWERS[status as keyof typeof OUTCOME_ANSWERS].safeParse(json).error).toBeUndefined();
    return { status, json, retryAfter: answer.headers.get('retry-after') };
  };
  return { post, told, callers, audited };
}

const one = { customerId: 'c', contactId: 'k', outcome: 'accepted' };

describe('POST /v1/outcomes', () => {
  it('takes one outcome, and answers 202 with what it became', async () => {
    const { post, told, callers, audited } = await started();
    const at = '2026-11-29T10:00:00+01:00';
    const deferred = { ...one, outcome: 'deferred', until: '2026-12-01T09:00:00Z', occurredAt: at, requestId: 'r' };
    const answer = await post(deferred, { 'idempotency-key': 'key-1', 'x-holdfast-agent': 'anna' });
    expect(answer).toMatchObject({
      status: 202,
      json: {
        ...{ customerId: 'c', contactId: 'k', outcome: 'deferred', status: 'recorded' },
        ...{ occurredAt: new Date(1_900_000_000_000).toISOString(), events: [{ type: 'T', id: 'e' }] },
      },
    });
    const [until, occurredAt] = [Date.UTC(2026, 11, 1, 9), Date.UTC(2026, 10, 29, 9)];
    expect(told).toEqual([{ ...one, outcome: 'deferred', until, occurredAt, requestId: 'r' }]);
    expect(callers).toMatchObject([{ agent: 'anna', requestKey: 'key-1' }]);
    await callers[0]?.noteAccess('c');
    expect(audited).toEqual(['outcome.create c']);
  });

  it('takes a list, and answers each in its order', async () => {
    const { post } = await started((_, index) => (index === 1 ? { kind: 'unknown-contact' } : RECORDED));
    const answer = await post([one, { ...one, contactId: 'gone' }]);
    expect(answer).toMatchObject({
      status: 200,
      json: [{ status: 'recorded' }, { status: 'rejected', contactId: 'gone', error: { code: 'unknown-contact' } }],
    });
  });

  it('says when to come again where some of a list are to be given again', async () => {
    const { post } = await started((_, index) => (index === 1 ? { kind: 'unavailable', message: 'away' } : RECORDED));
    expect(await post([one, one])).toMatchObject({
      status: 200,
      retryAfter: '2',
      json: [{ status: 'recorded' }, { status: 'unavailable' }],
    });
  });

  it.each<[OutcomeAnswer, number, string]>([
    [{ kind: 'unknown-customer' }, 404, 'unknown-customer'],
    [{ kind: 'unknown-contact' }, 404, 'unknown-contact'],
    [{ kind: 'refused', field: 'until', message: 'is not after the answer' }, 422, 'outcome-refused'],
    [{ kind: 'unavailable', message: 'the log is away' }, 503, 'unavailable'],
  ])('answers %j with %d and what to do', async (kind, status, code) => {
    const { post } = await started(() => kind);
    const answer = await post(one);
    expect(answer).toMatchObject({ status, json: { type: `urn:holdfast:problem:${code}` } });
    expect(answer.retryAfter).toBe(status === 503 ? '2' : null);
  });

  it.each<[string, unknown, string]>([
    ['no contact', { ...one, contactId: undefined }, '/contactId'],
    ['an outcome nobody knows', { ...one, outcome: 'sold' }, '/outcome'],
    ['a reason that is free text', { ...one, outcome: 'rejected', reason: 'Er ist umgezogen' }, '/reason'],
    ['a reason where there is none', { ...one, reason: 'price' }, 'reason'],
    ['a note', { ...one, note: 'call his wife' }, 'note'],
    ['a time without a zone', { ...one, occurredAt: '2026-11-29T10:00:00' }, '/occurredAt'],
    ['an id that is too long', { ...one, customerId: 'c'.repeat(129) }, '/customerId'],
    ['the second of a list', [one, { ...one, outcome: 'sold' }], '/1/outcome'],
    ['an empty list', [], 'body'],
    ['more than a hundred', Array.from({ length: 101 }, () => one), 'body'],
    ['no outcome at all', 7, 'body'],
  ])('refuses %s, and says where', async (_, body, where) => {
    const { post, told } = await started();
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, json: { type: 'urn:holdfast:problem:invalid-request' } });
    expect((answer.json as { detail: string }).detail).toContain(where);
    expect(told).toEqual([]);
  });

  it('takes that somebody wants to be left alone without a contact', async () => {
    const { post, told } = await started();
    expect(await post({ customerId: 'c', outcome: 'do_not_contact' })).toMatchObject({ status: 202 });
    expect(told).toMatchObject([{ customerId: 'c', outcome: 'do_not_contact' }]);
  });

  it('is for agents and supervisors', async () => {
    const { post, told } = await started();
    expect(await post(one, { 'x-api-key': PRODUCER })).toMatchObject({ status: 403 });
    expect(await post(one, { 'x-api-key': 'nobody-0123456789' })).toMatchObject({ status: 401 });
    expect(told).toEqual([]);
  });
});
