import type { FeatureSet } from '@holdfast/features';
import type { CustomerState } from './customer-state.ts';

/** One way in which states are stored. */
export interface StateLayout {
  /** First byte of every state in it. */
  readonly number: number;
  /** The stored state, its first byte included. What the layout has no place for is left out. */
  encode(state: CustomerState, features: FeatureSet): Buffer;
  /** A state as it was stored in this layout. Throws when the bytes are not of it. */
  decode(customerId: string, bytes: Buffer): CustomerState;
}
