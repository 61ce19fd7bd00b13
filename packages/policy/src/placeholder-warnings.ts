import type { Campaign, Offer } from './campaign-model.ts';
import type { PolicyContract } from './contract.ts';
import type { Place, Reporter } from './diagnostic.ts';
import type { CompiledTrigger, DerivedFeature } from './model.ts';
import { placeholdersIn } from './text-section.ts';
import { type Entry, keyPlaceOf, mapEntries } from './yaml-source.ts';

/** What a policy holds that decides which values a text can count on. */
export interface TextUse {
  readonly contract: PolicyContract;
  readonly triggers: ReadonlyMap<string, CompiledTrigger>;
  readonly offers: ReadonlyMap<string, Offer>;
  readonly campaigns: ReadonlyMap<string, Campaign>;
  readonly derived: ReadonlyMap<string, DerivedFeature>;
  /** Declared features as they are written. */
  readonly features: ReadonlyMap<string, Entry>;
}

/** Warns of placeholders in reasons that the trigger does not make known, and that have no text to show instead. */
export function warnReasons(entries: ReadonlyMap<string, Entry>, use: TextUse, report: Reporter): void {
  for (const [id, entry] of entries) {
    const trigger = use.triggers.get(id);
    const reason = mapEntries(entry)?.find(({ key }) => key === 'reason');
    if (trigger === undefined || reason === undefined) continue;
    const known = knownAt(trigger, [], use);
    for (const placeholder of placeholdersIn(reason)) warnUnless(placeholder, known, `trigger "${id}"`, report);
  }
}

/** The same for scripts: a value must be known on every way from a trigger over a campaign and an offer to the script. */
export function warnScripts(entries: ReadonlyMap<string, Entry>, use: TextUse, report: Reporter): void {
  const [first] = entries.values();
  if (first === undefined) return;
  const ways = waysToScripts(use, keyPlaceOf(first), report);
  for (const [id, entry] of entries) {
    for (const placeholder of placeholdersIn(entry)) {
      const blind = ways.get(id)?.find(({ known }) => !known.has(placeholder.name));
      if (blind !== undefined) warnUnless(placeholder, blind.known, `trigger "${blind.trigger}"`, report);
    }
  }
}

interface Way {
  readonly trigger: string;
  readonly known: ReadonlySet<string>;
}

/** By script. Many campaigns share trigger, offer and target group: each such way is worked out once. */
function waysToScripts(use: TextUse, place: Place, report: Reporter): ReadonlyMap<string, readonly Way[]> {
  const ways = new Map<string, Way[]>();
  const seen = new Set<string>();
  for (const campaign of use.campaigns.values()) {
    for (const offer of campaign.offers.flatMap((id) => use.offers.get(id) ?? [])) {
      for (const trigger of campaign.triggers.flatMap((id) => use.triggers.get(id) ?? [])) {
        const name = `${trigger.id} ${offer.id} ${campaign.target?.template ?? ''}`;
        if (offer.script === undefined || seen.has(name)) continue;
        seen.add(name);
        if (!report.spend(use.derived.size + use.features.size, place)) return ways;
        const others = [...(offer.eligible.known ?? []), ...(campaign.target?.when.known ?? [])];
        const way = { trigger: trigger.id, known: knownAt(trigger, others, use) };
        ways.set(offer.script, [...(ways.get(offer.script) ?? []), way]);
      }
    }
  }
  return ways;
}

function warnUnless(
  { name, fallback, place }: { readonly name: string; readonly fallback: boolean; readonly place: Place },
  known: ReadonlySet<string>,
  who: string,
  report: Reporter,
): void {
  if (fallback || known.has(name)) return;
  report.warning(
    place,
    `"${name}" may have no value: ${who} does not make it known; write {${name}|text to show then}`,
  );
}

/** Names that have a value whenever the trigger fires and the other conditions hold. */
function knownAt(trigger: CompiledTrigger, others: readonly string[], use: TextUse): ReadonlySet<string> {
  const fields = Object.entries(use.contract.events[trigger.on ?? ''] ?? {});
  const known = new Set([
    ...(use.contract.alwaysKnown ?? []),
    ...(use.contract.placeholders ?? []),
    ...fields.flatMap(([field, { isOptional }]) => (isOptional ? [] : [`event.${field}`])),
    ...(trigger.when.known ?? []),
    ...others,
    ...toldBy(trigger, use.features),
  ]);
  return withDerived(known, use.derived);
}

/** When the newest event of a type was, and what it said, is known once one has come. */
function toldBy({ on, absence, sequence }: CompiledTrigger, features: ReadonlyMap<string, Entry>): readonly string[] {
  const come = [on, absence?.of, sequence?.first.of];
  return [...features].flatMap(([name, entry]) => {
    const keys = new Map((mapEntries(entry) ?? []).map((inner) => [inner.key, inner]));
    const from = keys.get('from')?.node;
    const type = from !== null && from !== undefined && 'value' in from ? from.value : undefined;
    const looksAtNewest = keys.has('elapsedSince') || (keys.has('last') && !keys.has('window'));
    const isNewest = looksAtNewest && !keys.has('where') && !keys.has('scope');
    return isNewest && come.some((told) => told !== undefined && told === type) ? [name] : [];
  });
}

/** What is computed without a division by something that may be 0 is known once all that it reads is. */
function withDerived(known: Set<string>, derived: ReadonlyMap<string, DerivedFeature>): ReadonlySet<string> {
  for (let size = -1; size !== known.size; ) {
    size = known.size;
    for (const { name, reads, isTotal } of derived.values()) {
      if (isTotal === true && reads?.every((read) => known.has(read))) known.add(name);
    }
  }
  return known;
}
