import type { CloudEventError, CloudEventOutcome, EventInput, WithExtensions } from '@holdfast/events';

export type GatewayEvent = WithExtensions<EventInput>;

export interface EventError {
  readonly code: string;
  readonly message: string;
  /** The attribute at fault, or the field as `data.name`. */
  readonly field?: string;
  readonly fix?: string;
}

/**
 * What became of one event. `unavailable` is neither accepted nor rejected: it may or may not be in the log, and sending
 * it again under the same id and source is safe.
 */
export interface EventResult {
  readonly id: string | null;
  readonly status: 'accepted' | 'rejected' | 'unavailable';
  readonly error?: EventError;
}

export type ParsedEvent = CloudEventOutcome;

/** Where an event lies in the log. */
export interface EventPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type AppendOutcome =
  | { readonly kind: 'accepted'; readonly place: EventPlace }
  | { readonly kind: 'rejected'; readonly code: string; readonly message: string }
  | { readonly kind: 'overloaded' | 'unavailable'; readonly message: string };

export interface EventIntakeDeps {
  /** Reads one CloudEvent as the HTTP binding hands it out. */
  parse(cloudEvent: unknown): ParsedEvent | Promise<ParsedEvent>;
  /** Appends with acks of all replicas; answers per event, in order; never rejects. */
  append(events: readonly GatewayEvent[]): Promise<readonly AppendOutcome[]>;
  /** Holds contacts back, or no longer, until the log is folded up to this consent. */
  consentSeen(event: Extract<GatewayEvent, { type: 'ConsentChanged' }>): Promise<void>;
  /** Likewise of an exclusion. */
  exclusionSeen(event: Extract<GatewayEvent, { type: 'ExclusionSet' }>): Promise<void>;
  /** A consent or an exclusion whose hold could not be set; it still goes to the log. */
  holdFailed(error: unknown): void;
}

/**
 * Takes events in: parses each, sets holds for opt-outs, appends what is sound, answers in the order given. It remembers
 * no ids: a gateway beside it would not know them, and the shard that counts an event counts it once.
 */
export function createEventIntake(
  deps: EventIntakeDeps,
): (events: readonly unknown[]) => Promise<readonly EventResult[]> {
  return async (cloudEvents) => {
    const answers = cloudEvents.map((each) => deps.parse(each));
    const parsed = (answers.some(isPending) ? await Promise.all(answers) : answers) as readonly ParsedEvent[];
    const sound = parsed.flatMap((answer) => (answer.ok ? [answer.event] : []));
    await holdForOptOuts(sound, deps);
    const outcomes = (sound.length === 0 ? [] : await deps.append(sound)).values();
    return parsed.map((answer, index) => {
      if (!answer.ok) return refused(idOf(cloudEvents[index]), answer.error);
      return resultOf(answer.event.eventId, outcomes.next().value);
    });
  };
}

function isPending(answer: ParsedEvent | Promise<ParsedEvent>): boolean {
  return answer instanceof Promise;
}

/**
 * Before the append: an opt-out counts from the moment it was handed over, even when the log is away. All at once, in the order
 * given: while the store of holds is away, a batch waits as long as one of its opt-outs would.
 */
async function holdForOptOuts(events: readonly GatewayEvent[], deps: EventIntakeDeps): Promise<void> {
  const holds = events.flatMap((event) => {
    if (event.type === 'ConsentChanged') return [deps.consentSeen(event)];
    return event.type === 'ExclusionSet' ? [deps.exclusionSeen(event)] : [];
  });
  await Promise.all(holds.map((hold) => hold.catch(deps.holdFailed)));
}

/** The result of an event that was not handed to the log. */
export function refused(id: string | null, error: CloudEventError): EventResult {
  return { id, status: error.code === 'registry-away' ? 'unavailable' : 'rejected', error };
}

function resultOf(id: string, outcome: AppendOutcome | undefined): EventResult {
  if (outcome === undefined) return unavailable(id, 'unavailable', 'no answer for this event');
  switch (outcome.kind) {
    case 'accepted':
      return { id, status: 'accepted' };
    case 'rejected':
      return { id, status: 'rejected', error: { code: outcome.code, message: outcome.message } };
    case 'overloaded':
    case 'unavailable':
      return unavailable(id, outcome.kind, outcome.message);
  }
}

const SEND_AGAIN = 'Send it again under the same id and source after Retry-After; it counts once.';

function unavailable(id: string, code: string, message: string): EventResult {
  return { id, status: 'unavailable', error: { code, message, fix: SEND_AGAIN } };
}

const MAX_ECHO = 128;

/** The id of an event that may be anything, for the answer. */
function idOf(cloudEvent: unknown): string | null {
  if (typeof cloudEvent !== 'object' || cloudEvent === null || !Object.hasOwn(cloudEvent, 'id')) return null;
  const { id } = cloudEvent as { id: unknown };
  return typeof id === 'string' ? id.slice(0, MAX_ECHO).toWellFormed() : null;
}
