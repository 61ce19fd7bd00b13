import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { CompiledTrigger } from './model.ts';
import { isTimed } from './timed-trigger.ts';
import { type Entry, keyPlaceOf } from './yaml-source.ts';

/**
 * What a customer's state remembers is bounded: names of events that triggers wait for, and timers that had their turn.
 * A policy that needs more would forget at random, so it is refused at the trigger that goes beyond.
 */
export function checkLimits(
  triggers: ReadonlyMap<string, CompiledTrigger>,
  entries: ReadonlyMap<string, Entry>,
  { limits }: PolicyContract,
  report: Reporter,
): void {
  if (limits === undefined) return;
  const names = new Set<string>();
  let timed = 0;
  for (const [id, trigger] of triggers) {
    const place = entries.get(id);
    const before = names.size;
    for (const name of awaitedBy(trigger)) names.add(name);
    if (isTimed(trigger)) timed += 1;
    if (place === undefined) continue;
    if (before <= limits.awaited && names.size > limits.awaited) {
      const advice = 'wait for fewer event types, or count them in a feature';
      report.error(
        keyPlaceOf(place),
        `with this trigger ${names.size} kinds of events are waited for, a customer's state remembers ${limits.awaited}: ${advice}`,
      );
    }
    if (isTimed(trigger) && timed === limits.timed + 1) {
      report.error(
        keyPlaceOf(place),
        `this is timer ${timed} of the policy, a customer's state keeps ${limits.timed} apart: use fewer absences, sequences without and schedules`,
      );
    }
  }
}

function awaitedBy({ absence, sequence }: CompiledTrigger): readonly string[] {
  if (absence !== undefined) return [absence.of];
  return sequence?.without === undefined ? [] : [sequence.first.key, sequence.without];
}
