import { deviationOf, meanOf } from '@holdfast/telecom';
import { printableLines, table } from '../terminal-text.ts';
import type { LearningView } from './learning-desk.ts';

/** An offer in a segment. Shares are from 0 to 1. */
export interface PropensityLine {
  readonly offer: string;
  readonly segment: string;
  /** By the policy. */
  readonly stated: number;
  /** Contacts whose time to be answered is over, and acceptances of them, as they happened; nothing is forgotten here. */
  readonly contacts: number;
  readonly accepted: number;
  readonly learnt: number;
  /** Of what was learnt: one standard deviation. */
  readonly deviation: number;
  /** By what the first shard decides; null where that is what the policy states. */
  readonly inForce: number | null;
}

/** By offer, then segment. */
export function propensityLines({ learnt, policy, inForce }: LearningView): readonly PropensityLine[] {
  return learnt
    .map((posterior) => {
      const { offer, segment, treated: contacts, accepted } = posterior;
      const kept = inForce[0]?.get(offer)?.get(segment);
      return {
        ...{ offer, segment, contacts, accepted },
        stated: policy.offers.get(offer)?.propensity ?? 0,
        learnt: meanOf(posterior),
        deviation: deviationOf(posterior),
        inForce: kept ? meanOf(kept) : null,
      };
    })
    .sort((a, b) => compare(a.offer, b.offer) || compare(a.segment, b.segment));
}

export function describePropensities(view: LearningView): string {
  const { learning } = view.policy;
  const head = ['offer', 'segment', 'stated', 'contacts', 'accepted', 'learnt', 'in force'];
  const rows = propensityLines(view).map((line) => [
    ...[line.offer, line.segment, percent(line.stated), String(line.contacts), String(line.accepted)],
    `${percent(line.learnt)} ± ${percent(line.deviation)}`,
    line.inForce === null ? 'as stated' : percent(line.inForce),
  ]);
  const halfLife = `${Math.round(learning.halfLifeMs / 86_400_000)} days`;
  const lines = [
    `a stated propensity is worth ${learning.priorStrength} contacts; an outcome counts half after ${halfLife}`,
    ...(rows.length === 0 ? ['nothing was learnt yet: no offer has been answered, or its time is not over'] : []),
    ...(rows.length === 0 ? [] : table([head, ...rows])),
    behindText(view),
  ];
  return printableLines(lines);
}

function behindText({ behind, inForce }: LearningView): string {
  if (behind.length === 0) return `no news for any of the ${inForce.length} shards`;
  const who = behind.length === inForce.length ? 'no shard decides' : `shards ${behind.join(', ')} do not decide`;
  return `${who} by it yet; holdfast propensity learn, or the next round of the worker, tells them`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
