import { LINE_FIELD } from '@holdfast/features';
import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { CompiledPolicy, CompiledTrigger } from './model.ts';
import { type Entry, keyPlaceOf } from './yaml-source.ts';

/** Warns of triggers that read a feature of a line where no line is at hand: it is unknown there, and never true. */
export function warnOfLines(
  { features, triggers }: Pick<CompiledPolicy, 'features' | 'triggers'>,
  entries: ReadonlyMap<string, Entry>,
  { events }: PolicyContract,
  report: Reporter,
): void {
  const ofLine = lineFeatures(features);
  for (const [id, trigger] of triggers) {
    const read = trigger.when.features.find((name) => ofLine.has(name));
    const entry = entries.get(id);
    if (read === undefined || entry === undefined || hasLine(trigger, events)) continue;
    const problem = `trigger "${id}" reads "${read}" of a line, and has no event with ${LINE_FIELD}`;
    report.warning(keyPlaceOf(entry), `${problem}: there it is unknown`);
  }
}

/**
 * Reports `crossed` over a feature of a line: a trigger has one latch for the customer, so that a quiet line would open what
 * a busy one has shut.
 */
export function refuseLineLatches(
  { features, derived, triggers }: Pick<CompiledPolicy, 'features' | 'derived' | 'triggers'>,
  entries: ReadonlyMap<string, Entry>,
  report: Reporter,
): void {
  const ofLine = lineFeatures(features);
  const isOfLine = (name: string): boolean =>
    [name, ...(derived.get(name)?.features ?? [])].some((one) => ofLine.has(one));
  for (const [id, { latches }] of triggers) {
    const latch = latches.find(({ feature }) => isOfLine(feature));
    const entry = entries.get(id);
    if (latch === undefined || entry === undefined) continue;
    const problem = `crossed cannot look at "${latch.feature}", a feature of a line: a trigger has one latch for all lines`;
    report.error(keyPlaceOf(entry), `${problem}; compare it, with occasion: event.${LINE_FIELD}`);
  }
}

function lineFeatures({ definitions }: CompiledPolicy['features']): ReadonlySet<string> {
  return new Set(definitions.filter(({ scope }) => scope === 'line').map(({ name }) => name));
}

function hasLine({ on }: CompiledTrigger, events: PolicyContract['events']): boolean {
  return on !== undefined && events[on]?.[LINE_FIELD] !== undefined;
}
