import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { createAvroLayout, type LayoutSchemas } from './avro-layout.ts';
import { type CampaignPlan, type CustomerState, type Facts, NEWLY_ENROLLED } from './customer-state.ts';
import { LAYOUT_2 } from './layout-2.ts';
import { layoutOf, STATE_LAYOUT } from './layouts.ts';

const POLICY = compilePack();
const topology = topologyOf(POLICY);

/** A customer who asked for a suspension and refused what he was offered, as the release of layout 1 stored him. */
const STORED_IN_1 = Buffer.from(
  'AQAAAAAmtBIQInCScMqZpYMOAAAAAAAAAMgBgPSoioNnBgAEZW6A9KiKg2cCGkFzaWEvU2hhbmdoYWmA9KiKg2cGCDE5ODCA9KiKg2cAAgxsaW5lLTEMTU9CSUxFAoCk74zdZgJNAAAAAACIw0CApO+M3WYAgKTvjN1mAAAAAPYCAkJjZjg3ODZkNDdmMjA3NTlmNTcxNzFiMzdhOWY0YTllNTMoc3VzcGVuc2lvbl9yZXF1ZXN0ZWQSc2F2ZV9kZXNrEnNhdmVfcGxhbhJyZXRlbnRpb24WY2FsbC1jZW50cmUADnRyZWF0ZWTQ89vcg2fQrZPgg2cCgNjK44NnAAACKHN1c3BlbnNpb25fcmVxdWVzdGVkEmV2ZW50OnItMdDz29yDZwAAAhJzYXZlX2Rlc2sA0PPb3INnAAA=',
  'base64',
);

const UNSAID = { variant: '', offer: '', channel: '', trigger: '' };
const PLAN: CampaignPlan = {
  campaign: 'save_desk',
  trigger: 'suspension_requested',
  occasion: 'event:r-1',
  offer: 'save_plan',
  arm: 'treated',
  variant: '',
  startedAt: START,
  stepIndex: 0,
  attempt: 1,
  lastContactId: 'c1',
  lastSendAt: START,
  next: 'step',
  dueAt: START + DAY_MS,
  endedAt: 0,
  endReason: '',
};

/** A record schema with one field more at its end. */
function withField(schema: LayoutSchemas['facts'], field: object): LayoutSchemas['facts'] {
  const { fields, ...rest } = schema as unknown as { readonly fields: readonly object[] };
  return { ...rest, fields: [...fields, field] } as unknown as LayoutSchemas['facts'];
}

/** What a next release may bring: a field of the customer's facts, and one of the state itself. */
const NEXT: LayoutSchemas = {
  state: withField(LAYOUT_2.state, { name: 'visits', type: 'int', default: 0 }),
  facts: withField(LAYOUT_2.facts, { name: 'nickname', type: 'string', default: 'none' }),
  dealings: LAYOUT_2.dealings,
};
const nextInNext = createAvroLayout(3, NEXT, NEXT);
const newestInNext = createAvroLayout(2, LAYOUT_2, NEXT);

type NextState = CustomerState & { visits: number };
type NextFacts = Facts & { nickname: string };

function someCustomer(): CustomerState {
  const world = createCustomerWorld(POLICY, 'customer-1');
  world.tell(world.activated(START - 60 * DAY_MS), 90 * DAY_MS);
  for (let day = 0; day < 5; day++) world.tell(world.usage(START + day * DAY_MS), 90 * DAY_MS);
  return world.state;
}

describe('a layout of states', () => {
  it.each(Array.from({ length: STATE_LAYOUT }, (_, i) => i + 1))(
    'of number %i is written with its number first and read back to the same bytes',
    (number) => {
      const bytes = topology.encode(someCustomer(), number);
      expect(bytes[0]).toBe(number);
      expect(topology.encode(topology.read('customer-1', bytes), number)).toEqual(bytes);
    },
  );

  it('of an earlier release is read with the defaults of the fields added since', () => {
    const stored = layoutOf(2).encode(someCustomer(), POLICY.features);
    const read = newestInNext.decode('customer-1', stored) as NextState;
    expect(read.visits).toBe(0);
    expect((read.facts.read() as NextFacts).nickname).toBe('none');
    expect(newestInNext.encode(read, POLICY.features)).toEqual(stored);
  });

  it('of the release before can still be written, without what it has no place for', () => {
    const state = newestInNext.decode('customer-1', layoutOf(2).encode(someCustomer(), POLICY.features)) as NextState;
    state.visits = 7;
    (state.facts.change() as NextFacts).nickname = 'Jo';
    expect(newestInNext.encode(state, POLICY.features)).toEqual(layoutOf(2).encode(someCustomer(), POLICY.features));
  });

  it('is changed by reading one and writing the next, sections nobody touched included', () => {
    const read = newestInNext.decode('customer-1', layoutOf(2).encode(someCustomer(), POLICY.features)) as NextState;
    read.visits = 7;
    const again = nextInNext.decode('customer-1', nextInNext.encode(read, POLICY.features)) as NextState;
    expect(again.visits).toBe(7);
    expect((again.facts.read() as NextFacts).nickname).toBe('none');
    expect(again.facts.read()).toMatchObject(someCustomer().facts.read());
    expect(again.dealings.read()).toEqual(someCustomer().dealings.read());
  });

  it('of number 1 is read as the release that spoke it wrote it, with nothing of what came later', () => {
    const state = topology.read('customer-0', STORED_IN_1);
    expect(state.dealings.read()).toEqual(expect.objectContaining({ plans: [] }));
    expect(state.dealings.read().contacts).toMatchObject([
      { offer: 'save_plan', status: 'confirmed', rejectedAt: START + 2 * HOUR_MS, step: 'first', sentAt: 0 },
    ]);
    expect(state.dealings.read().enrolments).toMatchObject([
      { campaign: 'save_desk', arm: 'treated', revenueMinor: [] },
    ]);
    expect(topology.encode(state, 1)).toEqual(STORED_IN_1);
    state.dealings.change();
    expect(topology.encode(state, 1)).toEqual(STORED_IN_1);
  });

  it('of number 1 has the universal holdout as control, and no plans', () => {
    const state = topology.read('customer-0', STORED_IN_1);
    const { enrolments, plans } = state.dealings.change();
    enrolments.push({
      ...NEWLY_ENROLLED,
      ...UNSAID,
      campaign: 'universal',
      arm: 'holdout',
      at: START,
      revenueMinor: [],
    });
    plans.push(PLAN);
    const { enrolments: told, plans: untold } = topology.read('customer-0', topology.encode(state, 1)).dealings.read();
    expect([told.map(({ campaign, arm }) => `${campaign} ${arm}`), untold]).toEqual([
      ['save_desk treated', 'universal control'],
      [],
    ]);
    const kept = topology.read('customer-0', topology.encode(state, 2)).dealings.read();
    expect(kept).toEqual(state.dealings.read());
  });

  it('of number 1 leaves out households and who looks after the customer', () => {
    const world = createCustomerWorld(POLICY, 'customer-1');
    world.tell(world.event('HouseholdLinked', START, { householdId: 'h-1', role: 'payer' }));
    world.tell(world.event('AccountManagerAssigned', START, { managerId: 'm-1' }));
    const inOne = topology.read('customer-1', topology.encode(world.state, 1));
    expect(inOne.facts.read()).toMatchObject({ attributes: [], households: [] });
    const inTwo = topology.read('customer-1', topology.encode(world.state, 2));
    expect(inTwo.facts.read()).toEqual(world.state.facts.read());
    expect(inTwo.facts.read()).toMatchObject({ attributes: [{ value: 'm-1' }], households: [{ householdId: 'h-1' }] });
  });

  it('that this release does not know is neither read nor written', () => {
    expect(() => topology.read('customer-1', Buffer.from([STATE_LAYOUT + 1, 0]))).toThrow(`layout ${STATE_LAYOUT + 1}`);
    expect(() => topology.read('customer-1', Buffer.alloc(0))).toThrow('layout none');
    expect(() => topology.encode(someCustomer(), STATE_LAYOUT + 1)).toThrow(`layout ${STATE_LAYOUT + 1}`);
  });
});
