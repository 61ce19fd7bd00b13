import type { CompiledPolicy } from '@holdfast/policy';
import type { Contact } from './customer-state.ts';
import type { EffectCollector } from './effects.ts';
import { tallyNames } from './tally-names.ts';

/**
 * Whether a contact counts for budget and slots: from its reservation on, unless it ended without being sent. A ghost costs
 * nothing. One that was forgotten and rebuilt from a report has no time of decision: it was counted before it was forgotten.
 */
function counts(contact: Contact | undefined): boolean {
  if (!contact || contact.decidedAt === 0) return false;
  return contact.status === 'reserved' || contact.status === 'confirmed' || contact.status === 'unknown';
}

/** Takes what a contact costs from the shard's books, or gives it back, by what became of it in this step. */
export function settleSpending(
  before: Contact | undefined,
  after: Contact,
  policy: CompiledPolicy,
  effects: Pick<EffectCollector, 'tally'>,
): void {
  const by = Number(counts(after)) - Number(counts(before));
  if (by === 0) return;
  const { campaign, channel, costMinor, slotAt } = after;
  if (costMinor !== 0) effects.tally({ name: tallyNames.spent(campaign), by: by * costMinor });
  effects.tally({ name: tallyNames.pieces(campaign), by });
  const capacity = policy.channels.get(channel)?.capacity;
  if (!capacity || slotAt === 0) return;
  effects.tally({ name: tallyNames.slot(channel, slotAt), by, untilMs: slotAt + capacity.perMs });
}
