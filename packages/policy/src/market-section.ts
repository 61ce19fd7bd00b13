import { CALENDAR, CAPACITY, CHANNEL, REGION } from './contact-language.ts';
import { type ChannelPlan, plainChannel, type Region } from './contact-model.ts';
import type { PolicyContract } from './contract.ts';
import type { Place, Reporter } from './diagnostic.ts';
import type { PolicyFolder } from './folder.ts';
import type { CompiledPolicy } from './model.ts';
import { type FieldReader, readFields, readItems } from './reader.ts';
import { knownName } from './references.ts';
import { scalarOf } from './scalar-value.ts';
import { expectationOf } from './shape.ts';
import { parseDays } from './units.ts';
import { type Entry, keyPlaceOf, placeOf } from './yaml-source.ts';

/** What is so of channels, and of customers by where they live. */
export type Market = Pick<CompiledPolicy, 'channels' | 'calendars' | 'regions' | 'timeZone' | 'calendar'>;

export function readMarket(folder: PolicyFolder, contract: PolicyContract, report: Reporter): Market {
  const { sections, digits, timeZone } = folder;
  const calendars = new Map([...sections.calendars].map(([name, entry]) => [name, readCalendar(entry, report)]));
  return {
    channels: readChannels(sections.channels, contract.channels, digits, report),
    calendars,
    regions: readRegions(sections.regions, calendars, report),
    timeZone,
    ...readMarketCalendar(folder.calendar, calendars, report),
  };
}

/** What the policy says of the contract's channels; those it does not name are plain. */
function readChannels(
  entries: ReadonlyMap<string, Entry>,
  channels: readonly string[],
  digits: number,
  report: Reporter,
): ReadonlyMap<string, ChannelPlan> {
  const plans = new Map(channels.map((id) => [id, plainChannel(id)]));
  for (const [id, entry] of entries) {
    const plan = readChannel(entry, digits, report);
    if (!plans.has(id)) report.unknown(keyPlaceOf(entry), 'channel', id, channels);
    else if (plan !== undefined) plans.set(id, plan);
  }
  return plans;
}

/** One calendar: a list of days, each alone or some in a row. */
function readCalendar(entry: Entry, report: Reporter): ReadonlySet<string> {
  const days = new Set<string>();
  for (const item of readItems(entry, `calendar ${entry.key}`, CALENDAR, report)) {
    const text = scalarOf(item, CALENDAR.of);
    const found = typeof text === 'string' ? parseDays(text) : undefined;
    if (found === undefined) report.error(placeOf(item), `expected ${expectationOf(CALENDAR.of)}`);
    for (const day of found ?? []) days.add(day);
  }
  return days;
}

/** Regions by the cities in them; a city is in one region. */
function readRegions(
  entries: ReadonlyMap<string, Entry>,
  calendars: ReadonlyMap<string, unknown>,
  report: Reporter,
): ReadonlyMap<string, Region> {
  const byCity = new Map<string, Region>();
  for (const [id, entry] of entries) {
    const reader = readFields(entry, REGION, report);
    if (reader === undefined) continue;
    const region = readRegion(reader, calendars, report);
    for (const { text, place } of citiesOf(id, reader)) {
      if (byCity.has(text)) report.error(place, `"${text}" is in two regions`);
      byCity.set(text, region);
    }
  }
  return byCity;
}

function readMarketCalendar(
  entry: Entry | undefined,
  calendars: ReadonlyMap<string, unknown>,
  report: Reporter,
): { readonly calendar?: string } {
  const calendar = knownName(entry, { what: 'calendar', names: calendars }, report);
  if (calendar !== undefined) return { calendar };
  if (entry !== undefined) report.error(placeOf(entry), 'calendar must be the name of a calendar');
  return {};
}

function readChannel(entry: Entry, digits: number, report: Reporter): ChannelPlan | undefined {
  const reader = readFields(entry, CHANNEL, report);
  if (reader === undefined) return undefined;
  const plain = plainChannel(entry.key);
  const costMinor = reader.has('cost') ? reader.moneyMinor('cost', digits) : plain.costMinor;
  const isPerson = reader.valueOr('person', plain.isPerson);
  if (costMinor === undefined || isPerson === undefined) return undefined;
  if (costMinor < 0) report.error(reader.place, 'a contact costs nothing or more');
  return { id: entry.key, costMinor, isPerson, ...readCapacity(reader, report) };
}

function readCapacity(reader: FieldReader<typeof CHANNEL>, report: Reporter): Pick<ChannelPlan, 'capacity'> {
  const entry = reader.entry('capacity');
  const capacity = entry === undefined ? undefined : readFields(entry, CAPACITY, report);
  const max = capacity?.value('max');
  const perMs = capacity?.value('per');
  return max === undefined || perMs === undefined ? {} : { capacity: { max, perMs } };
}

function readRegion(
  reader: FieldReader<typeof REGION>,
  calendars: ReadonlyMap<string, unknown>,
  report: Reporter,
): Region {
  const timeZone = reader.value('timeZone');
  const calendar = knownName(reader.entry('calendar'), { what: 'calendar', names: calendars }, report);
  return { ...(timeZone === undefined ? {} : { timeZone }), ...(calendar === undefined ? {} : { calendar }) };
}

function citiesOf(
  id: string,
  reader: FieldReader<typeof REGION>,
): readonly { readonly text: string; readonly place: Place }[] {
  return reader.has('cities') ? reader.names('cities') : [{ text: id, place: reader.place }];
}
