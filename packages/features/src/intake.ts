import { type FilterGates, type FilterGroup, filterGates } from './filter-gates.ts';
import { type Digest, type Feed, type Layout, type Measure, MOST_STEPS } from './plan.ts';
import type { Inbox } from './track-rows.ts';
import { hashOfValue } from './value-hash.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What one event brings, by track, for the points and for the digests. Filled anew by each `take`. */
export interface Intake {
  readonly tracks: readonly Inbox[];
  readonly points: Inbox;
  readonly digests: Inbox;
  /** Sorts the amounts of an event into the boxes; false when it has none for anybody. */
  take(eventType: string, event: Fields): boolean;
}

export function createIntake({ tracks, points, digests, feeds }: Layout): Intake {
  const byType = Map.groupBy(feeds, ({ filter }) => filter.from);
  const gatesByType = new Map([...byType].map(([type, ofType]) => [type, filterGates(ofType)]));
  const intake = {
    tracks: tracks.map(({ measures }) => createInbox(measures.length)),
    points: createInbox(points.length),
    digests: createInbox(digests.length),
  };
  return {
    ...intake,
    take(eventType, event) {
      for (const inbox of intake.tracks) inbox.count = 0;
      intake.points.count = 0;
      intake.digests.count = 0;
      const gates = gatesByType.get(eventType);
      return gates !== undefined && takeThrough(gates, event, intake);
    },
  };
}

type Boxes = Pick<Intake, 'tracks' | 'points' | 'digests'>;

function createInbox(width: number): Inbox {
  return { places: new Array<number>(width).fill(0), amounts: new Float64Array(width), count: 0 };
}

function takeThrough({ open, gates }: FilterGates, event: Fields, boxes: Boxes): boolean {
  let isAny = takeGroups(open, event, boxes);
  for (const { field, byValue } of gates) {
    const groups = byValue.get(event[field]);
    if (groups !== undefined && takeGroups(groups, event, boxes)) isAny = true;
  }
  return isAny;
}

function takeGroups(groups: readonly FilterGroup[], event: Fields, boxes: Boxes): boolean {
  let isAny = false;
  for (const { matches, feeds } of groups) {
    if (matches !== undefined && !matches(event)) continue;
    for (const { target } of feeds) if (takeOne(target, event, boxes)) isAny = true;
  }
  return isAny;
}

function takeOne(target: Feed['target'], event: Fields, { tracks, points, digests }: Boxes): boolean {
  switch (target.kind) {
    case 'measure':
      return put(tracks[target.track] as Inbox, target.measure.place, amountOf(target.measure, event));
    case 'point': {
      const { place, field, resolution } = target.point;
      return put(points, place, field === '' ? 0 : wholeSteps(event[field], resolution));
    }
    case 'digest':
      return put(digests, target.digest.place, digestAmount(target.digest, event));
  }
}

function put(inbox: Inbox, place: number, amount: number | undefined): boolean {
  if (amount === undefined) return false;
  inbox.places[inbox.count] = place;
  inbox.amounts[place] = amount;
  inbox.count += 1;
  return true;
}

/** The event's amount in whole steps; undefined when the field is absent or no number. */
function amountOf({ field, isCount, resolution }: Measure, event: Fields): number | undefined {
  if (field === '') return 1;
  const amount = wholeSteps(event[field], resolution);
  return isCount && amount !== undefined ? 1 : amount;
}

function digestAmount({ content, field, resolution }: Digest, event: Fields): number | undefined {
  return content === 'distinct' ? hashOfValue(event[field]) : wholeSteps(event[field], resolution);
}

/** An amount larger than what is kept of a tile is none: it would only be wrong. */
function wholeSteps(value: unknown, resolution: number): number | undefined {
  if (typeof value !== 'number') return undefined;
  const steps = resolution === 1 && Number.isInteger(value) ? value : Math.round(value * resolution);
  return steps <= MOST_STEPS && steps >= -MOST_STEPS ? steps : undefined;
}
