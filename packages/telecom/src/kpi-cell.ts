/** Who is counted. `shadow` is what a campaign in the shadow would have done. */
export type KpiArm = 'treated' | 'control' | 'holdout' | 'shadow' | '';

/** Where in a campaign's KPI hash something is counted. A text is '' where it does not apply. */
export interface KpiCell {
  /** UTC day, ISO 8601. */
  readonly day: string;
  readonly offer: string;
  readonly arm: KpiArm;
  /** Of a campaign with several variants (A/B/n), the one of the customer; the arm is `treated` then. */
  readonly variant: string;
  readonly channel: string;
  /** What is counted: the README of the package has the list. */
  readonly what: string;
}

/** A cell with what was added up in it, over any number of shards. */
export interface KpiFigure extends KpiCell {
  readonly value: number;
}

/** Where in the hash `learning` something is counted. */
export interface LearningCell {
  /** UTC day for which the contact was planned, ISO 8601: an acceptance is counted on the day of its contact. */
  readonly day: string;
  readonly offer: string;
  readonly segment: string;
  readonly what: 'treated' | 'accepted';
}

const SEPARATOR = '|';
const ARMS: readonly string[] = ['treated', 'control', 'holdout', 'shadow', ''] satisfies KpiArm[];
const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** Code of a reason in a cell: short and of few characters, since it may come from outside. */
const CODE_LENGTH = 32;

/** The name of the cell: `day|offer|arm|variant|channel|what`. */
export function kpiCell({ day, offer, arm, variant, channel, what }: KpiCell): string {
  return [day, offer, arm, variant, channel, what].map(part).join(SEPARATOR);
}

/** What a cell's name says; undefined when it is none, like the cells of decisions by play. */
export function parseKpiCell(text: string): KpiCell | undefined {
  const parts = text.split(SEPARATOR);
  const [day = '', offer = '', arm = '', variant = '', channel = '', what = ''] = parts;
  if (parts.length !== 6 || !DAY.test(day) || !isArm(arm) || what === '') return undefined;
  return { day, offer, arm, variant, channel, what };
}

/** The name of the cell: `day|offer|segment|what`. */
export function learningCell({ day, offer, segment, what }: LearningCell): string {
  return [day, offer, segment, what].map(part).join(SEPARATOR);
}

/** What a cell's name says; undefined when it is none of these. */
export function parseLearningCell(text: string): LearningCell | undefined {
  const parts = text.split(SEPARATOR);
  const [day = '', offer = '', segment = '', what = ''] = parts;
  if (parts.length !== 4 || !DAY.test(day) || (what !== 'treated' && what !== 'accepted')) return undefined;
  return { day, offer, segment, what };
}

/**
 * The figures of a campaign's KPI hash, as one shard stores it. A sum of squares comes in minor units squared: use this
 * instead of the stored number.
 */
export function kpiFigures(stored: Readonly<Record<string, number>>): readonly KpiFigure[] {
  return Object.entries(stored).flatMap(([text, count]) => {
    const cell = parseKpiCell(text);
    if (!cell) return [];
    return [{ ...cell, value: isScaled(cell.what) ? count * SQUARE_SCALE : count }];
  });
}

/** The same cells of several shards together. */
export function summedFigures(shards: readonly (readonly KpiFigure[])[]): readonly KpiFigure[] {
  const total = new Map<string, KpiFigure>();
  for (const figure of shards.flat()) {
    const key = kpiCell(figure);
    total.set(key, { ...figure, value: (total.get(key)?.value ?? 0) + figure.value });
  }
  return [...total.values()];
}

/**
 * The cell as a metric names it: of a campaign without what would make a new series every day. Undefined for what is no
 * count of events: amounts, and figures that are written when a horizon passes; and for what is counted by segment, as its
 * campaign has it too.
 */
export function kpiSeries(text: string): string | undefined {
  if (parseLearningCell(text)) return undefined;
  const cell = parseKpiCell(text);
  if (!cell) return text;
  if (cell.what === 'cost' || cell.what.includes('.')) return undefined;
  return `${cell.arm}${SEPARATOR}${cell.what}`;
}

/** UTC day, ISO 8601. */
export function kpiDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** A text from outside as a code: `Too expensive!` is `too_expensive`; '' when nothing of it can be said. */
export function kpiCode(text: string): string {
  const words = text.toLowerCase().match(/[a-z0-9-]+/g) ?? [];
  return words.join('_').slice(0, CODE_LENGTH);
}

/**
 * A stored number stays below 2^53, and squares of money would not: they are counted in ten thousands, which is one
 * currency unit squared where a unit has a hundred minor ones.
 */
export const SQUARE_SCALE = 10_000;

function isScaled(what: string): boolean {
  return what.startsWith('revenue_') && what.endsWith('.sq');
}

export function isArm(text: string): text is KpiArm {
  return ARMS.includes(text);
}

/** A text from outside may hold what separates the parts. */
function part(text: string): string {
  return text.includes(SEPARATOR) ? text.replaceAll(SEPARATOR, '_') : text;
}
