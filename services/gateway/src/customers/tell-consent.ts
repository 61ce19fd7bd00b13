import type { EventOf } from '@holdfast/events';
import type { AppendOutcome, EventPlace, GatewayEvent } from '../events/event-intake.ts';

export type ConsentEvent = EventOf<'ConsentChanged'>;

export interface TellConsentDeps {
  /** Holds contacts back until the log is folded up to this consent, or lifts that. */
  hold(event: ConsentEvent): Promise<void>;
  append(events: readonly GatewayEvent[]): Promise<readonly AppendOutcome[]>;
  /** Makes it visible before it is folded. */
  note(event: ConsentEvent, place: EventPlace): Promise<void>;
  failed(what: 'hold' | 'note', error: unknown): void;
}

/**
 * Takes in what a customer allows. A withdrawal is appended even where its hold could not be set, and counts as taken only
 * with it: until the log is folded a contact could still go out. A hold is lifted only once the log has the grant.
 */
export function createConsentTeller({ hold, append, note, failed }: TellConsentDeps) {
  const isDone = (what: 'hold' | 'note', doing: Promise<void>): Promise<boolean> =>
    doing.then(
      () => true,
      (error: unknown) => {
        failed(what, error);
        return false;
      },
    );
  return async (event: ConsentEvent): Promise<AppendOutcome> => {
    const isHeld = event.granted || (await isDone('hold', hold(event)));
    const [outcome = NO_ANSWER] = await append([event]);
    if (outcome.kind !== 'accepted') return outcome;
    // Not seen at once it is still folded.
    await isDone('note', note(event, outcome.place));
    if (event.granted) await isDone('hold', hold(event));
    return isHeld ? outcome : NOT_HELD;
  };
}

const NO_ANSWER: AppendOutcome = { kind: 'unavailable', message: 'no answer for this event; send it again' };
const NOT_HELD: AppendOutcome = { kind: 'unavailable', message: 'contacts could not be held back; send it again' };
