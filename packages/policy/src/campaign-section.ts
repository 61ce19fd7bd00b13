import type { Reporter } from './diagnostic.ts';
import { type Campaign, NO_ACTION } from './model.ts';
import { type RecordReader, readRecord } from './reader.ts';
import { type Entry, placeOf } from './yaml-source.ts';

const KEYS = ['owner', 'driver', 'goal', 'triggers', 'offers', 'holdout', 'stage', 'kind'] as const;
const STAGES = ['draft', 'shadow', 'canary', 'live', 'retired'] as const;
const KINDS = ['marketing', 'service'] as const;

/** One campaign: `{ goal: { kpi, target, driver? }, triggers, offers, owner?, driver?, holdout?, stage?, kind? }`. */
export function readCampaign(
  entry: Entry,
  known: { readonly triggers: ReadonlySet<string>; readonly offers: ReadonlySet<string> },
  report: Reporter,
): Campaign | undefined {
  const reader = readRecord(entry, 'a campaign', KEYS, report);
  if (reader === undefined) return undefined;
  const goal = readGoal(reader, report);
  const triggers = references(reader, 'triggers', 'trigger', known.triggers, report);
  const offers = references(reader, 'offers', 'offer', new Set([...known.offers, NO_ACTION]), report);
  const stage = reader.has('stage') ? reader.oneOf('stage', STAGES) : 'draft';
  const kind = reader.has('kind') ? reader.oneOf('kind', KINDS) : 'marketing';
  const holdout = reader.has('holdout') ? reader.share('holdout') : 0;
  if (goal === undefined || stage === undefined || kind === undefined || holdout === undefined) return undefined;
  return {
    id: entry.key,
    owner: reader.text('owner') ?? '',
    driver: reader.text('driver') ?? goal.driver,
    goal: { kpi: goal.kpi, target: goal.target },
    triggers,
    offers: offers.filter((offer) => offer !== NO_ACTION),
    holdout,
    stage,
    kind,
  };
}

function readGoal(reader: RecordReader, report: Reporter) {
  const entry = reader.required('goal');
  const goal = entry === undefined ? undefined : readRecord(entry, 'goal', ['kpi', 'target', 'driver'], report);
  const kpi = goal?.required('kpi') === undefined ? undefined : goal.text('kpi');
  const target = goal?.required('target') === undefined ? undefined : goal.number('target');
  if (goal === undefined || kpi === undefined || target === undefined) return undefined;
  return { kpi, target, driver: goal.text('driver') ?? '' };
}

function references(
  reader: RecordReader,
  key: 'triggers' | 'offers',
  what: string,
  known: ReadonlySet<string>,
  report: Reporter,
): readonly string[] {
  const entry = reader.required(key);
  const items = entry === undefined ? [] : reader.texts(key);
  for (const { text, place } of items) {
    if (!known.has(text)) report.unknown(place, what, text, known);
  }
  if (entry !== undefined && items.length === 0) report.error(placeOf(entry), `${key} must list at least one`);
  return items.map(({ text }) => text);
}
