import type { Dealings, Enrolment, Facts } from './customer-state.ts';
import { createDirectLayout, createEarlierLayout } from './direct-layout.ts';
import type { StateLayout } from './layout.ts';
import { LAYOUT_1 } from './layout-1.ts';
import { LAYOUT_2 } from './layout-2.ts';

/**
 * Every layout this release reads and writes, oldest first. A layout never changes once released: a change is a new
 * one at the end, written only after `holdfast finalize-upgrade`; those before it are then read by Avro's resolution
 * into its schemas.
 */
const LAYOUTS: readonly StateLayout[] = [
  createEarlierLayout(1, LAYOUT_1, {
    present: LAYOUT_2,
    kept: { facts: withoutAccountManager, dealings: holdoutAsControl },
  }),
  createDirectLayout(2, LAYOUT_2),
];

/** Layout 1 has no word for who looks after the customer, and drops his households by itself. */
function withoutAccountManager(facts: Facts): Facts {
  return { ...facts, attributes: facts.attributes.filter(({ name }) => name !== 'accountManager') };
}

/** Layout 1 has one word for those who are not contacted. Left out, they would be enrolled, and counted, again and again. */
function holdoutAsControl(dealings: Dealings): Dealings {
  const enrolments = dealings.enrolments.map(
    (enrolment): Enrolment => (enrolment.arm === 'holdout' ? { ...enrolment, arm: 'control' } : enrolment),
  );
  return { ...dealings, enrolments };
}

const BY_NUMBER: ReadonlyMap<number, StateLayout> = new Map(LAYOUTS.map((layout) => [layout.number, layout]));

/** The newest layout: what a new installation begins with. */
export const STATE_LAYOUT: number = Math.max(...BY_NUMBER.keys());

/** @throws RangeError when this release does not know the layout */
export function layoutOf(number: number | undefined): StateLayout {
  const layout = number === undefined ? undefined : BY_NUMBER.get(number);
  if (layout) return layout;
  const known = [...BY_NUMBER.keys()].join(', ');
  throw new RangeError(`the customer state has layout ${number ?? 'none'}; this release knows layout ${known}`);
}
