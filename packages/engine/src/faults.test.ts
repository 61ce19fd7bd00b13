import { createEngineWorld, type EngineWorld, TALLY_DECISIONS, type Tally } from '@holdfast/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const CUSTOMERS = ['alice', 'bob', 'carol'];

type Action =
  | { readonly kind: 'send'; readonly customer: number; readonly decide: boolean; readonly topic: 'in.a' | 'in.b' }
  | { readonly kind: 'advance'; readonly ms: number }
  | { readonly kind: 'disconnect' | 'move' | 'produce-lost' | 'produce-unanswered' | 'queue-away' | 'silence' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      customer: fc.nat(CUSTOMERS.length - 1),
      decide: fc.boolean(),
      topic: fc.constantFrom('in.a' as const, 'in.b' as const),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'disconnect',
        'move',
        'produce-lost',
        'produce-unanswered',
        'queue-away',
        'silence' as const,
      ),
    }),
  },
);

interface Run {
  readonly world: EngineWorld;
  readonly sent: { customer: string; id: string; decide: boolean }[];
  readonly unanswered: number;
}

/** Plays a schedule against the real engine, then stops all faults and lets everything come to rest. */
async function play(schedule: readonly Action[], faultEvery: number): Promise<Run> {
  let calls = 0;
  const world = createEngineWorld({
    partitions: 2,
    // Workers come and go here for no fault of a record.
    engine: { quarantineAfter: Number.MAX_SAFE_INTEGER },
    store: {
      fault: () => {
        calls += 1;
        if (!isFaulty || calls % faultEvery !== 0) return undefined;
        return { kind: calls % (2 * faultEvery) === 0 ? 'lost-reply' : 'lost-request' };
      },
    },
  });
  let isFaulty = true;
  let owner = 'w1';
  let isSilent = false;
  let unanswered = 0;
  const sent: Run['sent'] = [];
  await world.worker('w1');
  await world.worker('w2');
  world.broker.assign({ w1: [0, 1] });
  for (const step of schedule) {
    if (step.kind === 'advance') await world.clock.advance(step.ms);
    if (step.kind === 'send') {
      const event = { customer: CUSTOMERS[step.customer] ?? '', id: `e${sent.length}`, decide: step.decide };
      sent.push(event);
      const { customer, id } = event;
      world.send(
        { id, customerId: customer, amount: 1, ...(step.decide ? { decide: id } : {}) },
        { topic: step.topic },
      );
    }
    if (step.kind === 'disconnect') world.store.disconnectAll();
    if (step.kind === 'move') {
      owner = owner === 'w1' ? 'w2' : 'w1';
      world.broker.assign({ [owner]: [0, 1] });
    }
    if (step.kind === 'produce-lost') world.broker.failProduce(1, 'before');
    if (step.kind === 'produce-unanswered') {
      unanswered += 1;
      world.broker.failProduce(1, 'after');
    }
    if (step.kind === 'queue-away') world.queue.setStopped(true);
    if (step.kind === 'silence') {
      isSilent = !isSilent;
      world.broker.silence('in.b', isSilent);
    }
  }
  isFaulty = false;
  world.broker.failProduce(0, 'before');
  world.broker.silence('in.b', false);
  world.queue.setStopped(false);
  await world.settle();
  return { world, sent, unanswered };
}

async function check({ world, sent, unanswered }: Run): Promise<void> {
  const clean = world.cleanFold();
  for (const customer of CUSTOMERS) {
    const mine = sent.filter((event) => event.customer === customer);
    const state = await world.state(customer);
    expect(state?.total ?? 0).toBe(mine.length);
    expect([...(state?.seen ?? [])].sort()).toEqual(mine.map((event) => event.id).sort());
    // An adoption may have come before the fold of its own event: who was contacted is the same.
    expect(contacts(state)).toEqual(contacts(clean.get(customer)));
    expect(state?.seen ?? []).toEqual(clean.get(customer)?.seen ?? []);
  }
  const decided = sent.filter((event) => event.decide).map((event) => `c-${event.customer}-${event.id}`);
  expect([...world.queue.jobs.keys()].sort()).toEqual(decided.sort());
  const logged = [0, 1].flatMap((partition) =>
    world.broker
      .records(TALLY_DECISIONS, partition)
      .slice(1)
      .map((record) => JSON.parse(String(record.value)).id),
  );
  expect([...new Set(logged)].sort()).toEqual(decided.sort());
  // Only a produce that was executed and not answered may put a batch into the log a second time.
  if (unanswered === 0) expect(logged.length).toBe(decided.length);
  expect(world.stops).toEqual([]);
}

const contacts = (state: Tally | null | undefined) => Object.keys(state?.contacts ?? {}).sort();

describe('under any schedule of faults', () => {
  it('every event counts once, states equal the fold of the journal, every decision is one job', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 3, max: 40 }),
        async (schedule, faultEvery) => {
          const run = await play(schedule, faultEvery);
          try {
            await check(run);
          } finally {
            await run.world.close();
          }
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);
});
