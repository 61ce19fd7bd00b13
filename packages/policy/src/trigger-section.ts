import type { Place, Reporter } from './diagnostic.ts';
import type { ExpressionCompiler, TriggerCondition } from './expression.ts';
import type { CompiledTrigger } from './model.ts';
import { type RecordReader, readRecord } from './reader.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { type Entry, placeOf, scalarText } from './yaml-source.ts';

const KEYS = ['on', 'absence', 'when', 'freshness', 'occasion', 'reason'];
const CALENDAR = ['cycle', 'day', 'week', 'month', 'year'];
const DAY = 86_400_000;

interface Source {
  readonly on?: string;
  readonly absence?: { readonly of: string; readonly forMs: number };
}

/** One trigger: `{ on | absence, when?, freshness?, occasion, reason }`. */
export function readTrigger(
  entry: Entry,
  rules: TextRules,
  compiler: ExpressionCompiler,
  report: Reporter,
): CompiledTrigger | undefined {
  const reader = readRecord(entry, 'a trigger', KEYS, report);
  const source = reader === undefined ? undefined : readSource(reader, rules, report);
  if (reader === undefined || source === undefined) return undefined;
  const when = reader.entry('when');
  const condition = when === undefined ? ALWAYS : compiler.triggerCondition(when, source.on);
  const occasion = readOccasion(reader, source, rules, report);
  const reason = reader.required('reason');
  const freshnessMs = reader.has('freshness') ? reader.durationMs('freshness') : DAY;
  if (condition === undefined || occasion === undefined || reason === undefined || freshnessMs === undefined) {
    return undefined;
  }
  return {
    id: entry.key,
    ...source,
    when: condition.condition,
    latches: condition.latches,
    freshnessMs,
    occasion,
    reason: readTexts(reason, rules, source.on, report),
  };
}

/** Nothing to check, and nothing to explain. */
const ALWAYS: TriggerCondition = {
  condition: { source: 'true', features: [], evaluate: () => 'true', explain: () => [] },
  latches: [],
};

function readSource(reader: RecordReader, { contract }: TextRules, report: Reporter): Source | undefined {
  const absence = reader.entry('absence');
  if (reader.has('on') === (absence !== undefined)) {
    report.error(reader.place, 'a trigger needs exactly one of on, absence');
    return undefined;
  }
  const types = Object.keys(contract.events);
  const knownType = (type: string | undefined, place: Place): string | undefined => {
    if (type === undefined || types.includes(type)) return type;
    report.unknown(place, 'event type', type, types);
    return undefined;
  };
  if (absence === undefined) {
    const entry = reader.entry('on');
    const on = entry === undefined ? undefined : knownType(reader.text('on'), placeOf(entry));
    return on === undefined ? undefined : { on };
  }
  const inner = readRecord(absence, 'absence', ['of', 'for'], report);
  const ofEntry = inner?.required('of');
  const forMs = inner?.required('for') === undefined ? undefined : inner.durationMs('for');
  const of = ofEntry === undefined ? undefined : knownType(inner?.text('of'), placeOf(ofEntry));
  return of === undefined || forMs === undefined ? undefined : { absence: { of, forMs } };
}

/** `cycle`, `day`, `week`, `month`, `year`; `silence` for an absence; a field of the event. */
function readOccasion(
  reader: RecordReader,
  source: Source,
  { contract }: TextRules,
  report: Reporter,
): string | undefined {
  const entry = reader.required('occasion');
  if (entry === undefined) return undefined;
  const fields = source.on === undefined ? [] : Object.keys(contract.events[source.on] ?? {});
  const own = source.on === undefined ? ['silence'] : fields.map((field) => `event.${field}`);
  const known = [...CALENDAR, ...own];
  const text = scalarText(entry);
  if (text !== undefined && known.includes(text)) return text;
  report.unknown(placeOf(entry), 'occasion', text ?? '', known);
  return undefined;
}
