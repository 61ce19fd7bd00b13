import type { BoundFeature } from '@holdfast/features';
import { allOf, EVERYBODY } from './condition.ts';
import type { Reporter } from './diagnostic.ts';
import type { ExpressionCompiler, TriggerCondition } from './expression.ts';
import { TRIGGER } from './language.ts';
import type { CompiledTrigger } from './model.ts';
import { type FieldReader, readFields } from './reader.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { readSource, type Source } from './trigger-source.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

const CALENDAR = ['cycle', 'day', 'week', 'month', 'year'];
const DAY = 86_400_000;

/** A trigger with the features that are kept for it alone. */
export interface ReadTrigger {
  readonly trigger: CompiledTrigger;
  readonly features: readonly BoundFeature[];
}

/** One trigger: `{ on | absence | sequence | schedule, when?, freshness?, occasion?, reason }`. */
export function readTrigger(
  entry: Entry,
  rules: TextRules,
  compiler: ExpressionCompiler,
  report: Reporter,
): ReadTrigger | undefined {
  const reader = readFields(entry, TRIGGER, report);
  const source = reader === undefined ? undefined : readSource(entry.key, reader, rules, compiler, report);
  if (reader === undefined || source === undefined) return undefined;
  const { fires } = source;
  const when = reader.entry('when');
  const condition = when === undefined ? ALWAYS : compiler.triggerCondition(when, fires.on);
  const occasion = readOccasion(reader, source, rules, report);
  const reason = reader.entry('reason');
  const freshnessMs = reader.valueOr('freshness', DAY);
  if (condition === undefined || occasion === undefined || reason === undefined || freshnessMs === undefined) {
    return undefined;
  }
  if (fires.on === undefined && condition.latches.length > 0 && when !== undefined) {
    report.error(
      placeOf(when),
      'crossed needs an event to cross at: it has a meaning with on, or with then of a sequence',
    );
  }
  const trigger: CompiledTrigger = {
    id: entry.key,
    ...fires,
    when: allOf([...source.conditions, condition.condition]),
    latches: condition.latches,
    freshnessMs,
    occasion,
    reason: readTexts(reason, rules, fires.on, report),
  };
  return { trigger, features: source.features };
}

const ALWAYS: TriggerCondition = { condition: EVERYBODY, latches: [] };

/** `cycle`, `day`, `week`, `month`, `year`; `silence` and `date` for timers; a field of the event. */
function readOccasion(
  reader: FieldReader<typeof TRIGGER>,
  { fires: { on, schedule } }: Source,
  { contract }: TextRules,
  report: Reporter,
): string | undefined {
  const entry = reader.entry('occasion');
  const own = schedule === undefined ? 'silence' : 'date';
  if (entry === undefined) {
    if (on === undefined) return own;
    report.error(reader.place, 'a trigger needs occasion');
    return undefined;
  }
  const fields = Object.keys(on === undefined ? {} : (contract.events[on] ?? {})).map((field) => `event.${field}`);
  const known = schedule === undefined ? [...CALENDAR, ...(on === undefined ? [own] : fields)] : [own];
  const text = scalarText(entry);
  if (text !== undefined && known.includes(text)) return text;
  report.unknown(placeOf(entry), 'occasion', text ?? '', known);
  return undefined;
}
