import type { BoundFeature, FilterEquality } from './model.ts';
import type { Feed } from './plan.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What is fed through one filter: it is asked once for all of it. */
export interface FilterGroup {
  /** Undefined where every event that comes here matches. */
  readonly matches: BoundFeature['matches'] | undefined;
  readonly feeds: readonly Feed[];
}

/** The filters of one event type, those that ask for one value of a field found by it. */
export interface FilterGates {
  readonly open: readonly FilterGroup[];
  readonly gates: readonly FilterGate[];
}

export interface FilterGate {
  readonly field: string;
  readonly byValue: ReadonlyMap<unknown, readonly FilterGroup[]>;
}

/** `feeds` of one event type. The text of a filter is all of it, so equal texts let the same events through. */
export function filterGates(feeds: readonly Feed[]): FilterGates {
  const groups = [...Map.groupBy(feeds, ({ filter }) => filter.where).values()].map(groupOf);
  const byField = Map.groupBy(groups, ({ only }) => only?.field);
  return {
    open: byField.get(undefined) ?? [],
    gates: [...byField].flatMap(([field, alike]) =>
      field === undefined ? [] : [{ field, byValue: Map.groupBy(alike, ({ only }) => only?.equals) }],
    ),
  };
}

function groupOf(feeds: readonly Feed[]): FilterGroup & { readonly only: FilterEquality | undefined } {
  const filter = feeds[0]?.filter;
  const only = filter?.only;
  const isAsked = filter !== undefined && filter.where !== '' && only?.isAll !== true;
  return { matches: isAsked ? (event: Fields) => filter.matches(event) : undefined, feeds, only };
}
