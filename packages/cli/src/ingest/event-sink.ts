import type { EventInput } from '@holdfast/events';

/** What became of one event that was handed over. */
export type Handed =
  | { readonly kind: 'accepted' }
  /** It can never be taken as it is. */
  | { readonly kind: 'rejected'; readonly field: string; readonly reason: string }
  /** Not now; it may be there all the same. Sending it again under the same id is safe. */
  | { readonly kind: 'again'; readonly why: string };

/** Where the events of a file go. */
export interface EventSink {
  /** Answers per event, in the order given. Throws `StackFailure` when no event will ever be taken. */
  send(events: readonly EventInput[]): Promise<readonly Handed[]>;
  close(): Promise<void>;
}
