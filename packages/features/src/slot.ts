import type { Aggregation, BoundFeature, FeatureSlot, Window } from './model.ts';

/** Tiles kept beyond the window, so that a value as of a little before the newest event is still known. */
export const SLACK_TILES = 2;
/** The running cycle and the one before, for events that come late. */
const CYCLES_KEPT = 2;
const DEFAULT_RESOLUTION = 1024;
const DAY_MS = 86_400_000;

/** A definition with everything the fold needs worked out once. */
export interface SlotPlan {
  readonly definition: BoundFeature;
  readonly index: number;
  readonly id: number;
  readonly aggregation: Aggregation;
  readonly window: Window;
  /** Field read, '' for none. */
  readonly field: string;
  readonly resolution: number;
  readonly unitMs: number;
  /** What an empty tile holds. */
  readonly neutral: number;
  readonly capacity: number;
  readonly hopMs: number;
  readonly offsetTiles: number;
  readonly lengthTiles: number;
}

export function planSlot(definition: BoundFeature, index: number): SlotPlan {
  const { window, aggregation } = definition;
  const hopMs = window.kind === 'sliding' ? window.hopMs : 1;
  const lengthTiles = window.kind === 'sliding' ? wholeTiles(definition.name, window.lengthMs, hopMs) : 1;
  const offsetTiles = window.kind === 'sliding' ? wholeTiles(definition.name, window.offsetMs, hopMs) : 0;
  return {
    definition,
    index,
    id: slotId(definition),
    aggregation,
    window,
    field: definition.field ?? '',
    resolution: definition.resolution ?? DEFAULT_RESOLUTION,
    unitMs: definition.unitMs ?? DAY_MS,
    neutral: neutralOf(aggregation),
    capacity: capacityOf(window, lengthTiles + offsetTiles),
    hopMs,
    offsetTiles,
    lengthTiles,
  };
}

export function emptySlot(plan: SlotPlan, newest: number): FeatureSlot {
  const counted = plan.aggregation === 'average';
  return { newest, older: 0, values: [plan.neutral], counts: counted ? [0] : undefined };
}

/** FNV-1a over everything that makes the definition: a changed definition is a new feature. */
export function slotId(definition: BoundFeature): number {
  const { name, from, aggregation, field, where, window, resolution, unitMs } = definition;
  const text = JSON.stringify([name, from, aggregation, field, where, window, resolution, unitMs]);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

function wholeTiles(name: string, ms: number, hopMs: number): number {
  const tiles = ms / hopMs;
  if (!Number.isInteger(tiles) || hopMs <= 0) {
    throw new RangeError(`feature ${name}: window and offset must be multiples of the hop`);
  }
  return tiles;
}

function neutralOf(aggregation: Aggregation): number {
  if (aggregation === 'min') return Number.POSITIVE_INFINITY;
  return aggregation === 'max' || aggregation === 'last' ? Number.NEGATIVE_INFINITY : 0;
}

function capacityOf(window: Window, tiles: number): number {
  if (window.kind === 'sliding') return tiles + SLACK_TILES;
  return window.kind === 'cycle' ? CYCLES_KEPT : 1;
}
