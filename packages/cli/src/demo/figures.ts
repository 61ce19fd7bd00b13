/** What became of the decisions about one play. */
export interface PlayFigures {
  readonly play: string;
  readonly offers: number;
  /** Decisions without an offer, by reason. */
  readonly withheld: Readonly<Record<string, number>>;
}

const SEPARATOR = '|';

/** Takes the cells `trigger|outcome|why` apart, plays in alphabetical order. */
export function playFigures(decisions: Readonly<Record<string, number>>): readonly PlayFigures[] {
  const plays = new Map<string, { offers: number; withheld: Record<string, number> }>();
  for (const [cell, count] of Object.entries(decisions)) {
    const [play = '', outcome = '', why = ''] = cell.split(SEPARATOR);
    const figures = plays.get(play) ?? { offers: 0, withheld: {} };
    plays.set(play, figures);
    if (outcome === 'contact') figures.offers += count;
    else figures.withheld[why || outcome] = (figures.withheld[why || outcome] ?? 0) + count;
  }
  return [...plays].map(([play, figures]) => ({ play, ...figures })).sort((a, b) => (a.play < b.play ? -1 : 1));
}

export function totalOf(table: Readonly<Record<string, number>>): number {
  return Object.values(table).reduce((sum, n) => sum + n, 0);
}

/** Decisions by reason for which no offer was made, over all plays. */
export function suppressedBy(plays: readonly PlayFigures[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const { withheld } of plays) {
    for (const [why, count] of Object.entries(withheld)) total[why] = (total[why] ?? 0) + count;
  }
  return total;
}

/** The smallest of the values that at least `share` of them do not exceed; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
