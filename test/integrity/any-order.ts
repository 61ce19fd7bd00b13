import type { Topology } from '@holdfast/engine';
import { type CustomerEvent, type CustomerState, customerView } from '@holdfast/telecom';
import { createChance } from './chance.ts';
import type { CleanFold, FoldedEvent } from './clean-fold.ts';
import type { Rules } from './evidence.ts';

/**
 * Customers whose features are others when their events are folded in another order: counts, sums and times of last use
 * must not know in which order events came, nor how the faults mixed the partitions. Features of the billing cycle are
 * left out, they depend on the day the line had when an event came.
 */
export function dependentOnOrder(fold: CleanFold<CustomerState, CustomerEvent>, rules: Rules, seed: number): string[] {
  const chance = createChance(seed);
  const { policy, topology } = rules;
  const names = policy.features.definitions.filter(({ window }) => window.kind !== 'cycle').map(({ name }) => name);
  const asOfMs = latestOf(fold);
  return [...fold.folded].flatMap(([id, events]) => {
    const [there, shuffled] = [
      featuresAfter(topology, id, events),
      featuresAfter(topology, id, chance.shuffled(events)),
    ];
    if (!there || !shuffled) return [];
    const [a, b] = [there, shuffled].map((state) => customerView(id, state, policy, asOfMs).features);
    const wrong = names.filter((name) => a?.[name] !== b?.[name]);
    return wrong.map((name) => `${name} of ${id} is ${a?.[name]} in one order and ${b?.[name]} in another`);
  });
}

/** The state after the events alone, encoded; undefined when one of them came too late to be counted in this order. */
function featuresAfter(
  topology: Topology<CustomerState, CustomerEvent>,
  id: string,
  events: readonly FoldedEvent<CustomerEvent>[],
): Buffer | undefined {
  const state = topology.create(id);
  for (const { event, identity, isLate, appendTime } of events) {
    const context = {
      entityId: id,
      partition: 0,
      partitionCount: 1,
      nowMs: appendTime,
      watermark: () => undefined,
      tally: () => 0,
      setting: () => undefined,
    };
    if (topology.step(state, { kind: 'event', event, identity, isLate }, context).late === 'set-aside')
      return undefined;
  }
  return topology.encode(state, topology.codecVersion);
}

function latestOf(fold: CleanFold<CustomerState, CustomerEvent>): number {
  let latest = 0;
  for (const events of fold.folded.values()) {
    for (const { appendTime } of events) latest = Math.max(latest, appendTime);
  }
  return latest;
}
