import type { Campaign } from './campaign-model.ts';
import type { Reporter } from './diagnostic.ts';
import type { PolicyFolder } from './folder.ts';
import type { CompiledPolicy } from './model.ts';
import { isOpen } from './policy-index.ts';
import { type Entry, keyPlaceOf, placeOf, placeOfKey } from './yaml-source.ts';

/** Warns of what is said of channels, calendars and exploration and will have no effect, or one that nobody wants. */
export function warnMarket(policy: CompiledPolicy, folder: PolicyFolder, report: Reporter): void {
  const carried = new Set([...policy.offers.values()].flatMap(({ channels }) => channels));
  warnIdleCapacity(policy, folder, carried, report);
  warnVulnerable(policy, folder.contactPolicy, carried, report);
  warnCalendars(policy, folder, report);
  warnExploration(policy, folder.exploration, report);
}

function warnIdleCapacity(
  { channels }: CompiledPolicy,
  { sections }: PolicyFolder,
  carried: ReadonlySet<string>,
  report: Reporter,
): void {
  for (const [id, entry] of sections.channels) {
    if (channels.get(id)?.capacity === undefined || carried.has(id)) continue;
    report.warning(keyPlaceOf(entry), `channel "${id}" has a capacity, and no offer goes out on it`);
  }
}

function warnVulnerable(
  { contactPolicy: { vulnerable } }: CompiledPolicy,
  entry: Entry | undefined,
  carried: ReadonlySet<string>,
  report: Reporter,
): void {
  if (vulnerable === undefined || vulnerable.channels.some((channel) => carried.has(channel))) return;
  const place = entry && placeOfKey(entry, 'vulnerable');
  const channels = vulnerable.channels.join(', ') || 'a channel with a person';
  if (place) report.warning(place, `who is vulnerable hears of nothing: no offer goes out on ${channels}`);
}

function warnCalendars(policy: CompiledPolicy, { sections, contactPolicy }: PolicyFolder, report: Reporter): void {
  const regions = [...policy.regions.values()];
  const used = new Set(
    [policy.calendar, ...regions.map(({ calendar }) => calendar)].filter((name) => name !== undefined),
  );
  for (const [name, entry] of sections.calendars) {
    if (!used.has(name)) report.warning(keyPlaceOf(entry), `calendar "${name}" is of no region, and not of the market`);
  }
  const asks = policy.contactPolicy.quietHours.some(({ holidays }) => holidays !== 'any');
  if (!asks || used.size > 0 || contactPolicy === undefined) return;
  report.warning(
    placeOfKey(contactPolicy, 'quietHours'),
    'a quiet time asks for holidays, and neither a region nor the market has a calendar',
  );
}

/** Where nothing else could be offered there is nothing to try out. */
function warnExploration(policy: CompiledPolicy, entry: Entry | undefined, report: Reporter): void {
  if (policy.exploration.method === 'none' || entry === undefined) return;
  const service = [...policy.campaigns.values()].find(
    (campaign) => campaign.kind === 'service' && isOpen(campaign) && hasRivals(campaign, policy),
  );
  if (service === undefined) return;
  report.warning(
    placeOf(entry),
    `campaign "${service.id}" is a service: exploration now and then makes another offer than the one that helps best`,
  );
}

function hasRivals(campaign: Campaign, policy: CompiledPolicy): boolean {
  return campaign.triggers.some((trigger) => {
    const offers = policy.campaignsFor(trigger).flatMap((rival) => rival.offers.map((offer) => `${rival.id} ${offer}`));
    return offers.length > 1;
  });
}
