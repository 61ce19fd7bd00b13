import type { FeatureStart, PolicyEffects, TriggerStart } from '@holdfast/telecom';
import { printableLines } from '../terminal-text.ts';
import { diffLines, section, shortVersion } from './diff-report.ts';
import type { PolicyPlan } from './plan.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const STARTS: Readonly<Record<TriggerStart, string>> = {
  primed: 'its latch is primed: who is beyond the level already does not fire',
  armed:
    'silences that run are counted from their last event; those older than its freshness are closed without firing',
  scheduled: 'waits for its next day; one that is longer past than its freshness is closed without firing',
  'next-event': 'looks at the next event',
  removed: 'gone; contacts that are open are finished',
};

/** For people: the difference, and what shards would do at the switch. */
export function describePlan({ base, diff, effects, approvals }: PolicyPlan): string {
  return printableLines([
    `${baseLine(base, diff.before)}, wanted ${shortVersion(diff.after)}`,
    ...diffLines(diff),
    ...section('features that start anew', effects.features.map(featureLine)),
    ...section('features that are dropped', effects.droppedFeatures),
    ...section(
      'triggers',
      effects.triggers.map(({ trigger, start }) => `${trigger}: ${STARTS[start]}`),
    ),
    ...section('bytes per customer, at most', [bytesLine(effects)]),
    ...section('approval of a second person is needed', approvals),
    ...(approvals.length === 0 ? ['', 'nobody has to approve it'] : []),
  ]);
}

function baseLine(base: PolicyPlan['base'], version: string | null): string {
  if (base.kind === 'in-force') return `in force ${shortVersion(version)}`;
  if (base.kind === 'nothing') return 'nothing was published yet';
  return `nothing was published yet; compared with ${base.dir} (${shortVersion(version)}), if that is what workers run`;
}

function featureLine({ feature, knownAfterMs }: FeatureStart): string {
  if (knownAfterMs === null) return `${feature}: counts from the switch on`;
  return `${feature}: counts from the switch on, unknown for ${durationOf(knownAfterMs)} unless the line is younger`;
}

function bytesLine({ bytesBefore, bytesAfter }: PolicyEffects): string {
  if (bytesBefore === null) return `features ${bytesAfter}`;
  const more = bytesAfter - bytesBefore;
  return `features ${bytesBefore} → ${bytesAfter} (${more >= 0 ? '+' : ''}${more})`;
}

function durationOf(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS} days`;
  return ms % HOUR_MS === 0 ? `${ms / HOUR_MS} hours` : `${Math.round(ms / 60_000)} minutes`;
}
