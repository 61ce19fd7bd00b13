import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import type { PolicyFolder } from './folder.ts';
import { warnOfLines } from './line-scope.ts';
import { warnMarket } from './market-warnings.ts';
import type { CompiledPolicy } from './model.ts';
import { warnReasons, warnScripts } from './placeholder-warnings.ts';
import { warnPlan } from './plan-warnings.ts';
import { warnUndelivered, warnUnreached } from './reach-warnings.ts';
import { type Entry, keyPlaceOf } from './yaml-source.ts';

export interface LintOptions {
  /** Size of the base where the policy itself does not say it. */
  readonly baseCustomers?: number;
}

/** Warns of what is right in itself and will not do what its author expects. */
export function warnOf(
  policy: CompiledPolicy,
  folder: PolicyFolder,
  contract: PolicyContract,
  options: LintOptions,
  report: Reporter,
): void {
  const { sections } = folder;
  const { triggers, offers, campaigns, derived } = policy;
  const used = [...campaigns.values()];
  warnUnused(sections.triggers, new Set(used.flatMap((campaign) => campaign.triggers)), 'trigger', report);
  warnUnused(sections.offers, new Set(used.flatMap((campaign) => campaign.offers)), 'offer', report);
  warnOfLines(policy, sections.triggers, contract, report);
  warnUnreached(triggers, sections.triggers, contract, report);
  warnUndelivered(policy, sections.offers, contract, report);
  warnMarket(policy, folder, report);
  const use = { contract, triggers, offers, campaigns, derived, features: sections.features };
  warnReasons(sections.triggers, use, report);
  warnScripts(sections.scripts, use, report);
  const baseCustomers = folder.baseCustomers ?? options.baseCustomers;
  const rules = { offers, contactPolicy: policy.contactPolicy, channels: policy.channels };
  for (const [id, entry] of sections.campaigns) {
    const campaign = campaigns.get(id);
    if (campaign !== undefined) warnPlan(campaign, entry, { ...rules, baseCustomers, goals: contract.goals }, report);
  }
}

function warnUnused(
  entries: ReadonlyMap<string, Entry>,
  used: ReadonlySet<string>,
  what: string,
  report: Reporter,
): void {
  for (const [name, entry] of entries) {
    if (!used.has(name)) report.warning(keyPlaceOf(entry), `${what} "${name}" is in no campaign`);
  }
}
