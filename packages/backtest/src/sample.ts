import type { DecisionMade } from '@holdfast/events';

/** The decisions of each trigger that a seed draws: equal seeds draw equal ones, whatever order they come in. */
export interface SampleDraw {
  offer(decision: DecisionMade): void;
  drawn(): readonly DecisionMade[];
}

export interface SampleOptions {
  readonly perTrigger: number;
  readonly seed: number;
}

export function createSampleDraw(options: SampleOptions): SampleDraw {
  const drawn = new Map<string, DecisionMade[]>();
  return {
    offer(decision) {
      const own = drawn.get(decision.trigger) ?? [];
      drawn.set(decision.trigger, own);
      own.push(decision);
      // Cut now and then: nearly all that are offered are not drawn.
      if (own.length > 2 * options.perTrigger + 50) drawn.set(decision.trigger, firstOf(own, options));
    },
    drawn: () => drawOf([...drawn.values()].flat(), options),
  };
}

/** Draws once more from what several draws have drawn. By trigger, then by lot. */
export function drawOf(decisions: readonly DecisionMade[], options: SampleOptions): readonly DecisionMade[] {
  const byTrigger = Map.groupBy(decisions, ({ trigger }) => trigger);
  return [...byTrigger.keys()].sort().flatMap((trigger) => firstOf(byTrigger.get(trigger) ?? [], options));
}

function firstOf(decisions: readonly DecisionMade[], { perTrigger, seed }: SampleOptions): DecisionMade[] {
  const lots = decisions.map((decision) => ({ decision, lot: lotOf(`${seed}/${decision.contactId}`) }));
  lots.sort((a, b) => a.lot - b.lot || (a.decision.contactId < b.decision.contactId ? -1 : 1));
  return lots.slice(0, perTrigger).map(({ decision }) => decision);
}

/** FNV-1a, 32 bits, with a last mix: ids that differ in one digit are to part. */
function lotOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}
