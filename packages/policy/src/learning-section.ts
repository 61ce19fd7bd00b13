import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler } from './expression.ts';
import { EXPLORATION, LEARNING } from './learning-language.ts';
import {
  DEFAULT_LEARNING,
  type Exploration,
  type Learning,
  type LearningSegment,
  NO_EXPLORATION,
  OTHER_SEGMENT,
} from './learning-model.ts';
import { type FieldReader, readFields } from './reader.ts';
import { type Entry, keyPlaceOf, mapEntries, placeOf } from './yaml-source.ts';

type ExplorationReader = FieldReader<typeof EXPLORATION>;

/** `{ method, epsilon? | temperature? }`: the method has its own number, and no other. */
export function readExploration(entry: Entry | undefined, digits: number, report: Reporter): Exploration {
  const reader = entry && readFields(entry, EXPLORATION, report);
  const method = reader?.value('method');
  if (reader === undefined || method === undefined) return NO_EXPLORATION;
  refuseOther(reader, OWN_NUMBER[method], report);
  if (method === 'epsilon-greedy') return { method, epsilon: reader.value('epsilon') ?? 0 };
  if (method === 'none') return NO_EXPLORATION;
  const temperatureMinor = reader.moneyMinor('temperature', digits) ?? 0;
  // Every candidate is divided by it.
  if (temperatureMinor <= 0) report.error(reader.place, 'softmax needs a temperature above 0');
  return { method, temperatureMinor };
}

/** `{ segments?, priorStrength?, halfLife? }`. */
export function readLearning(entry: Entry | undefined, compiler: ExpressionCompiler, report: Reporter): Learning {
  const reader = entry && readFields(entry, LEARNING, report);
  if (reader === undefined) return DEFAULT_LEARNING;
  return {
    segments: readSegments(reader.entry('segments'), compiler, report),
    priorStrength: reader.value('priorStrength') ?? DEFAULT_LEARNING.priorStrength,
    halfLifeMs: reader.value('halfLife') ?? DEFAULT_LEARNING.halfLifeMs,
  };
}

const OWN_NUMBER = { none: undefined, 'epsilon-greedy': 'epsilon', softmax: 'temperature' } as const;

function refuseOther(reader: ExplorationReader, own: 'epsilon' | 'temperature' | undefined, report: Reporter): void {
  for (const key of ['epsilon', 'temperature'] as const) {
    const entry = reader.entry(key);
    if (key === own && entry === undefined) report.error(reader.place, `this method needs ${key}`);
    if (key !== own && entry !== undefined) report.error(keyPlaceOf(entry), `${key} is of another method`);
  }
}

/** In file order, which is that in which they are tried. */
function readSegments(
  entry: Entry | undefined,
  compiler: ExpressionCompiler,
  report: Reporter,
): readonly LearningSegment[] {
  if (entry === undefined) return [];
  const { max } = LEARNING.keys.segments.shape;
  const entries = mapEntries(entry) ?? [];
  if (mapEntries(entry) === undefined || entries.length > max) {
    report.error(placeOf(entry), `segments must be a map of up to ${max} conditions by name`);
  }
  return entries.slice(0, max).flatMap((segment) => {
    if (!/^[a-z][a-z0-9_]{0,63}$/.test(segment.key) || segment.key === OTHER_SEGMENT) {
      report.error(keyPlaceOf(segment), `"${segment.key.slice(0, 64)}" cannot be the name of a segment`);
    }
    const when = compiler.condition(segment);
    return when === undefined ? [] : [{ name: segment.key, when }];
  });
}
