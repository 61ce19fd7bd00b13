import { bitmapBytes } from './bitmap.ts';
import { DEFAULT_RESOLUTION, type MeasureWish, measureOf, neutralsOf, wishesOf } from './measures.ts';
import type { BoundFeature, Window } from './model.ts';
import {
  type Digest,
  type Feed,
  hashOf,
  type Layout,
  type Measure,
  type Point,
  type Reading,
  type TileUse,
  type Track,
} from './plan.ts';
import { capacityFor, hopOf, spanOf } from './window-tiles.ts';

/** What is kept for one owner, while it is put together. */
export interface LayoutDraft {
  /** Makes room for what the feature reads, where nothing that is there will do. */
  readingOf(definition: BoundFeature, id: number): Reading;
  finish(): Layout;
}

interface TrackDraft {
  readonly kind: Window['kind'];
  readonly hopMs: number;
  readonly measures: Map<number, Measure>;
  readonly uses: TileUse[];
}

export function draftLayout(): LayoutDraft {
  const drafts = new Map<string, TrackDraft>();
  const feeds: Feed[] = [];
  const points: Point[] = [];
  const digests: Digest[] = [];
  return {
    readingOf(definition, id) {
      if (isPoint(definition)) return pointReading(definition, id);
      return isDigest(definition) ? digestReading(definition, id) : tileReading(definition, id);
    },
    finish: () => ({ feeds, points, digests, tracks: [...drafts.values()].map(trackOf) }),
  };

  function pointReading(definition: BoundFeature, id: number): Reading {
    const field = definition.aggregation === 'last' ? (definition.field ?? '') : '';
    const resolution = definition.resolution ?? DEFAULT_RESOLUTION;
    const point = { id, field, resolution, place: points.length, readers: [definition.name] };
    points.push(point);
    feeds.push({ filter: definition, target: { kind: 'point', point } });
    return { kind: 'point', point: point.place };
  }

  function digestReading(definition: BoundFeature, owner: number): Reading {
    const span = spanOf(definition);
    const candidate = digestOf(definition, owner, digests.length);
    const known = digests.find(({ id }) => id === candidate.id);
    const digest = known ?? candidate;
    if (!known) {
      digests.push(digest);
      feeds.push({ filter: definition, target: { kind: 'digest', digest } });
    }
    digest.capacity = Math.max(digest.capacity, candidate.capacity);
    digest.readers.push(definition.name);
    return { kind: 'digest', digest: digest.place, span };
  }

  function tileReading(definition: BoundFeature, id: number): Reading {
    const { window } = definition;
    const hopMs = hopOf(window);
    const key = `${window.kind} ${hopMs}`;
    const draft: TrackDraft = drafts.get(key) ?? { kind: window.kind, hopMs, measures: new Map(), uses: [] };
    drafts.set(key, draft);
    const track = [...drafts.keys()].indexOf(key);
    const use = (wish: MeasureWish): number => {
      const measure = measureIn(draft, track, definition, { wish, owner: id });
      return draft.uses.push({ measure, ...wish.span }) - 1;
    };
    const wishes = wishesOf(definition);
    const total = use(wishes.total);
    if (definition.aggregation === 'streak') return { kind: 'streak', track, total };
    return { kind: 'tiles', track, total, other: wishes.other === undefined ? undefined : use(wishes.other) };
  }

  function measureIn(
    draft: TrackDraft,
    track: number,
    definition: BoundFeature,
    { wish, owner }: { readonly wish: MeasureWish; readonly owner: number },
  ): Measure {
    const candidate = measureOf(definition, wish, owner);
    const known = draft.measures.get(candidate.id);
    const measure = known ?? candidate;
    draft.measures.set(measure.id, measure);
    if (!known) feeds.push({ filter: wish.filter, target: { kind: 'measure', track, measure } });
    measure.capacity = Math.max(measure.capacity, candidate.capacity);
    if (!measure.readers.includes(definition.name)) measure.readers.push(definition.name);
    return measure;
  }
}

/** The newest event of all needs no tiles. */
function isPoint({ aggregation, window }: BoundFeature): boolean {
  return aggregation === 'elapsedSince' || (aggregation === 'last' && window.kind === 'ever');
}

function isDigest({ aggregation }: BoundFeature): boolean {
  return aggregation === 'first' || aggregation === 'last' || aggregation === 'distinct';
}

function digestOf(definition: BoundFeature, owner: number, place: number): Digest {
  const { from, where, field = '', aggregation, window, resolution = DEFAULT_RESOLUTION } = definition;
  const content = aggregation as Digest['content'];
  const hopMs = hopOf(window);
  const steps = content === 'distinct' ? 1 : resolution;
  const onlyOf = window.kind === 'ever' ? owner : 0;
  return {
    id: hashOf(['digest', from, where, field, content, steps, window.kind, hopMs, onlyOf]),
    content,
    kind: window.kind,
    hopMs,
    field,
    resolution,
    place,
    capacity: capacityFor(window, spanOf(definition)),
    readers: [],
  };
}

function trackOf({ kind, hopMs, measures: found, uses }: TrackDraft): Track {
  const measures = [...found.values()].sort((left, right) => left.id - right.id);
  for (const [place, measure] of measures.entries()) measure.place = place;
  return {
    kind,
    hopMs,
    measures,
    neutrals: neutralsOf(measures),
    uses,
    usesOf: measures.map((measure) => uses.flatMap((use, index) => (use.measure === measure ? [index] : []))),
    bitmapBytes: bitmapBytes(measures.length),
    rows: measures.reduce((most, { capacity }) => Math.max(most, capacity), 0),
  };
}
