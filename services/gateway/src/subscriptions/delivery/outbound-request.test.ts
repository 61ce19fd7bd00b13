import { describe, expect, it } from 'vitest';
import type { Subscription } from '../subscription.ts';
import { readTemplates } from '../templates/template-folder.ts';
import { outboundRequest, webhookType } from './outbound-request.ts';

const TEMPLATES = readTemplates();
const data = { contactId: 'c1', title: 'Zwölf „Gigabyte“\n' };
const record = { kind: 'alert', name: 'AlertRaised', timeMs: Date.parse('2026-11-01T08:00:00Z'), data } as const;

function requestIn(format: Subscription['format'], change: object = {}) {
  const subscription: Subscription = {
    ...{ id: 'sub_1', url: 'https://x.example/hook?key=1', kinds: ['alert'], filter: {}, format, eventTypes: [] },
    ...{ settings: {}, description: '', secrets: [], createdAtMs: 0, createdBy: 'k' },
  };
  const request = outboundRequest(subscription, 'msg_1', { ...record, ...change }, TEMPLATES);
  if (request === undefined) throw new Error('no request was made');
  return { ...request, json: JSON.parse(request.body) as unknown };
}

describe('a message', () => {
  it('of Standard Webhooks holds type, time and data', () => {
    const request = requestIn('standard-webhooks');
    expect(request).toMatchObject({
      ...{ method: 'POST', url: 'https://x.example/hook?key=1', headers: { 'content-type': 'application/json' } },
      json: { type: 'alert.raised', timestamp: '2026-11-01T08:00:00.000Z', data },
    });
  });

  it('as a structured CloudEvent holds its attributes and the data', () => {
    expect(requestIn('cloudevents-structured')).toMatchObject({
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      json: {
        ...{ specversion: '1.0', id: 'msg_1', source: 'holdfast', type: 'io.holdfast.alert.AlertRaised.v1' },
        ...{ time: '2026-11-01T08:00:00.000Z', datacontenttype: 'application/json', data },
      },
    });
  });

  it('as a binary CloudEvent holds the data alone, its attributes in headers that any of them can stand in', () => {
    expect(requestIn('cloudevents-binary', { name: 'Ünt "x"%\uD800' })).toMatchObject({
      headers: {
        ...{ 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': 'msg_1', 'ce-source': 'holdfast' },
        'ce-type': 'io.holdfast.alert.%C3%9Cnt%20%22x%22%25%EF%BF%BD.v1',
        'ce-time': '2026-11-01T08:00:00.000Z',
      },
      json: data,
    });
  });

  it('to a TM Forum listener is an event of its interface', () => {
    const hub = { api: 'TMF683', eventId: 'e-1' } as const;
    expect(requestIn('tmf', { hub, name: 'PartyInteractionCreateEvent' }).json).toEqual({
      ...{ eventId: 'e-1', eventTime: '2026-11-01T08:00:00.000Z', eventType: 'PartyInteractionCreateEvent' },
      event: data,
    });
  });

  it('cannot be made for a template that is gone', () => {
    expect(() => requestIn('template:gone')).toThrow('no request was made');
  });

  it.each([
    ['alert', 'AlertRaised', 'alert.raised'],
    ['work-item', 'WorkItemChanged', 'work-item.changed'],
    ['interaction', 'OfferAccepted', 'interaction.offer-accepted'],
    [
      'recommendation',
      'QueryProductRecommendationCreateEvent',
      'recommendation.query-product-recommendation-create-event',
    ],
  ])('of kind %s and name %s has the type %s', (kind, name, expected) => {
    expect(webhookType(kind, name)).toBe(expected);
  });
});
