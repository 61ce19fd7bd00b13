import type { BoundFeature, Window } from '@holdfast/features';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const T0 = 20_000 * DAY;
const MINUTE = 60_000;
const CYCLE = 30 * DAY;
/** Tiles that are kept beyond a window. */
const SLACK_TILES = 2;

/** An event as the tests tell it. */
export interface Use {
  readonly id: number;
  readonly atMs: number;
  /** A quarter is a whole number of steps: sums have no rounding that could differ. */
  readonly amount: number | null;
  readonly place: string;
  readonly isData: boolean;
  readonly isAbroad: boolean;
  readonly subscriptionId: string;
}

export const cycleOf = (atMs: number): number => Math.floor(atMs / CYCLE) * CYCLE;

type Filter = Pick<BoundFeature, 'where' | 'matches'>;
const isData: Filter = { where: 'isData', matches: (event) => event.isData === true };
const isDataAbroad: Filter = {
  where: '(isData) && (isAbroad)',
  matches: (event) => event.isData === true && event.isAbroad === true,
};

const WINDOWS: readonly Window[] = [
  { kind: 'sliding', lengthMs: DAY, hopMs: HOUR, offsetMs: 0 },
  { kind: 'sliding', lengthMs: 6 * DAY, hopMs: DAY, offsetMs: 3 * DAY },
  { kind: 'sliding', lengthMs: 4 * DAY, hopMs: DAY, offsetMs: 0 },
  { kind: 'cycle' },
  { kind: 'ever' },
];

type Shape = Partial<BoundFeature> & Pick<BoundFeature, 'aggregation'>;
const SHAPES: readonly Shape[] = [
  { aggregation: 'count' },
  { aggregation: 'sum', field: 'amount' },
  { aggregation: 'min', field: 'amount' },
  { aggregation: 'max', field: 'amount' },
  { aggregation: 'average', field: 'amount' },
  { aggregation: 'first', field: 'amount' },
  { aggregation: 'last', field: 'amount' },
  { aggregation: 'distinct', field: 'place' },
  { aggregation: 'elapsedSince', unitMs: HOUR },
  { aggregation: 'share', part: isDataAbroad },
  { aggregation: 'share', field: 'amount', part: isDataAbroad },
  { aggregation: 'rate', against: 3 },
  { aggregation: 'rate', field: 'amount', against: 2 },
  { aggregation: 'streak', streak: 'active' },
  { aggregation: 'streak', streak: 'quiet' },
];

/** Every aggregation over every window that it can have. */
export const DEFINITIONS: readonly BoundFeature[] = SHAPES.flatMap((shape, place) =>
  WINDOWS.filter((window) => suits(shape, window)).map((window) => ({
    name: `${shape.aggregation}_${place}_${nameOf(window)}`,
    from: 'Use',
    ...isData,
    window,
    ...shape,
  })),
);

/** The same of each line. */
export const LINE_DEFINITIONS: readonly BoundFeature[] = DEFINITIONS.map((definition) => ({
  ...definition,
  name: `line_${definition.name}`,
  scope: 'line',
}));

function suits({ aggregation }: Shape, window: Window): boolean {
  if (aggregation === 'rate') return window.kind === 'sliding';
  if (aggregation === 'streak') return window.kind === 'sliding' && window.offsetMs === 0;
  return aggregation !== 'elapsedSince' || window.kind === 'ever';
}

function nameOf(window: Window): string {
  return window.kind === 'sliding' ? `${window.lengthMs / HOUR}h_${window.offsetMs / HOUR}h` : window.kind;
}

/** What the raw events come to: the value, and whether a feature may say that it does not know. */
export interface Recount {
  readonly value: number | undefined;
  /** The window was covered, and no tile of it can have been dropped. */
  readonly isKnown: boolean;
}

export interface Moment {
  readonly asOfMs: number;
  /** The line at hand. */
  readonly line?: string | undefined;
}

/** The value of a definition from all events there were, by going through them. */
export function recount(definition: BoundFeature, uses: readonly Use[], { asOfMs, line }: Moment): Recount {
  const { window, aggregation, scope } = definition;
  const isOfScope = (use: Use): boolean => scope !== 'line' || use.subscriptionId === line;
  const own = uses.filter((use) => definition.matches({ ...use }) && isOfScope(use));
  const spans = spansOf(definition);
  const [inWindow = [], inOther = []] = spans.map((span) => own.filter(({ atMs }) => isIn(window, span, atMs, asOfMs)));
  const value = valueIn(definition, inWindow, inOther, { own, asOfMs });
  const reach = Math.max(...spans.map(({ length, offset }) => length + offset));
  const isLate =
    isPoint(definition) && own.some(({ atMs, amount }) => atMs > asOfMs && (aggregation !== 'last' || amount !== null));
  const isKept =
    window.kind === 'cycle'
      ? areCyclesKept(own, asOfMs)
      : newestOf(own) - asOfMs <= SLACK_TILES * hopOf(window) - hopOf(window);
  const isKnown = isCovered(window, uses, asOfMs, reach) && (window.kind === 'ever' ? !isLate : isKept);
  return { value, isKnown };
}

interface Span {
  readonly length: number;
  readonly offset: number;
}

/** In ms: of the value, and of what it is compared with. */
function spansOf({ window, aggregation, against = 4 }: BoundFeature): readonly Span[] {
  if (window.kind !== 'sliding') return [{ length: 0, offset: 0 }];
  const { lengthMs: length, offsetMs: offset, hopMs } = window;
  if (aggregation === 'streak') return [{ length: length + hopMs, offset }];
  const own = { length, offset };
  return aggregation === 'rate' ? [own, { length: against * length, offset: offset + length }] : [own];
}

function hopOf(window: Window): number {
  return window.kind === 'sliding' ? window.hopMs : 0;
}

function isIn(window: Window, { length, offset }: Span, atMs: number, asOfMs: number): boolean {
  if (window.kind === 'ever') return true;
  if (window.kind === 'cycle') return cycleOf(atMs) === cycleOf(asOfMs);
  const end = (Math.floor(asOfMs / window.hopMs) + 1) * window.hopMs - offset;
  return atMs >= end - length && atMs < end;
}

function isCovered(window: Window, uses: readonly Use[], asOfMs: number, reach: number): boolean {
  if (uses.length === 0) return false;
  const since = Math.floor(Math.min(...uses.map(({ atMs }) => atMs)) / MINUTE) * MINUTE;
  if (window.kind === 'ever') return true;
  return window.kind === 'cycle' ? cycleOf(asOfMs) >= since : asOfMs - reach >= since;
}

function areCyclesKept(own: readonly Use[], asOfMs: number): boolean {
  const later = new Set(own.map(({ atMs }) => cycleOf(atMs)).filter((cycle) => cycle > cycleOf(asOfMs)));
  return later.size < 2;
}

function newestOf(own: readonly Use[]): number {
  return Math.max(...own.map(({ atMs }) => atMs), Number.NEGATIVE_INFINITY);
}

function isPoint({ aggregation, window }: BoundFeature): boolean {
  return (
    aggregation === 'elapsedSince' || (window.kind === 'ever' && (aggregation === 'last' || aggregation === 'first'))
  );
}

function valueIn(
  definition: BoundFeature,
  inWindow: readonly Use[],
  inOther: readonly Use[],
  { own, asOfMs }: { readonly own: readonly Use[]; readonly asOfMs: number },
): number | undefined {
  const isBefore = ({ atMs }: Use): boolean => !isPoint(definition) || atMs <= asOfMs;
  const dated = inWindow.filter(({ amount }) => amount !== null).filter(isBefore);
  const amounts = amountsOf(dated);
  const ordered = [...dated].sort((a, b) => a.atMs - b.atMs || Number(a.amount) - Number(b.amount));
  const part = inWindow.filter((use) => definition.part?.matches({ ...use }));
  const of = (uses: readonly Use[]): number => (definition.field === undefined ? uses.length : sum(amountsOf(uses)));
  switch (definition.aggregation) {
    case 'count':
      return inWindow.length;
    case 'sum':
      return sum(amounts);
    case 'min':
      return amounts.length === 0 ? undefined : Math.min(...amounts);
    case 'max':
      return amounts.length === 0 ? undefined : Math.max(...amounts);
    case 'average':
      return quotient(sum(amounts), amounts.length);
    case 'first':
      return ordered[0]?.amount ?? undefined;
    case 'last':
      return ordered.at(-1)?.amount ?? undefined;
    case 'distinct':
      return new Set(inWindow.map(({ place }) => place)).size;
    case 'elapsedSince': {
      const newest = newestOf(inWindow.filter(isBefore));
      return Number.isFinite(newest) ? (asOfMs - newest) / HOUR : undefined;
    }
    case 'share':
      return quotient(of(part), of(inWindow));
    case 'rate':
      return quotient(of(inWindow) * (definition.against ?? 4), of(inOther));
    case 'streak':
      return streakOf(definition, own, asOfMs);
  }
}

const amountsOf = (uses: readonly Use[]): readonly number[] =>
  uses.flatMap(({ amount }) => (amount === null ? [] : [amount]));
const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
const quotient = (total: number, of: number): number | undefined => (of === 0 ? undefined : total / of);

/** Tile by tile back from the running one. */
function streakOf({ window, streak }: BoundFeature, own: readonly Use[], asOfMs: number): number {
  if (window.kind !== 'sliding') return 0;
  const { hopMs, lengthMs } = window;
  const running = Math.floor(asOfMs / hopMs);
  const isActive = (tile: number): boolean => own.some(({ atMs }) => Math.floor(atMs / hopMs) === tile);
  if (streak === 'quiet' && isActive(running)) return 0;
  let tile = isActive(running) ? running : running - 1;
  let length = 0;
  for (; length < lengthMs / hopMs && isActive(tile) === (streak === 'active'); tile -= 1) length += 1;
  return length;
}
