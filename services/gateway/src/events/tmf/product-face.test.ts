import { describe, expect, it } from 'vitest';
import { contract, customer, isThere, LISTENER, useTmfEvents } from '../../../test/tmf-events-world.ts';

const world = useTmfEvents();
const { post } = world;
const conformsTo637 = contract('TMF637');

it.runIf(isThere)('the contract of TMF637 can refuse', () => {
  expect(() => conformsTo637('EventSubscription', { id: 'x' })).toThrow();
});

const product = {
  id: 'line-1',
  status: 'active',
  relatedParty: [customer],
  productOffering: { id: 'plan-m' },
  productCharacteristic: [
    { name: 'productKind', value: 'Mobile' },
    { name: 'dataAllowanceMb', value: 10_000 },
    { name: 'cycleDay', value: '15' },
    { name: 'msisdn', value: '+491234567' },
  ],
  productPrice: [
    { priceType: 'oneTime', price: { taxIncludedAmount: { unit: 'EUR', value: 5 } } },
    {
      priceType: 'recurring',
      recurringChargePeriod: 'month',
      price: { taxIncludedAmount: { unit: 'EUR', value: 19.99 } },
    },
  ],
  productTerm: [{ validFor: { endDateTime: '2028-10-31T23:00:00Z' } }],
};
const notification = (change: object = {}, more: object = {}) => ({
  eventId: 'n-1',
  eventTime: '2026-11-01T08:00:00Z',
  event: { product: { ...product, ...change } },
  ...more,
});
const identity = {
  eventId: 'n-1',
  source: 'tmf/billing',
  occurredAt: Date.UTC(2026, 10, 1, 8),
  customerId: 'c-1',
  subscriptionId: 'line-1',
};
const withCharacteristics = (values: Record<string, unknown>) => ({
  productCharacteristic: Object.entries(values).map(([name, value]) => ({ name, value })),
});
const activated = {
  ...identity,
  type: 'SubscriptionActivated',
  product: 'MOBILE',
  plan: 'plan-m',
  dataAllowanceMb: 10_000,
  cycleDay: 15,
  monthlyFeeMinor: 1_999,
  currency: 'EUR',
  contractEndsAt: Date.UTC(2028, 9, 31, 23),
};

describe('the listener of TMF637', () => {
  it.each<[string, object, object | undefined]>([
    ['productCreateEvent', notification(), activated],
    ['productCreateEvent', notification({}, { eventType: 'ProductCreateEvent' }), activated],
    ['productCreateEvent', notification({ status: 'created' }), undefined],
    [
      'productStateChangeEvent',
      notification({
        productCharacteristic: [...product.productCharacteristic, { name: 'previousStatus', value: 'pendingActive' }],
      }),
      activated,
    ],
    [
      'productStateChangeEvent',
      notification(withCharacteristics({ previousStatus: 'suspended' })),
      { ...identity, type: 'SubscriptionResumed' },
    ],
    ['productStateChangeEvent', notification(withCharacteristics({ previousStatus: 'pendingTerminate' })), undefined],
    [
      'productStateChangeEvent',
      notification({ status: 'suspended', ...withCharacteristics({ suspensionCause: 'overdue' }) }),
      { ...identity, type: 'SubscriptionSuspended', cause: 'OVERDUE' },
    ],
    [
      'productStateChangeEvent',
      notification({ status: 'terminated', ...withCharacteristics({ terminationReason: 'moved away' }) }),
      { ...identity, type: 'SubscriptionTerminated', reason: 'moved away' },
    ],
    ['productStateChangeEvent', notification({ status: 'pendingTerminate' }), undefined],
    ['productStateChangeEvent', notification({ status: 'aborted ' }), undefined],
    [
      'productAttributeValueChangeEvent',
      notification({}, { fieldPath: '$.event.product.productOffering.id' }),
      {
        ...identity,
        type: 'PlanChanged',
        plan: 'plan-m',
        dataAllowanceMb: 10_000,
        monthlyFeeMinor: 1_999,
        currency: 'EUR',
      },
    ],
    [
      'productAttributeValueChangeEvent',
      notification({ place: [{ id: 'addr-9', role: 'installation' }] }, { fieldPath: 'place' }),
      { ...identity, type: 'LineMoved', addressId: 'addr-9' },
    ],
    ['productAttributeValueChangeEvent', notification({}, { fieldPath: 'product.name' }), undefined],
    ['productDeleteEvent', notification(), { ...identity, type: 'SubscriptionTerminated' }],
  ])('takes %s %#', async (name, body, event) => {
    const definition = name.charAt(0).toUpperCase() + name.slice(1);
    conformsTo637(definition, body);
    const answer = await post(`${LISTENER}/${name}`, body);
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    conformsTo637('EventSubscription', answer.body);
    expect(answer.body.id).toBe('n-1');
    expect(world.appended).toEqual(event === undefined ? [] : [event]);
  });

  const CHANGE = 'productStateChangeEvent';
  it.each<[string, string, object, string, string]>([
    ['no id', CHANGE, { ...notification(), eventId: undefined }, 'eventId', 'stays the same'],
    ['no time', CHANGE, { ...notification(), eventTime: undefined }, 'eventTime', 'when it happened'],
    ['another type', CHANGE, notification({}, { eventType: 'ProductDeleteEvent' }), 'eventType', CHANGE],
    ['no product', CHANGE, { ...notification(), event: {} }, 'event.product.id', 'id of the line'],
    ['no customer', CHANGE, notification({ relatedParty: undefined }), 'event.product.relatedParty', 'customer'],
    ['no status', CHANGE, notification({ status: undefined }), 'event.product.status', 'status'],
    ['active, and nothing before', CHANGE, notification(), 'event.product.productCharacteristic', 'previousStatus'],
    ['no cause', CHANGE, notification({ status: 'suspended' }), 'event.product.productCharacteristic', 'OVERDUE'],
    [
      'no kind',
      'productCreateEvent',
      notification(withCharacteristics({ cycleDay: 3 })),
      'event.product.productCharacteristic',
      'BROADBAND',
    ],
    [
      'no plan',
      'productCreateEvent',
      notification({ productOffering: undefined }),
      'event.product.productOffering.id',
      'plan',
    ],
    [
      'a day that no cycle begins on',
      'productCreateEvent',
      notification(withCharacteristics({ productKind: 'MOBILE', cycleDay: 31 })),
      'event.product.productCharacteristic[1].value',
      '',
    ],
    [
      'an unknown characteristic',
      'productDeleteEvent',
      notification(withCharacteristics({ colour: 'red' })),
      'event.product.productCharacteristic[0].name',
      'dataAllowanceMb',
    ],
    [
      'a yearly price',
      'productCreateEvent',
      notification({ productPrice: [{ priceType: 'recurring', recurringChargePeriod: 'year', price: {} }] }),
      'event.product.productPrice[0].recurringChargePeriod',
      'month',
    ],
    ['nothing changed', 'productAttributeValueChangeEvent', notification(), 'fieldPath', 'productOffering'],
    [
      'two places',
      'productAttributeValueChangeEvent',
      notification(
        {
          place: [
            { id: 'a', role: 'x' },
            { id: 'b', role: 'y' },
          ],
        },
        { fieldPath: 'place' },
      ),
      'event.product.place',
      'one place',
    ],
  ])('refuses a notification with %s', async (_title, name, body, field, fix) => {
    const answer = await post(`${LISTENER}/${name}`, body);
    expect(answer.status).toBe(400);
    expect(answer.body.reason.startsWith(`${field} `), answer.body.reason).toBe(true);
    expect(answer.body.message).toContain(fix);
    conformsTo637('Error', answer.body);
    expect(world.appended).toEqual([]);
  });
});
