import type { ChannelPlan } from '@holdfast/policy';
import type { ShardStanding } from './standing.ts';

/** Beginning of the slot of a channel that a time falls into, ms; undefined where the channel takes all. */
export function slotOf({ capacity }: Pick<ChannelPlan, 'capacity'>, atMs: number): number | undefined {
  return capacity === undefined ? undefined : Math.floor(atMs / capacity.perMs) * capacity.perMs;
}

/** The first moment of the next slot where the one of `atMs` is full; undefined where there is room. */
export function fullUntil(channel: ChannelPlan, atMs: number, standing: ShardStanding): number | undefined {
  const slotMs = slotOf(channel, atMs);
  if (channel.capacity === undefined || slotMs === undefined) return undefined;
  return standing.slotsLeft(channel.id, slotMs) >= 1 ? undefined : slotMs + channel.capacity.perMs;
}
