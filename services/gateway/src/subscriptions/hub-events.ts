/** TM Forum interfaces whose events others may have sent to them. */
export type HubApi = 'TMF680' | 'TMF683';

/** A TM Forum event: `event` holds the resource under its name, as the listener's contract has it. */
export interface HubEvent {
  readonly eventId: string;
  /** RFC 3339. */
  readonly eventTime: string;
  /** `QueryProductRecommendationCreateEvent` … */
  readonly eventType: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** Whom it is about; not sent. */
  readonly customerId: string;
}

export interface HubRegistration {
  readonly callback: string;
  /** `eventType=…,…`, or empty for every event of the interface. */
  readonly query: string;
}

/** `refused`: `reason` says what is wrong with the callback or the query. `full`: there are as many as there may be. */
export type HubSubscribed =
  | { readonly kind: 'subscribed'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'full' };

/** Registrations at the hubs of TM Forum interfaces, and what is sent to them. All three reject while Redis is away. */
export interface HubEvents {
  subscribe(api: HubApi, registration: HubRegistration): Promise<HubSubscribed>;
  /** False when the interface has no registration of this id. */
  unsubscribe(api: HubApi, id: string): Promise<boolean>;
  /**
   * Resolves when the event is kept for delivery; one published again under the same eventId is delivered once. It is made
   * only where somebody is subscribed to events of this interface.
   */
  publish(api: HubApi, make: () => HubEvent): Promise<void>;
}
