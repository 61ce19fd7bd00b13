/** What a person may have made of a contact. */
export const OUTCOMES = [
  'presented',
  'accepted',
  'rejected',
  'deferred',
  'no_answer',
  'wrong_person',
  'do_not_contact',
] as const;
/** The one that speaks of every contact, and needs none. */
export const LEFT_ALONE = 'do_not_contact' satisfies OutcomeKind;
export type OutcomeKind = (typeof OUTCOMES)[number];

/** One answer of the desk, checked. Times in ms since the epoch. */
export interface Outcome {
  readonly customerId: string;
  readonly outcome: OutcomeKind;
  /** Absent only where the customer wants to be left alone, whatever it was about. */
  readonly contactId?: string | undefined;
  /** Of a refusal: a code. */
  readonly reason?: string | undefined;
  /** Of a deferral: when he wants to be asked again. */
  readonly until?: number | undefined;
  /** When it happened; when it is handed over where absent. */
  readonly occurredAt?: number | undefined;
  /** Names this answer: given again under the same it is the same answer. */
  readonly requestId?: string | undefined;
}

/** Who hands answers over, and what holds for all of them. */
export interface OutcomeCaller {
  readonly agent: string;
  /** Names the whole request; with the place of an answer in it, it names the answer. */
  readonly requestKey?: string | undefined;
  sees(place: { readonly tier: string; readonly city: string; readonly accountManager: string }): boolean;
  /** Notes that this customer's data is changed. Rejects when it cannot be noted: then nothing is changed. */
  noteAccess(customerId: string): Promise<void>;
}

export interface RecordedEvent {
  readonly type: string;
  readonly id: string;
}

/** What became of one answer. */
export type OutcomeAnswer =
  | { readonly kind: 'recorded'; readonly occurredAt: number; readonly events: readonly RecordedEvent[] }
  /** Nobody is known under the id, or nobody the caller may see. */
  | { readonly kind: 'unknown-customer' }
  | { readonly kind: 'unknown-contact' }
  /** It can never be recorded as it is; `message` says why. */
  | { readonly kind: 'refused'; readonly field: string; readonly message: string }
  /** It may or may not be recorded; handing it over again under the same name is safe. */
  | { readonly kind: 'unavailable'; readonly message: string };

/** Takes answers in. Answers in the order given. */
export type RecordOutcomes = (caller: OutcomeCaller, outcomes: readonly Outcome[]) => Promise<readonly OutcomeAnswer[]>;
