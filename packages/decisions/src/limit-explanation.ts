import { type ContactCap, type ContactPolicy, UNLIMITED } from '@holdfast/policy';
import { silencedUntil } from './answer-silence.ts';
import { type ContactLimit, contactLimits, type PlannedContact } from './contact-policy.ts';
import { countsFor, type Ledger } from './ledger.ts';

/** The limit that stands in the way of a contact, and how long it will. */
export interface LimitExplanation {
  readonly limit: ContactLimit;
  /** The first cap that is full; undefined for the other limits. */
  readonly cap: ContactCap | undefined;
  /** From when on this limit is open, as the ledger stands, ms. */
  readonly untilMs: number;
}

/** Says of the limit that stops a contact which it is and until when; undefined when none does. */
export function explainLimit(
  contact: PlannedContact,
  ledger: Ledger,
  policy: ContactPolicy,
): LimitExplanation | undefined {
  const limit = contactLimits(ledger, policy).broken(contact);
  if (limit === undefined) return undefined;
  if (limit === 'cap') return explainCap(contact, ledger, policy);
  const silenced = silencedUntil(ledger, policy);
  const untilMs = {
    'cool-down': () => silenced.ofOffer(contact.offer),
    'recently-accepted': () => silenced.ofCategory(contact.category),
    'too-many-rejections': () => silenced.ofMarketing,
    'minimum-gap': () => gapEnd(contact, ledger, policy),
  }[limit]();
  return { limit, cap: undefined, untilMs };
}

/** Where one gap ends, the next may stand. */
function gapEnd({ kind, sendAt }: PlannedContact, ledger: Ledger, policy: ContactPolicy): number {
  const limits = contactLimits(ledger, policy);
  let openAt = limits.gapOpenAt(kind, sendAt);
  for (let next = limits.gapOpenAt(kind, openAt); next > openAt; next = limits.gapOpenAt(kind, openAt)) openAt = next;
  return openAt;
}

/** A cap opens when some contact leaves its window: only those times need to be tried, the earliest first. */
function explainCap(contact: PlannedContact, ledger: Ledger, policy: ContactPolicy): LimitExplanation {
  const isFull = (cap: ContactCap, sendAt: number): boolean =>
    contactLimits(ledger, { ...UNLIMITED, exempt: policy.exempt, caps: [cap] }).broken({ ...contact, sendAt }) ===
    'cap';
  const cap = policy.caps.find((one) => isFull(one, contact.sendAt));
  const times = ledger
    .filter((entry) => countsFor(entry, contact.kind))
    .map((entry) => entry.sendAt + (cap?.perMs ?? 0))
    .filter((time) => time > contact.sendAt)
    .sort((a, b) => a - b);
  const untilMs = times.find((time) => cap !== undefined && !isFull(cap, time)) ?? contact.sendAt;
  return { limit: 'cap', cap, untilMs };
}
