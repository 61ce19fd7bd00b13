import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ArchiveError, openArchive, type PlaceOptions } from '@holdfast/archive';
import { type BacktestReport, reportOf, type SampleOptions, type Window } from '@holdfast/backtest';
import { CUSTOMER_INPUTS } from '@holdfast/events';
import { asIfLive, type CompiledPolicy } from '@holdfast/policy';
import { StackFailure } from '../../../../infra/stack/index.mjs';
import type { Addresses } from '../addresses.ts';
import { archiveRound } from '../archive/archive-round.ts';
import { openPolicies } from '../policies/policy-names.ts';
import { runInProcesses } from './process-pool.ts';

/** Where the log is, for a backtest without an archive. */
export interface LogAddresses {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  /** Where to begin, by `topic/partition`; those that are not named from their beginning. */
  readonly fromOffsets?: ReadonlyMap<string, number>;
}

export interface BacktestPlan {
  /** Folders, versions or `in-force`: the policy asked about, and perhaps another beside it. */
  readonly policies: readonly string[];
  /** Of the installation, for published versions. */
  addresses(): Promise<Addresses>;
  /** Counted as if live. */
  readonly campaigns: readonly string[];
  readonly window: Window;
  /** So long before the window events fill features, ms; undefined for all there is. */
  readonly warmUpMs?: number;
  readonly sample: SampleOptions;
  readonly isPersonal: boolean;
  readonly source: { readonly archive: string; readonly place?: PlaceOptions } | { readonly log: LogAddresses };
  readonly erasureKey?: string | undefined;
  /** Default: as many as there are cores. */
  readonly processes?: number;
}

export interface BacktestDeps {
  progress(what: string, done: number, total: number): void;
  note(line: string): void;
}

/** Exit code of a command that a signal ended. */
const STOPPED = 130;

/** Reads recorded events only; nothing that is live is touched. Throws `StackFailure` with the way out. */
export async function runBacktest(plan: BacktestPlan, deps: BacktestDeps): Promise<BacktestReport> {
  const written = await openPolicies(plan.policies, plan.addresses);
  const policies = written.map(({ policy }) => asIfLive(policy, plan.campaigns));
  refuseUnknown(plan.campaigns, policies);
  if (plan.window.fromMs >= plan.window.toMs)
    throw new StackFailure('--from is not before --to', 'nothing lies between');
  return withArchive(plan, deps, async (archive) => {
    const { window, sample, campaigns, isPersonal, erasureKey } = plan;
    const readFromMs = readFromMsOf(plan);
    const { partitions, total } = await extentOf(archive, { fromMs: readFromMs, toMs: window.toMs }, deps);
    deps.progress('folding', 0, total);
    const policyFiles = written.map(({ files }) => files);
    const order = { ...archive, policyFiles, asIfLive: campaigns, readFromMs, window, sample, erasureKey };
    const results = await runInProcesses(order, {
      partitions,
      processes: plan.processes ?? availableParallelism(),
      progress: (records) => deps.progress('folding', records, total),
    });
    return reportOf(results, { window, policies, asIfLive: campaigns, sample, isPersonal });
  });
}

function refuseUnknown(campaigns: readonly string[], policies: readonly CompiledPolicy[]): void {
  const unknown = campaigns.find((id) => !policies.some((policy) => policy.campaigns.has(id)));
  if (unknown === undefined) return;
  const known = policies.flatMap((policy) => [...policy.campaigns.keys()]).join(', ');
  throw new StackFailure(`no campaign ${unknown} in this policy`, `it has ${known}`);
}

function readFromMsOf({ window, warmUpMs }: BacktestPlan): number {
  return warmUpMs === undefined ? 0 : Math.max(0, window.fromMs - warmUpMs);
}

interface OpenedArchive {
  readonly location: string;
  readonly place: PlaceOptions;
}

/**
 * What the log has is archived for the run only: partitions are folded one by one, and each input is read in order. Files
 * of an archive elsewhere are copied for as long as they are read.
 */
async function withArchive<T>(
  plan: BacktestPlan,
  deps: BacktestDeps,
  work: (archive: OpenedArchive) => Promise<T>,
): Promise<T> {
  const { source } = plan;
  const scratchDir = await mkdtemp(join(tmpdir(), 'holdfast-backtest-'));
  // What was sent by customers is not left lying about, however the run ends.
  const stop = () => {
    rmSync(scratchDir, { recursive: true, force: true });
    process.exit(STOPPED);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    if ('archive' in source) return await work({ location: source.archive, place: { ...source.place, scratchDir } });
    const round = {
      ...source.log,
      location: scratchDir,
      topics: CUSTOMER_INPUTS,
      fromMs: readFromMsOf(plan),
      acceptGaps: true,
    };
    await archiveRound(round, { progress: (topic, done, total) => deps.progress(`reading ${topic}`, done, total) });
    return await work({ location: scratchDir, place: {} });
  } catch (error) {
    if (error instanceof ArchiveError) throw new StackFailure(error.message, '');
    throw error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await rm(scratchDir, { recursive: true, force: true });
  }
}

async function extentOf(
  { location, place }: OpenedArchive,
  range: { readonly fromMs: number; readonly toMs: number },
  { note }: BacktestDeps,
) {
  const archive = await openArchive(location, place);
  const { identity, gaps } = archive.index;
  const places = CUSTOMER_INPUTS.flatMap((topic) =>
    Array.from({ length: identity.partitions }, (_, partition) => ({ topic, partition })),
  );
  const total = places.reduce((sum, { topic, partition }) => sum + archive.estimate(topic, partition, range), 0);
  await archive.close();
  for (const { topic, partition, from, to } of gaps) {
    note(`the archive lacks offsets ${from} to ${to - 1} of ${topic}/${partition}`);
  }
  if (total === 0)
    throw new StackFailure(
      'nothing is recorded of this time',
      `${location} has no events before ${new Date(range.toMs).toISOString()}`,
    );
  return { partitions: identity.partitions, total };
}
