import type { BoundFeature } from './model.ts';
import { COMBINE, type Combine, type EventFilter, hashOf, type Measure, type Span } from './plan.ts';
import { capacityFor, hopOf, spanBefore, spanOf } from './window-tiles.ts';

export const DEFAULT_RESOLUTION = 1024;
/** Windows before the running one that a rate is measured against when the definition does not say. */
const DEFAULT_AGAINST = 4;

/** A measure that a feature asks for, with the tiles it reads of it. */
export interface MeasureWish {
  readonly filter: EventFilter;
  readonly isCount: boolean;
  readonly span: Span;
}

/** What a feature kept in tiles reads: its total, and what that is divided by. */
export interface Wishes {
  readonly total: MeasureWish;
  readonly other?: MeasureWish;
}

/** How the aggregations are made of measures. @throws RangeError when a share has no part */
export function wishesOf(definition: BoundFeature): Wishes {
  const { aggregation, field } = definition;
  const span = spanOf(definition);
  const isCount = field === undefined || aggregation === 'count';
  const total: MeasureWish = { filter: definition, isCount, span };
  switch (aggregation) {
    case 'average':
      return { total, other: { ...total, isCount: true } };
    case 'share':
      return { total: { ...total, filter: partOf(definition) }, other: total };
    case 'rate':
      return { total, other: { ...total, span: spanBefore(span, againstOf(definition)) } };
    case 'streak':
      // The running tile, and as many that are over as the window has.
      return { total: { ...total, span: { ...span, lengthTiles: span.lengthTiles + 1 } } };
    default:
      return { total };
  }
}

function partOf({ name, from, part }: BoundFeature): EventFilter {
  if (part === undefined) throw new RangeError(`feature ${name}: a share needs its part`);
  return { ...part, from };
}

export function againstOf({ against = DEFAULT_AGAINST }: BoundFeature): number {
  return against;
}

/** `owner` is the feature's identity. */
export function measureOf(definition: BoundFeature, { filter, isCount, span }: MeasureWish, owner: number): Measure {
  const { field = '', aggregation, window, resolution = DEFAULT_RESOLUTION } = definition;
  const combine = isCount || !(aggregation in COMBINE) ? COMBINE.add : COMBINE[aggregation as 'min' | 'max'];
  const steps = isCount ? 1 : resolution;
  // What counts for ever cannot tell what came before a feature was added, so it is nobody else's.
  const onlyOf = window.kind === 'ever' ? owner : 0;
  const { from, where } = filter;
  return {
    id: hashOf([from, where, field, isCount, combine, steps, window.kind, hopOf(window), onlyOf]),
    combine,
    neutral: neutralOf(combine),
    field,
    isCount,
    resolution,
    place: 0,
    capacity: capacityFor(window, span),
    readers: [],
  };
}

/** By place: what each holds of a tile without events. */
export function neutralsOf(measures: readonly Measure[]): Float64Array {
  return Float64Array.from(measures, ({ neutral }) => neutral);
}

function neutralOf(combine: Combine): number {
  if (combine === COMBINE.add) return 0;
  return combine === COMBINE.min ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}
