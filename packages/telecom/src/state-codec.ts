import type { FeatureSet } from '@holdfast/features';
import { type CustomerState, emptyActivity, noDealings, noFacts } from './customer-state.ts';
import { layoutOf } from './layouts.ts';
import { freshSection } from './section.ts';

/** A customer of whom nothing is known yet. */
export function createCustomerState(customerId: string): CustomerState {
  return { customerId, ...emptyActivity(), facts: freshSection(noFacts()), dealings: freshSection(noDealings()) };
}

/** The state in one of the layouts this release knows. Throws RangeError on another. */
export function encodeCustomerState(state: CustomerState, features: FeatureSet, layout: number): Buffer {
  return layoutOf(layout).encode(state, features);
}

/** Throws on a layout this release does not know: the shard's `minCodec` keeps such a reader from claiming. */
export function decodeCustomerState(customerId: string, bytes: Buffer): CustomerState {
  return layoutOf(bytes[0]).decode(customerId, bytes);
}
