import { describe, expect, it } from 'vitest';
import { compilePack, createCustomerWorld, DAY_MS, HOUR_MS, START, topologyOf } from '../test/customer-world.ts';
import { customerView } from './customer-view.ts';

const BEFORE = compilePack();
const ADDED = {
  'features.yaml': (text: string) =>
    text.replace(/^features:\n/m, 'features:\n  calls_2d: { from: UsageRecorded, count: true, window: 2d }\n'),
};
const AFTER = compilePack(ADDED);
const KNOWN = BEFORE.features.definitions[0]?.name ?? '';

/** A customer of ten days under the policy before, as stored. */
function livingCustomer(): Buffer {
  const world = createCustomerWorld(BEFORE, 'customer-1');
  for (let day = 0; day < 10; day++) world.tell(world.usage(START + day * DAY_MS));
  return topologyOf(BEFORE).encode(world.state, topologyOf(BEFORE).codecVersion);
}

const CHANGED = START + 10 * DAY_MS;

describe('a feature added to a customer who lives', () => {
  const stored = livingCustomer();
  const topology = topologyOf(AFTER);
  const world = createCustomerWorld(AFTER, 'customer-1');
  const view = (atMs: number) =>
    customerView('customer-1', topology.encode(world.state, topology.codecVersion), AFTER, atMs);

  it('cannot be read where nobody tells what his features were', () => {
    const view = () => customerView('customer-1', stored, compilePack(ADDED), CHANGED);
    expect(view).toThrow(/nobody described/);
  });

  it('is unknown and says that it does not count yet, while the others say since when they do', () => {
    topology.dictionary?.learn(topologyOf(BEFORE).dictionary?.entries ?? {});
    world.state = topology.read('customer-1', stored);
    expect(view(CHANGED).features).toMatchObject({ calls_2d: null });
    expect(view(CHANGED).countedSince).toMatchObject({ calls_2d: null, [KNOWN]: START });
  });

  it('counts from the first event after the change, whatever event time a late one has', () => {
    world.tell(world.usage(CHANGED - 3 * DAY_MS), 3 * DAY_MS + HOUR_MS);
    world.tell(world.usage(CHANGED - 9 * DAY_MS), 9 * DAY_MS + 2 * HOUR_MS);
    world.restart();
    world.tell(world.usage(CHANGED + 3 * HOUR_MS));
    expect(view(CHANGED + DAY_MS).countedSince).toMatchObject({ calls_2d: CHANGED + HOUR_MS, [KNOWN]: START });
    expect(view(CHANGED + DAY_MS).features).toMatchObject({ calls_2d: null });
  });

  it('has a value as soon as its window lies behind that time, and not before', () => {
    expect(view(CHANGED + HOUR_MS + 2 * DAY_MS - 1).features.calls_2d).toBeNull();
    expect(view(CHANGED + 3 * DAY_MS).features.calls_2d).toBeTypeOf('number');
  });
});
