import { draftLayout } from './layout-draft.ts';
import { DEFAULT_RESOLUTION } from './measures.ts';
import type { BoundFeature } from './model.ts';
import { type FeaturePlan, hashOf, type SetPlan } from './plan.ts';

const DAY_MS = 86_400_000;

/** @throws RangeError when a window is no multiple of its hop, or two features have one name or one identity */
export function planSet(bound: readonly BoundFeature[]): SetPlan {
  const ordered = bound.map((definition) => ({ definition, id: featureId(definition) })).sort((a, b) => a.id - b.id);
  refuseTwins(ordered);
  const [own, ofLine] = [draftLayout(), draftLayout()];
  const features = ordered.map(({ definition, id }, index): FeaturePlan => {
    const { resolution = DEFAULT_RESOLUTION, unitMs = DAY_MS } = definition;
    const isOfLine = definition.scope === 'line';
    const reading = (isOfLine ? ofLine : own).readingOf(definition, id);
    return { definition, index, id, reading, isOfLine, resolution, unitMs };
  });
  const hasLines = features.some(({ isOfLine }) => isOfLine);
  return { features, ...own.finish(), lines: hasLines ? ofLine.finish() : undefined };
}

/** Everything that makes the definition: a changed definition is a new feature. */
function featureId(definition: BoundFeature): number {
  const { name, from, aggregation, field, where, window, resolution, unitMs } = definition;
  const { part, against, streak, scope } = definition;
  // Told only where there are any: what was stored under an identity stays readable.
  const more = [part?.where, against, streak, scope === 'line' ? scope : undefined];
  const rest = more.some((one) => one !== undefined) ? more : [];
  return hashOf([name, from, aggregation, field, where, window, resolution, unitMs, ...rest]);
}

function refuseTwins(features: readonly { readonly id: number; readonly definition: BoundFeature }[]): void {
  const names = new Set<string>();
  for (const [index, { id, definition }] of features.entries()) {
    const before = features[index - 1];
    if (names.has(definition.name)) throw new RangeError(`two features have the name ${definition.name}`);
    if (before?.id === id) {
      throw new RangeError(`features ${before.definition.name} and ${definition.name} have one identity`);
    }
    names.add(definition.name);
  }
}
