/** Both ends belong to it. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

const SEARCH_STEPS = 48;
const BISECTIONS = 30;

/**
 * Hull of the accepted points around `center`, which counts as accepted. Looked for from `[bound.lower, bound.upper]` inwards
 * in steps that shrink by the root of two towards the center, so that a gap among the accepted makes it wider, never narrower.
 */
export function hullAround(center: number, bound: Interval, isAccepted: (point: number) => boolean): Interval {
  return {
    lower: outermost(center, bound.lower, isAccepted),
    upper: outermost(center, bound.upper, isAccepted),
  };
}

function outermost(center: number, edge: number, isAccepted: (point: number) => boolean): number {
  let outside = edge;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const point = center + (edge - center) * 2 ** (-step / 2);
    if (isAccepted(point)) return step === 0 ? edge : crossing(point, outside, isAccepted);
    outside = point;
  }
  return center;
}

/** The last rejected point before the accepted ones: on the wide side of the limit. */
function crossing(accepted: number, rejected: number, isAccepted: (point: number) => boolean): number {
  let inside = accepted;
  let outside = rejected;
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (inside + outside) / 2;
    if (isAccepted(middle)) inside = middle;
    else outside = middle;
  }
  return outside;
}
