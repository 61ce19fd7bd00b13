import type { EventInput } from '@holdfast/events';

export type GatewayEvent = EventInput;

export interface EventError {
  readonly code: string;
  readonly message: string;
  readonly field?: string;
}

/**
 * What became of one event. `unavailable` is neither accepted nor rejected: it may or may not be in the log, and sending
 * it again under the same id is safe.
 */
export interface EventResult {
  readonly id: string | null;
  readonly status: 'accepted' | 'rejected' | 'unavailable';
  readonly error?: EventError;
}

export type ParsedEvent =
  | { readonly ok: true; readonly event: GatewayEvent }
  | { readonly ok: false; readonly error: EventError };

export type AppendOutcome =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'overloaded' | 'unavailable'; readonly message: string };

export interface EventIntakeDeps {
  /** Reads one CloudEvent in the structured JSON form. */
  parse(cloudEvent: unknown): ParsedEvent;
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly GatewayEvent[]): Promise<readonly AppendOutcome[]>;
  /** Holds contacts back, or no longer, until the log is folded up to this consent. */
  consentSeen(event: Extract<GatewayEvent, { type: 'ConsentChanged' }>): Promise<void>;
  /** A consent whose hold could not be set; it still goes to the log. */
  holdFailed(error: unknown): void;
}

/** Takes events in: parses each, sets holds for consents, appends what is sound, answers in the order given. */
export function createEventIntake(
  deps: EventIntakeDeps,
): (events: readonly unknown[]) => Promise<readonly EventResult[]> {
  return async (cloudEvents) => {
    const parsed = cloudEvents.map((each) => ({ id: idOf(each), answer: deps.parse(each) }));
    const sound = parsed.flatMap(({ answer }) => (answer.ok ? [answer.event] : []));
    await holdForConsents(sound, deps);
    const outcomes = (sound.length === 0 ? [] : await deps.append(sound)).values();
    return parsed.map(({ id, answer }) => {
      if (!answer.ok) return { id, status: 'rejected', error: answer.error };
      return resultOf(answer.event.eventId, outcomes.next().value);
    });
  };
}

/** Before the append: an opt-out counts from the moment it was handed over, even when the log is away. */
async function holdForConsents(events: readonly GatewayEvent[], deps: EventIntakeDeps): Promise<void> {
  for (const event of events) {
    if (event.type !== 'ConsentChanged') continue;
    try {
      await deps.consentSeen(event);
    } catch (error) {
      deps.holdFailed(error);
    }
  }
}

function resultOf(id: string, outcome: AppendOutcome | undefined): EventResult {
  if (outcome === undefined) return unavailable(id, 'no answer for this event; send it again');
  switch (outcome.kind) {
    case 'accepted':
      return { id, status: 'accepted' };
    case 'rejected':
      return { id, status: 'rejected', error: { code: outcome.code, message: outcome.message } };
    case 'overloaded':
    case 'unavailable':
      return unavailable(id, outcome.message);
  }
}

function unavailable(id: string, message: string): EventResult {
  return { id, status: 'unavailable', error: { code: 'unavailable', message } };
}

const MAX_ECHO = 128;

/** The id of an event that may be anything, for the answer. */
function idOf(cloudEvent: unknown): string | null {
  if (typeof cloudEvent !== 'object' || cloudEvent === null || !('id' in cloudEvent)) return null;
  return typeof cloudEvent.id === 'string' ? cloudEvent.id.slice(0, MAX_ECHO) : null;
}
