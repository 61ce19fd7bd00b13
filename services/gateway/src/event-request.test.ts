import { describe, expect, it } from 'vitest';
import { holdForConsent } from './consent-hold.ts';
import { eventRequest } from './event-request.ts';

const binary = { 'content-type': 'application/json', 'ce-specversion': '1.0' };

describe('the content modes of CloudEvents', () => {
  it('in binary mode become attributes with the body as data', () => {
    expect(eventRequest({ ...binary, 'ce-id': '1', 'user-agent': 'x' }, { a: 1 })).toEqual({
      kind: 'events',
      isBatch: false,
      events: [{ specversion: '1.0', id: '1', datacontenttype: 'application/json', data: { a: 1 } }],
    });
  });

  it.each([
    ['Euro%20%E2%82%AC', 'Euro €'],
    ['100%', '100%'],
    ['"quoted"', 'quoted'],
  ])('read the header value %j as %j', (header, text) => {
    const read = eventRequest({ ...binary, 'ce-source': header }, {});
    expect(read).toMatchObject({ events: [{ source: text }] });
  });

  it('cannot be overridden by headers named like the data', () => {
    const read = eventRequest({ ...binary, 'ce-data': 'smuggled' }, { a: 1 });
    expect(read).toMatchObject({ events: [{ data: { a: 1 } }] });
  });
});

describe('the hold of a consent', () => {
  const event = {
    type: 'ConsentChanged',
    eventId: 'e',
    source: 's',
    occurredAt: 1,
    customerId: 'c1',
    channel: 'sms',
    granted: false,
  } as const;

  it.each([
    [{}, ['c1', 'marketing:sms', 86_400]],
    [{ purpose: 'SERVICE', channel: '*' } as const, ['c1', 'service:*', 86_400]],
    [{ granted: true }, ['c1', 'marketing:sms', 1]],
  ])('of %j is kept under purpose and channel', async (change, expected) => {
    const calls: unknown[] = [];
    await holdForConsent({ ...event, ...change }, { suppress: async (...call) => void calls.push(call) });
    expect(calls).toEqual([expected]);
  });
});
