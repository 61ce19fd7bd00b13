import type { CompiledPolicy } from '@holdfast/policy';
import { decodeCustomerState } from './state-codec.ts';

/**
 * Whether a stored state can be read under a policy: the set that wrote its features has been told of. Throws RangeError on a
 * layout of a later release.
 */
export function isReadable(stateBytes: Buffer, { features }: CompiledPolicy): boolean {
  const { bytes, from, to } = decodeCustomerState('', stateBytes).features;
  return features.knows(bytes, from, to);
}
