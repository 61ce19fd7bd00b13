/** Names of what is counted: a kind and the ids it is about. Ids have no bar in them. */
export function cellName(kind: CellKind, ...ids: readonly string[]): string {
  return [kind, ...ids].join('|');
}

export type CellKind =
  /** Trigger, what came of it (`fired` for all). */
  | 'trigger'
  /** Trigger, UTC day. */
  | 'trigger-day'
  /** Trigger, reason why nothing followed. */
  | 'suppressed'
  /** Campaign, `contact`, `control` or `holdout`. */
  | 'campaign'
  | 'campaign-day'
  /** Campaign, offer. */
  | 'offer'
  /** Campaign: minor units. */
  | 'cost'
  /** Campaign, reason why none of its offers could be made. */
  | 'lost'
  /** Customers whom a campaign would contact, were it alone. */
  | 'would'
  /** Campaign, campaign. */
  | 'overlap'
  | 'dead-letter'
  | 'late'
  | 'contacted'
  | 'decisions'
  | 'asked-again'
  | 'rerouted';

/** The ids of every name of a kind, sorted. */
export function idsOf(
  counts: Readonly<Record<string, number>>,
  kind: CellKind,
  ...first: readonly string[]
): string[][] {
  const prefix = `${cellName(kind, ...first)}|`;
  return Object.keys(counts)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => name.slice(prefix.length).split('|'));
}
