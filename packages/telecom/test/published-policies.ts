import type { CompiledPolicy } from '@holdfast/policy';
import { type CustomerWorld, createCustomerWorld, DAY_MS, type PackChanges, START } from './customer-world.ts';

/** After ten days of a customer's life. */
export const PUBLISHED = START + 10 * DAY_MS;

/** The pack with a text of its triggers replaced. */
export const triggerText = (from: string, to: string): PackChanges => ({
  'triggers.yaml': (text) => {
    if (!text.includes(from)) throw new Error(`the pack has no ${from}`);
    return text.replace(from, to);
  },
});

/** A customer who uses his line once a day for ten days. */
export function customerOf(policy: CompiledPolicy): CustomerWorld {
  const world = createCustomerWorld(policy, 'customer-1');
  world.tell(world.activated(START - 60 * DAY_MS));
  for (let day = 0; day < 10; day++) world.tell(world.usage(START + day * DAY_MS));
  return world;
}

export const triggersOf = ({ decisions }: CustomerWorld) => decisions.map(({ trigger }) => trigger);
