import type { EventInput } from '@holdfast/events';
import type { BadRows } from './bad-rows.ts';

/** Where a replay can come from. */
export const RECORDINGS = ['cns_cdr', 'megaline', 'generated'] as const;
export type RecordingName = (typeof RECORDINGS)[number];

/** Everything a recording says about one customer, in the recording's own time. */
export interface CustomerHistory {
  /** Who it is in the recording; the same in every run. */
  readonly person: string;
  readonly customerId: string;
  readonly subscriptionId: string;
  readonly events: readonly EventInput[];
}

export interface Recording {
  readonly name: RecordingName;
  /** `source` of its events: a feed of its own. */
  readonly feed: string;
  /** `recorded`: moved so that it ends about now; `actual`: its event times stand as they are. */
  readonly timing: 'recorded' | 'actual';
  readonly histories: readonly CustomerHistory[];
  readonly badRows: BadRows;
  /** What a reader of the figures must know: synthetic parts, interpretations. */
  readonly notes: readonly string[];
}

/** Names of one run: customers and feeds of another run are others, so that a replay always starts with unknown customers. */
export interface Naming {
  /** Empty: the plain names; replaying again gives duplicates, which Holdfast recognises. */
  readonly run: string;
}

export function customerIdOf(prefix: string, person: string, { run }: Naming): string {
  return run === '' ? `${prefix}-${person}` : `${prefix}-${person}-${run}`;
}

/** Sources that begin with `recorded:` tell Holdfast that their event times follow the replay, not the clock. */
export function recordedFeed(name: RecordingName, { run }: Naming): string {
  return run === '' ? `recorded:${name}` : `recorded:${name}/${run}`;
}
