import type { Campaign } from './campaign-model.ts';
import type { Reporter } from './diagnostic.ts';
import { expectationOf } from './shape.ts';
import { type Located, placeOf, scalarText } from './yaml-source.ts';

const STAGE_NAMES = ['draft', 'shadow', 'canary', 'live', 'retired'] as const;

/** Where a campaign is in its life, and to which share of customers it is open: 0 where it contacts nobody. */
export type Stage = Pick<Campaign, 'stage' | 'share'>;

const DRAFT: Stage = { stage: 'draft', share: 0 };

/** Undefined for what is no stage. `canary` alone is none: it says nothing of how many. */
export function parseStage(text: string): Stage | undefined {
  const canary = /^canary\((\d{1,3}(?:\.\d{1,12})?)%\)$/.exec(text);
  if (canary !== null) {
    const share = Number(canary[1]) / 100;
    return share > 0 && share <= 1 ? { stage: 'canary', share } : undefined;
  }
  const stage = STAGE_NAMES.find((name) => name === text);
  if (stage === undefined || stage === 'canary') return undefined;
  return { stage, share: stage === 'live' ? 1 : 0 };
}

/** As it is written: `canary(10%)`, `live`. */
export function stageText({ stage, share }: Stage): string {
  // Two places behind the point of a per cent are finer than any share of customers that matters.
  return stage === 'canary' ? `canary(${Math.round(share * 10_000) / 100}%)` : stage;
}

/** Of the campaign's own stage and the one the section `stages` gives it; both are checked, undefined when one is none. */
export function effectiveStage(
  own: Located | undefined,
  staged: Located | undefined,
  report: Reporter,
): Stage | undefined {
  const ownStage = own === undefined ? DRAFT : readStage(own, report);
  const stage = staged === undefined ? ownStage : readStage(staged, report);
  return ownStage && stage;
}

function readStage(value: Located, report: Reporter): Stage | undefined {
  const stage = parseStage(scalarText(value) ?? '');
  if (stage === undefined) report.error(placeOf(value), `stage must be ${expectationOf({ kind: 'stage' })}`);
  return stage;
}
