import type { EventOf, LogEvent } from '@holdfast/events';
import type { PresentedOffer } from '@holdfast/insights';

/** Offers that agents presented as they were recommended, with what came of them, from the events of one partition after another. */
export interface PresentedLog {
  add(event: LogEvent): void;
  /** Those that were left long enough to be answered, in order of their contact ids, so that equal archives give equal logs. */
  rows(): readonly PresentedOffer[];
  /** Those presented so lately that they may still be accepted. */
  open(): number;
}

/** Accepted later than this after it was presented, an offer counts as not accepted: all have the same time. */
export const ANSWER_MS = 7 * 86_400_000;

interface Presented {
  presentedAt: number;
  acceptedAt: number;
  told: Pick<Told, 'campaign' | 'offer' | 'segment'> & { readonly probability: number };
}

type Told = EventOf<'OfferPresented' | 'OfferAccepted' | 'OfferRejected' | 'OfferDeferred'>;

/**
 * Of one campaign, or of all. Whichever event of a contact says with which probability it was drawn: who answers was presented it,
 * and an answer told later than a day after does not know the probability any more. What was shown beside what was drawn has none.
 */
export function createPresentedLog({
  campaign,
  untilMs,
}: {
  readonly campaign?: string;
  readonly untilMs: number;
}): PresentedLog {
  const drawn = new Map<string, Presented['told']>();
  const times = new Map<string, Omit<Presented, 'told'>>();
  function presented(): readonly (readonly [string, Presented])[] {
    return [...drawn].map(([id, told]) => [id, { told, ...(times.get(id) ?? NEVER) }] as const);
  }
  const hasTime = ({ presentedAt }: Presented) => presentedAt + ANSWER_MS < untilMs;
  return {
    add(event) {
      if (!isAnswer(event)) return;
      const known = times.get(event.contactId) ?? NEVER;
      times.set(event.contactId, {
        presentedAt: Math.min(known.presentedAt, event.occurredAt),
        acceptedAt: event.type === 'OfferAccepted' ? Math.min(known.acceptedAt, event.occurredAt) : known.acceptedAt,
      });
      const { probability, segment, offer } = event;
      if (!isDrawn(probability) || (campaign !== undefined && event.campaign !== campaign)) return;
      drawn.set(event.contactId, { campaign: event.campaign, offer, segment, probability });
    },
    rows: () =>
      presented()
        .filter(([, one]) => hasTime(one))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, one]) => rowOf(one)),
    open: () => presented().filter(([, one]) => !hasTime(one)).length,
  };
}

const NEVER = { presentedAt: Number.POSITIVE_INFINITY, acceptedAt: Number.POSITIVE_INFINITY };

function isAnswer(event: LogEvent): event is Extract<LogEvent, Told> {
  switch (event.type) {
    case 'OfferPresented':
    case 'OfferAccepted':
    case 'OfferRejected':
    case 'OfferDeferred':
      return true;
    default:
      return false;
  }
}

/** Of what is 0 there would be no weight: the contract allows it, and nothing that was drawn has it. */
function isDrawn(probability: number | null): probability is number {
  return probability !== null && probability > 0;
}

function rowOf({ told, presentedAt, acceptedAt }: Presented): PresentedOffer {
  const { campaign, offer, segment, probability } = told;
  const isAccepted = acceptedAt < presentedAt + ANSWER_MS;
  return { context: segment, action: `${campaign}/${offer}`, probability, reward: isAccepted ? 1 : 0 };
}
