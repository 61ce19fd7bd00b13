import type { ContactCap } from '@holdfast/policy';
import type { LedgerEntry } from '../src/ledger.ts';
import { shareOf } from '../src/stable-hash.ts';
import { isQuietByTheClock } from './quiet-clock.ts';
import type { World } from './random-world.ts';
import type { Decided } from './simulated-shard.ts';

/**
 * Promises that the contacts of a simulated shard break, by name. Each is looked up afresh in all that happened, the slow and
 * plain way: nothing of what decides is used.
 */
export function brokenPromises(world: World, decided: readonly Decided[]): ReadonlySet<string> {
  const broken = new Set<string>();
  for (const one of decided) {
    const contact = contactOf(one);
    if (contact === undefined) continue;
    for (const [name, isKept] of Object.entries(PROMISES)) if (!isKept(contact, one, world)) broken.add(name);
  }
  const ids = decided.flatMap((one) => (hasEntry(one) ? [one.decision.contactId] : []));
  if (new Set(ids).size < ids.length) broken.add('one decision per contact');
  for (const name of brokenTotals(world, decided)) broken.add(name);
  return broken;
}

type Contact = LedgerEntry & { readonly arm: 'treated' | 'control' | 'holdout' };
type Promised = (contact: Contact, one: Decided, world: World) => boolean;

function contactOf({ decision }: Decided): Contact | undefined {
  const { outcome, contactId } = decision;
  if (outcome.kind !== 'contact' && outcome.kind !== 'control') return undefined;
  return { ...outcome.winner, contactId, arm: outcome.arm, status: 'reserved', rejectedAt: 0 };
}

const hasEntry = (one: Decided): boolean => contactOf(one) !== undefined;
const isMarketing = ({ kind }: LedgerEntry): boolean => kind === 'marketing';
const isOfCap = (cap: ContactCap, entry: LedgerEntry): boolean =>
  (cap.channel ?? entry.channel) === entry.channel &&
  (cap.category ?? entry.category) === entry.category &&
  (cap.offer ?? entry.offer) === entry.offer;

/** Those that a marketing contact is counted with: what did not come about is not. */
const counted = ({ ledger }: Decided): readonly LedgerEntry[] => ledger.filter(({ status }) => status !== 'released');

const PROMISES: Readonly<Record<string, Promised>> = {
  quiet: ({ channel, sendAt, sendBy }, { resident: { timeZone } }, { policy }) =>
    ![sendAt, (sendAt + sendBy) / 2, sendBy].some((atMs) =>
      isQuietByTheClock(policy, channel, { timeZone, calendar: policy.calendar ?? '' }, Math.floor(atMs)),
    ),
  'in time': ({ offer, sendAt, sendBy }, { nowMs }, { policy }) =>
    nowMs <= sendAt && sendAt <= sendBy && sendBy <= nowMs + (policy.offers.get(offer)?.validForMs ?? 0),
  consent: (contact, { resident }) => !isMarketing(contact) || !resident.refused.includes(contact.channel),
  vulnerable: ({ channel }, _, { policy }) => {
    const { vulnerable } = policy.contactPolicy;
    return vulnerable?.when.source !== 'true' || vulnerable.channels.includes(channel);
  },
  holdout: (contact, { resident }, { policy: { holdout } }) =>
    contact.arm !== 'treated' || !isMarketing(contact) || shareOf(holdout.salt, resident.customerId) >= holdout.share,
  gap: (contact, one, { policy }) =>
    !isMarketing(contact) ||
    counted(one).every(({ sendAt }) => Math.abs(sendAt - contact.sendAt) >= policy.contactPolicy.minimumGapMs),
  cap: (contact, one, { policy }) =>
    !isMarketing(contact) ||
    policy.contactPolicy.caps.every((cap) => {
      if (!isOfCap(cap, contact)) return true;
      const times = [...counted(one), contact].filter((entry) => isOfCap(cap, entry)).map(({ sendAt }) => sendAt);
      const windows = times.filter((from) => from <= contact.sendAt && contact.sendAt < from + cap.perMs);
      return windows.every((from) => times.filter((at) => at >= from && at < from + cap.perMs).length <= cap.max);
    }),
  'cool-down': (contact, { ledger }, { policy }) =>
    !isMarketing(contact) ||
    !ledger.some(
      ({ offer, rejectedAt }) =>
        rejectedAt > 0 && offer === contact.offer && contact.sendAt - rejectedAt < policy.contactPolicy.cooldownMs,
    ),
  acceptance: (contact, { ledger }, { policy }) =>
    !isMarketing(contact) ||
    !ledger.some(
      ({ category, acceptedAt = 0 }) =>
        acceptedAt > 0 &&
        category === contact.category &&
        contact.sendAt - acceptedAt < policy.contactPolicy.acceptanceCooldownMs,
    ),
  rejections: (contact, { ledger }, { policy }) => {
    const rule = policy.contactPolicy.rejections;
    if (rule === undefined || !isMarketing(contact)) return true;
    const times = ledger.map(({ rejectedAt }) => rejectedAt).filter((at) => at > 0);
    // At the moment of some rejection there were `max` of them in the time before it.
    const silencing = times.filter(
      (last) => times.filter((at) => at <= last && last - at < rule.withinMs).length >= rule.max,
    );
    return !silencing.some((last) => contact.sendAt - last < rule.silentForMs);
  },
};

/** What all customers share. */
function brokenTotals({ policy }: World, decided: readonly Decided[]): readonly string[] {
  const sent = decided.flatMap(({ decision }) =>
    decision.outcome.kind === 'contact' ? [decision.outcome.winner] : [],
  );
  const isOverspent = [...policy.campaigns.values()].some(({ id, budget }) => {
    const own = sent.filter(({ campaign }) => campaign === id);
    const costMinor = own.reduce((sum, { offer, channel }) => {
      const ofOffer = policy.offers.get(offer)?.costMinor ?? 0;
      return sum + ofOffer + (policy.channels.get(channel)?.costMinor ?? 0);
    }, 0);
    return costMinor > (budget?.amountMinor ?? costMinor) || own.length > (budget?.pieces ?? own.length);
  });
  const isOverbooked = [...policy.channels.values()].some(({ id, capacity }) => {
    if (capacity === undefined) return false;
    const slots = sent.filter(({ channel }) => channel === id).map(({ sendAt }) => Math.floor(sendAt / capacity.perMs));
    return slots.some((slot) => slots.filter((other) => other === slot).length > capacity.max);
  });
  return [...(isOverspent ? ['budget'] : []), ...(isOverbooked ? ['capacity'] : [])];
}
