import type { Campaign, Offer } from './campaign-model.ts';
import type { ContactPolicy } from './contact-model.ts';
import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { CompiledPolicy, CompiledTrigger } from './model.ts';
import { isAlwaysQuiet } from './quiet-time.ts';
import { type Entry, keyPlaceOf, placeOfKey } from './yaml-source.ts';

/** Warns of triggers on events that no customer is ever told. */
export function warnUnreached(
  triggers: ReadonlyMap<string, CompiledTrigger>,
  entries: ReadonlyMap<string, Entry>,
  { neverTold = [] }: PolicyContract,
  report: Reporter,
): void {
  for (const [id, trigger] of triggers) {
    const type = typesOf(trigger).find((name) => neverTold.includes(name));
    const entry = entries.get(id);
    if (type === undefined || entry === undefined) continue;
    report.warning(keyPlaceOf(entry), `trigger "${id}" can never fire: no customer is told of ${type}`);
  }
}

function typesOf({ on, absence, sequence }: CompiledTrigger): readonly string[] {
  return [on, absence?.of, sequence?.first.of].filter((type) => type !== undefined);
}

/** Warns of offers that cannot go out: nobody delivers their channels, or the contact policy never lets them. */
export function warnUndelivered(
  { offers, campaigns, contactPolicy }: Pick<CompiledPolicy, 'offers' | 'campaigns' | 'contactPolicy'>,
  entries: ReadonlyMap<string, Entry>,
  { delivered, channels: known }: PolicyContract,
  report: Reporter,
): void {
  const exempt = exemptOffers([...campaigns.values()], contactPolicy);
  for (const [id, offer] of offers) {
    const entry = entries.get(id);
    const rules = { contactPolicy, delivered: delivered ?? known, isExempt: exempt.has(id) };
    const reasons = offer.channels.map((channel) => obstacle(channel, offer, rules));
    if (entry === undefined || reasons.length === 0 || reasons.includes(undefined)) continue;
    report.warning(placeOfKey(entry, 'channels'), `offer "${id}" reaches nobody: ${[...new Set(reasons)].join('; ')}`);
  }
}

/** Offers of a campaign that caps are not for. */
function exemptOffers(campaigns: readonly Campaign[], { exempt }: ContactPolicy): ReadonlySet<string> {
  return new Set(campaigns.filter(({ kind }) => exempt.some((one) => one === kind)).flatMap(({ offers }) => offers));
}

interface Reach {
  readonly contactPolicy: ContactPolicy;
  readonly delivered: readonly string[];
  readonly isExempt: boolean;
}

/** Why nothing of the offer goes out on the channel; undefined when something can. */
function obstacle(channel: string, { id, category }: Offer, rules: Reach): string | undefined {
  const { delivered, isExempt, contactPolicy } = rules;
  if (!delivered.includes(channel)) return `${channel} is delivered by nobody yet (delivered: ${delivered.join(', ')})`;
  const isShut = contactPolicy.caps.some(
    (cap) =>
      cap.max === 0 &&
      (cap.channel === undefined || cap.channel === channel) &&
      (cap.category === undefined || cap.category === category) &&
      (cap.offer === undefined || cap.offer === id),
  );
  if (isShut && !isExempt) return `a cap of 0 shuts ${channel}`;
  return isAlwaysQuiet(channel, contactPolicy.quietHours) ? `${channel} is quiet at all hours` : undefined;
}
