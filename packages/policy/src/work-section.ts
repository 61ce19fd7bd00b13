import type { Reporter } from './diagnostic.ts';
import { readFields } from './reader.ts';
import { TIER_DEADLINES, WORK } from './work-language.ts';
import { DEFAULT_DEADLINES, DEFAULT_WORK, OTHER_TIER, type TierDeadlines, type WorkRules } from './work-model.ts';
import { type Entry, keyPlaceOf, mapEntries, placeOf } from './yaml-source.ts';

/** `{ deadlines?, managerFirst?, teamFirst? }`. `tiers` are those the policy declares; none where they come from outside. */
export function readWork(entry: Entry | undefined, tiers: ReadonlySet<string>, report: Reporter): WorkRules {
  const reader = entry && readFields(entry, WORK, report);
  if (reader === undefined) return DEFAULT_WORK;
  return {
    deadlines: readDeadlines(reader.entry('deadlines'), tiers, report),
    managerFirstMs: reader.value('managerFirst') ?? 0,
    teamFirstMs: reader.value('teamFirst') ?? 0,
  };
}

/** A category that a tier leaves out has the deadline of `other`, and where that leaves it out as well, the usual one. */
function readDeadlines(
  entry: Entry | undefined,
  tiers: ReadonlySet<string>,
  report: Reporter,
): ReadonlyMap<string, TierDeadlines> {
  if (entry === undefined) return DEFAULT_WORK.deadlines;
  const { max } = WORK.keys.deadlines.shape;
  const entries = mapEntries(entry) ?? [];
  if (mapEntries(entry) === undefined || entries.length > max) {
    report.error(placeOf(entry), `deadlines must be a map of up to ${max} tiers`);
  }
  for (const tier of entries) refuseUnknown(tier, tiers, report);
  const other = entries.find(({ key }) => key === OTHER_TIER);
  const usual = other === undefined ? DEFAULT_DEADLINES : readTier(other, DEFAULT_DEADLINES, report);
  const named = entries.slice(0, max).filter(({ key }) => key !== OTHER_TIER);
  return new Map([
    ...named.map((tier) => [tier.key, readTier(tier, usual, report)] as const),
    [OTHER_TIER, usual] as const,
  ]);
}

function readTier(entry: Entry, usual: TierDeadlines, report: Reporter): TierDeadlines {
  const reader = readFields(entry, TIER_DEADLINES, report);
  return {
    service: reader?.value('service') ?? usual.service,
    retention: reader?.value('retention') ?? usual.retention,
    'cross-sell': reader?.value('cross-sell') ?? usual['cross-sell'],
  };
}

function refuseUnknown(tier: Entry, tiers: ReadonlySet<string>, report: Reporter): void {
  if (tiers.size === 0 || tier.key === OTHER_TIER || tiers.has(tier.key)) return;
  report.error(
    keyPlaceOf(tier),
    `there is no tier "${tier.key.slice(0, 64)}"; the policy has ${[...tiers].join(', ')}`,
  );
}
