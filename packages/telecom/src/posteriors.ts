import type { ShardStanding } from '@holdfast/decisions';
import type { Decoded } from '@holdfast/engine';
import type { PropensitiesLearned } from '@holdfast/events';
import type { CustomerEvent } from './customer-topology.ts';

/** Setting of a shard: what was learnt of offers, as the newest record said it. */
export const PROPENSITIES = 'propensities';

/** Kind of a control record that brings it. */
export const PROPENSITIES_KIND = 'propensities';

/** Beta(alpha, beta) of the probability that a contact is accepted. */
export interface Beta {
  readonly alpha: number;
  readonly beta: number;
}

export type Posterior = PropensitiesLearned['posteriors'][number];

/** What is known of offers beyond their priors, by offer and segment. */
export type Posteriors = ReadonlyMap<string, ReadonlyMap<string, Beta>>;

/** What the shard keeps: pairs of offer and segment with alpha and beta. */
type Kept = readonly (readonly [offer: string, segment: string, alpha: number, beta: number])[];

const NOTHING_LEARNT: Posteriors = new Map();

/** The record as a setting of the shard. One that says what no distribution is would decide for everybody: it is poison. */
export function propensitiesSetting({ posteriors }: PropensitiesLearned): Decoded<CustomerEvent> {
  const wrong = posteriors.find(({ alpha, beta }) => !isBeta({ alpha, beta }));
  if (!wrong) return { kind: 'setting', name: PROPENSITIES, text: keptPropensities(posteriors) };
  const { offer, segment, alpha, beta } = wrong;
  const message = `${offer} in ${segment} has alpha ${alpha} and beta ${beta}; both must be from 0 on, and one above`;
  return { kind: 'poison', code: 'propensities', message };
}

function isBeta({ alpha, beta }: Beta): boolean {
  return Number.isFinite(alpha + beta) && alpha >= 0 && beta >= 0 && alpha + beta > 0;
}

/** The text of the setting. */
export function keptPropensities(posteriors: readonly Posterior[]): string {
  const kept: Kept = posteriors.map(({ offer, segment, alpha, beta }) => [offer, segment, alpha, beta]);
  return JSON.stringify(kept);
}

/** What the text of the setting says; undefined is what a shard has that was told nothing. */
export function readPosteriors(text: string | undefined): Posteriors {
  if (text === undefined) return NOTHING_LEARNT;
  const read = new Map<string, Map<string, Beta>>();
  for (const [offer, segment, alpha, beta] of JSON.parse(text) as Kept) {
    const bySegment = read.get(offer) ?? new Map<string, Beta>();
    read.set(offer, bySegment.set(segment, { alpha, beta }));
  }
  return read;
}

/** What a text says, as decisions ask for it: the same function for the same text, which is read at the first question. */
export type PosteriorReader = (text: string | undefined) => ShardStanding['posterior'];

/** Shards of a process keep the same text but for the moments in which a new one arrives. */
const TEXTS_HELD = 4;

export function createPosteriorReader(): PosteriorReader {
  const held = new Map<string | undefined, ShardStanding['posterior']>();
  return (text) => {
    const known = held.get(text);
    if (known) return known;
    if (held.size >= TEXTS_HELD) held.clear();
    const posterior = posteriorOf(text);
    held.set(text, posterior);
    return posterior;
  };
}

/** The same of one text. */
export function posteriorOf(text: string | undefined): ShardStanding['posterior'] {
  let posteriors: Posteriors | undefined;
  return (offer, segment) => {
    posteriors ??= readPosteriors(text);
    return posteriors.get(offer)?.get(segment);
  };
}
