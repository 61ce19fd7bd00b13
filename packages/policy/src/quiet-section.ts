import { QUIET_RULE, WEEKDAYS } from './contact-language.ts';
import type { QuietRule } from './contact-model.ts';
import type { Reporter } from './diagnostic.ts';
import { minutesBetween } from './quiet-time.ts';
import { type FieldReader, readFields, readItems } from './reader.ts';
import { type Known, knownNames } from './references.ts';
import { list } from './shape.ts';
import { type Entry, type Located, listItems } from './yaml-source.ts';

const EVERY_DAY: readonly number[] = [1, 2, 3, 4, 5, 6, 7];
const SOME_DAYS = { weekdays: [1, 2, 3, 4, 5], weekend: [6, 7] } as const;

/** One quiet time, or a list of them. */
export function readQuietHours(entry: Entry | undefined, channels: Known, report: Reporter): readonly QuietRule[] {
  if (entry === undefined) return [];
  const isList = listItems(entry) !== undefined;
  const items = isList ? readItems(entry, 'quietHours', list(QUIET_RULE, { max: MAX_RULES }), report) : [entry];
  return items.flatMap((item) => readQuietRule(item, channels, report) ?? []);
}

const MAX_RULES = 50;

function readQuietRule(item: Located, channels: Known, report: Reporter): QuietRule | undefined {
  const reader = readFields(item, QUIET_RULE, report);
  const from = reader?.value('from');
  const to = reader?.value('to');
  const holidays = reader?.valueOr('holidays', 'any' as const);
  const otherwise = reader?.valueOr('otherwise', 'defer' as const);
  if (reader === undefined || from === undefined || to === undefined) return undefined;
  const names = knownNames(reader.names('channels'), channels, report);
  const days = daysOf(reader);
  const minutes = minutesBetween(from, to);
  if (minutes === undefined) report.warning(reader.place, 'it ends when it begins: nothing is quiet');
  if (minutes === undefined || holidays === undefined || otherwise === undefined) return undefined;
  return { channels: names, days, holidays, ...minutes, otherwise };
}

function daysOf(reader: FieldReader<typeof QUIET_RULE>): readonly number[] {
  if (!reader.has('days')) return EVERY_DAY;
  const days = reader.values('days').flatMap((word): readonly number[] => {
    if (word === 'weekdays' || word === 'weekend') return SOME_DAYS[word];
    return [WEEKDAYS.indexOf(word) + 1];
  });
  return EVERY_DAY.filter((day) => days.includes(day));
}
