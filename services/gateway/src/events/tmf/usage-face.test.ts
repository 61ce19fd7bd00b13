import { describe, expect, it } from 'vitest';
import { contract, customer, isThere, USAGE, useTmfEvents } from '../../../test/tmf-events-world.ts';
import type { AppendOutcome } from '../event-intake.ts';

const world = useTmfEvents();
const { post } = world;
const conformsTo635 = contract('TMF635');

it.runIf(isThere)('the contract of TMF635 can refuse', () => {
  expect(() => conformsTo635('Error', { reason: 'x' })).toThrow();
});

const usage = {
  usageDate: '2026-11-01T08:00:00+01:00',
  usageType: 'data',
  status: 'rated',
  description: 'Mobile data',
  relatedParty: [{ id: 'shop-1', role: 'reseller', '@referredType': 'Organization' }, customer],
  ratedProductUsage: [
    { productRef: { id: 'line-1' }, taxIncludedRatingAmount: { unit: 'EUR', value: 1.005 }, ratingAmountType: 'Total' },
    { productRef: { id: 'line-1' }, taxExcludedRatingAmount: { unit: 'EUR', value: 0.5 }, isTaxExempt: true },
  ],
  usageCharacteristic: [
    { name: 'quantityMb', value: '512.5', valueType: 'Number' },
    { name: 'zone', value: 'roaming' },
    { name: 'failed', value: 'false' },
    { name: 'destinationNumber', value: '+491234567' },
  ],
};

describe('POST usage (TMF635)', () => {
  it('is recorded as UsageRecorded and answered with the resource', async () => {
    conformsTo635('Usage_Create', usage);
    const { status, body } = await post(USAGE, usage);
    expect(status).toBe(201);
    conformsTo635('Usage', body);
    expect(body).toEqual({ ...usage, id: expect.stringMatching(/^usage-[\w-]{43}$/) });
    expect(world.appended).toEqual([
      {
        type: 'UsageRecorded',
        eventId: body.id,
        source: 'tmf/billing',
        occurredAt: Date.UTC(2026, 10, 1, 7),
        customerId: 'c-1',
        subscriptionId: 'line-1',
        kind: 'DATA',
        quantityMb: 512.5,
        zone: 'ROAMING',
        failed: false,
        chargeMinor: 151,
        currency: 'EUR',
      },
    ]);
    expect(world.counted).toEqual([{ id: body.id, status: 'accepted' }]);
  });

  it('has the same id when it is sent again, another one when anything that counts differs, and its own when it has one', async () => {
    const ids = [];
    for (const change of [{}, { description: 'another' }, { usageType: 'VOICE' }, { id: 'u-7' }]) {
      ids.push((await post(USAGE, { ...usage, ...change })).body.id);
    }
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    expect([ids[3], world.appended[3]?.eventId]).toEqual(['u-7', 'u-7']);
  });

  it('knows the minor unit of the currency', async () => {
    for (const [unit, minor] of [
      ['JPY', 12],
      ['KWD', 12_345],
    ] as const) {
      const rating = { productRef: { id: 'l' }, taxIncludedRatingAmount: { unit, value: 12.345 } };
      await post(USAGE, { ...usage, ratedProductUsage: [rating] });
      expect(world.appended.at(-1)).toMatchObject({ chargeMinor: minor, currency: unit });
    }
  });

  const rated = (change: object) => ({ ratedProductUsage: [{ productRef: { id: 'line-1' }, ...change }] });
  const told = (...usageCharacteristic: object[]) => ({ usageCharacteristic });
  it.each<[string, object, string, string, string]>([
    ['no time', { usageDate: undefined }, 'missing', 'usageDate', 'Send when it happened'],
    ['no kind', { usageType: undefined }, 'missing', 'usageType', 'VOICE, SMS, DATA, OTHER'],
    ['another kind', { usageType: 'fax' }, 'unknown', 'usageType', 'VOICE, SMS, DATA, OTHER'],
    ['no customer', { relatedParty: [] }, 'missing', 'relatedParty', 'role "customer"'],
    ['two customers', { relatedParty: [customer, { ...customer, id: 'c-2' }] }, 'contradiction', 'relatedParty', 'one'],
    ['no line', { ratedProductUsage: [] }, 'missing', 'ratedProductUsage[0].productRef.id', 'productRef.id'],
    ['a rejected usage', { status: 'rejected' }, 'invalid', 'status', 'rated'],
    ['a rerated usage', { status: 'rerated' }, 'invalid', 'status', 'rated'],
    [
      'an unknown characteristic',
      told({ name: 'zone', value: 'HOME' }, { name: 'durationSecs', value: 5 }),
      'unknown',
      'usageCharacteristic[1].name',
      'durationSeconds',
    ],
    [
      'a name of the language',
      told({ name: 'constructor', value: 5 }),
      'unknown',
      'usageCharacteristic[0].name',
      'zone',
    ],
    ['a wrong value', told({ name: 'onNet', value: 1 }), 'invalid', 'usageCharacteristic[0].value', 'true or false'],
    ['a value out of range', told({ name: 'quantityMb', value: -1 }), 'invalid', 'usageCharacteristic[0].value', ''],
    [
      'half a second',
      told({ name: 'durationSeconds', value: 0.5 }),
      'invalid',
      'usageCharacteristic[0].value',
      'whole',
    ],
    [
      'a characteristic twice',
      told({ name: 'zone', value: 'HOME' }, { name: 'zone', value: 'HOME' }),
      'contradiction',
      'usageCharacteristic[1].name',
      'once',
    ],
    [
      'no tax',
      rated({ taxExcludedRatingAmount: { unit: 'EUR', value: 1 } }),
      'missing',
      'ratedProductUsage[0].taxIncludedRatingAmount',
      'with tax',
    ],
    [
      'no currency',
      rated({ taxIncludedRatingAmount: { value: 1 } }),
      'missing',
      'ratedProductUsage[0].taxIncludedRatingAmount.unit',
      'ISO 4217',
    ],
    [
      'a huge amount',
      rated({ taxIncludedRatingAmount: { unit: 'EUR', value: 1e300 } }),
      'invalid',
      'ratedProductUsage[0].taxIncludedRatingAmount.value',
      'whole number',
    ],
    ['a time long ago', { usageDate: '1900-01-01T00:00:00Z' }, 'invalid', 'usageDate', ''],
  ])('with %s is refused, with the field and what to do', async (_title, change, code, field, fix) => {
    const { status, body } = await post(USAGE, { ...usage, ...change });
    expect([status, body.code, body.status]).toEqual([400, code, '400']);
    expect(body.reason.startsWith(`${field} `), body.reason).toBe(true);
    expect(body.message).toContain(fix);
    conformsTo635('Error', body);
    expect(world.appended).toEqual([]);
    expect(world.counted).toMatchObject([{ status: 'rejected', error: { code, field } }]);
  });

  it.each<[string, object | string]>([
    ['breaks the interface', { ...usage, usageDate: 'yesterday' }],
    ['has a party without a type', { ...usage, relatedParty: [{ id: 'c-1', role: 'customer' }] }],
    ['has an id of half a character', { ...usage, id: 'a\ud800' }],
    ['has a characteristic without a value', { ...usage, usageCharacteristic: [{ name: 'quantityMb' }] }],
    ['is no JSON', '{'],
    ['smuggles a prototype', '{"__proto__":{"usageType":"DATA"}}'],
    ['is a list', [usage]],
  ])('that %s is refused with an Error', async (_title, body) => {
    const answer = await post(USAGE, body);
    expect(answer.status).toBe(400);
    conformsTo635('Error', answer.body);
    expect(world.appended).toEqual([]);
  });

  it.each<[AppendOutcome, number, string | undefined]>([
    [{ kind: 'unavailable', message: 'no broker' }, 503, '3'],
    [{ kind: 'overloaded', message: 'too much waits' }, 429, '7'],
    [{ kind: 'rejected', code: 'too-large', message: 'too large' }, 400, undefined],
  ])('that the log does not take (%j) is answered with an Error', async (given, status, retryAfter) => {
    world.outcome = given;
    const answer = await post(USAGE, usage);
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, retryAfter]);
    conformsTo635('Error', answer.body);
  });
});
