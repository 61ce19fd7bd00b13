import type { LogRecord } from '@holdfast/engine';
import type { DecisionMade } from '@holdfast/events';
import type { CompiledPolicy } from '@holdfast/policy';
import { type CustomerRulesDeps, createRehearsal, customerRules, type Rehearsal } from '@holdfast/rehearsal';
import { cellName } from './cells.ts';
import { createObserver, type Observation, type Observer, type Window } from './observation.ts';
import type { SampleOptions } from './sample.ts';
import { createTally, type Totals } from './tally.ts';

export interface PartitionRunDeps extends Pick<CustomerRulesDeps, 'decodeRecord' | 'erasure'> {
  /** What is asked about, then what it is held against, if anything. */
  readonly policies: readonly CompiledPolicy[];
  /** Records folded so far. */
  progress?(records: number): void;
}

export interface PartitionRunOptions {
  /** Of the input topics. */
  readonly partitions: number;
  readonly window: Window;
  readonly sample: SampleOptions;
  /** Who is erased, wherever in the log, with the time of it: nobody is rehearsed who asked to be forgotten. */
  readonly erasures?: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** What the policies would have done in the partitions whose records were given. Plain: it can leave a process. */
export interface PartitionResult {
  readonly events: number;
  readonly warmUpEvents: number;
  readonly customers: number;
  readonly observations: readonly Observation[];
  /** Customers contacted under both policies, or only one, in all and by campaign; empty with one policy. */
  readonly comparison: Totals;
}

interface Variant {
  readonly rehearsal: Rehearsal<DecisionMade>;
  readonly observer: Observer;
}

/**
 * Folds records under every policy side by side, and counts what they decide within the window; what comes before it
 * only fills features. Records at or after its end are left out.
 */
export async function runPartitions(
  stretches: AsyncIterable<readonly LogRecord[]>,
  deps: PartitionRunDeps,
  options: PartitionRunOptions,
): Promise<PartitionResult> {
  const { fromMs, toMs } = options.window;
  const variants = deps.policies.map((policy) => variantOf(policy, deps, options));
  const counted = { events: 0, warmUpEvents: 0 };
  for (const { rehearsal } of variants) await rehearsal.eraseAhead(options.erasures ?? new Map());
  for await (const stretch of stretches) {
    const before = stretch.filter(({ appendTime }) => appendTime < fromMs);
    const within = stretch.filter(({ appendTime }) => appendTime >= fromMs && appendTime < toMs);
    counted.warmUpEvents += before.length;
    counted.events += within.length;
    for (const variant of variants) {
      await fold(variant, before, false);
      await fold(variant, within, true);
    }
    deps.progress?.(counted.warmUpEvents + counted.events);
  }
  for (const { rehearsal, observer } of variants) {
    for (const happening of await rehearsal.fireUntil(toMs - 1)) observer.see(happening, true);
  }
  return {
    ...counted,
    customers: [...(variants[0]?.rehearsal.states() ?? [])].length,
    observations: variants.map(({ observer }) => observer.observation()),
    comparison: compare(variants, deps.policies),
  };
}

function variantOf(policy: CompiledPolicy, deps: PartitionRunDeps, options: PartitionRunOptions): Variant {
  const { decodeRecord, erasure } = deps;
  const rules = customerRules({ policy, decodeRecord, ...(erasure ? { erasure } : {}) });
  return {
    rehearsal: createRehearsal(rules, { partitions: options.partitions }),
    observer: createObserver(options.window, options.sample),
  };
}

async function fold(
  { rehearsal, observer }: Variant,
  records: readonly LogRecord[],
  isCounted: boolean,
): Promise<void> {
  if (records.length === 0) return;
  for (const happening of await rehearsal.fold(records)) observer.see(happening, isCounted);
}

function compare([ours, theirs]: readonly Variant[], policies: readonly CompiledPolicy[]): Totals {
  const tally = createTally();
  if (!ours || !theirs) return tally.totals();
  const campaigns = new Set(policies.flatMap((policy) => [...policy.campaigns.keys()]));
  for (const campaign of ['', ...campaigns]) {
    const [a, b] = [ours.observer.contacted(campaign), theirs.observer.contacted(campaign)];
    const name = (side: string) => cellName('contacted', campaign, side);
    for (const id of a) tally.addCustomer(name(b.has(id) ? 'both' : 'ours'), id);
    for (const id of b) if (!a.has(id)) tally.addCustomer(name('theirs'), id);
  }
  return tally.totals();
}
