import type { ChannelPlan } from '@holdfast/policy';

type Capacity = NonNullable<ChannelPlan['capacity']>;

/**
 * Contacts that a shard may put into a slot. What does not divide evenly goes round from slot to slot, so that all shards
 * together fill each slot, and each has its turn where there are fewer places than shards.
 */
export function placesIn(
  { max, perMs }: Capacity,
  slotMs: number,
  { partition, partitionCount }: { readonly partition: number; readonly partitionCount: number },
): number {
  const slot = Math.floor(slotMs / perMs);
  const turn = (((partition + slot) % partitionCount) + partitionCount) % partitionCount;
  return Math.floor(max / partitionCount) + (turn < max % partitionCount ? 1 : 0);
}
