import { type BoundFeature, createFeatureSet, type FeatureSet } from '@holdfast/features';
import type { CampaignRules } from './campaign-rules.ts';
import { readCampaign } from './campaign-section.ts';
import { UNLIMITED } from './contact-model.ts';
import { readContactPolicy, readExclusion, readHoldout } from './contact-section.ts';
import { contentAddress } from './content-address.ts';
import { type FieldType, ownNamesOnly, type PolicyContract } from './contract.ts';
import { createReporter, inOrder, type Reporter } from './diagnostic.ts';
import { createExpressionCompiler, type ExpressionCompiler, type NamedExpressions } from './expression.ts';
import { rangesOf } from './feature-range.ts';
import { readFeature, refuseTooLarge } from './feature-section.ts';
import { collectFolder, type PolicyFolder } from './folder.ts';
import { readExploration, readLearning } from './learning-section.ts';
import { refuseLineLatches } from './line-scope.ts';
import { type LintOptions, warnOf } from './lint.ts';
import { readMarket } from './market-section.ts';
import {
  type CompiledPolicy,
  type DerivedFeature,
  type Diagnostic,
  type Script,
  type Template,
  VALUE_TIER,
} from './model.ts';
import { readOffer } from './offer-section.ts';
import { campaignIndex, isOpen, triggerIndex } from './policy-index.ts';
import { readTemplate, readTier } from './target-section.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { checkLimits } from './trigger-limits.ts';
import { readTrigger } from './trigger-section.ts';
import { createVocabulary } from './vocabulary.ts';
import { readWork } from './work-section.ts';
import { type Entry, keyPlaceOf } from './yaml-source.ts';

export type CompileAnswer =
  | { readonly kind: 'ok'; readonly policy: CompiledPolicy; readonly warnings: readonly Diagnostic[] }
  /** Errors first in file order; warnings may be among them. */
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles a policy folder: texts by path (any number of `.yaml` files whose sections add up). Never throws for what a
 * file says; every problem is a diagnostic with file, line and column.
 */
export function compilePolicy(
  files: Readonly<Record<string, string>>,
  contract: PolicyContract,
  options: LintOptions = {},
): CompileAnswer {
  return compileReporting(files, contract, options, createReporter());
}

/** The same with a reporter of one's own, which knows afterwards how much work it was. */
export function compileReporting(
  files: Readonly<Record<string, string>>,
  contract: PolicyContract,
  options: LintOptions,
  report: Reporter,
): CompileAnswer {
  const folder = collectFolder(files, ownNamesOnly(contract), report);
  const known = withTiers(ownNamesOnly(contract), folder);
  const policy = build(folder, known, contentAddress(files), report);
  if (report.errorCount === 0) warnOf(policy, folder, known, options, report);
  const diagnostics = inOrder(report.diagnostics);
  return report.errorCount > 0 ? { kind: 'invalid', diagnostics } : { kind: 'ok', policy, warnings: diagnostics };
}

function build(folder: PolicyFolder, contract: PolicyContract, version: string, report: Reporter): CompiledPolicy {
  const { sections, languages, currency, digits, approval } = folder;
  const featureNames = new Set(sections.features.keys());
  const vocabulary = createVocabulary(contract, featureNames);
  const compiler = createExpressionCompiler(vocabulary, namedIn(folder, contract), report);
  const rules: TextRules = { languages, contract, featureNames };
  for (const name of sections.segments.keys()) compiler.segment(name);
  const scripts = mapValues(
    sections.scripts,
    (entry): Script => ({ id: entry.key, text: readTexts(entry, rules, undefined, report) }),
  );
  const templates = mapValues(sections.templates, (entry) => readTemplate(entry, compiler, report));
  const read = mapValues(sections.triggers, (entry) => readTrigger(entry, rules, compiler, report));
  const triggers = new Map([...read].map(([id, { trigger }]) => [id, trigger]));
  checkLimits(triggers, sections.triggers, contract, report);
  refuseRequestTriggers(sections.triggers, contract, report);
  const market = readMarket(folder, contract, report);
  const money = { currency, digits };
  const offers = mapValues(sections.offers, (entry) => readOffer(entry, rules, money, scripts, compiler, report));
  const known = campaignRules(folder, contract, templates);
  const campaigns = mapValues(sections.campaigns, (entry) => readCampaign(entry, known, report));
  refuseUnknown(sections.stages, sections.campaigns, report);
  const features = buildFeatures(
    folder,
    contract,
    compiler,
    [...read.values()].flatMap((trigger) => trigger.features),
    report,
  );
  const derived = derivedFeatures(folder.derived.keys(), compiler);
  refuseLineLatches({ features, derived, triggers }, sections.triggers, report);
  return {
    version,
    languages,
    currency,
    approval,
    features,
    derived,
    triggers,
    ...triggerIndex([...triggers.values()]),
    templates,
    tiers: [...mapValues(sections.tiers, (entry) => readTier(entry, compiler, report)).values()],
    offers,
    campaigns,
    campaignsFor: campaignIndex([...campaigns.values()], isOpen),
    shadowsFor: campaignIndex([...campaigns.values()], ({ stage }) => stage === 'shadow'),
    exclusions: [...mapValues(sections.exclusions, (entry) => readExclusion(entry, compiler, report)).values()],
    contactPolicy: folder.contactPolicy
      ? readContactPolicy(
          folder.contactPolicy,
          { channels: market.channels, offers: sections.offers },
          compiler,
          report,
        )
      : UNLIMITED,
    ...market,
    exploration: readExploration(folder.exploration, digits, report),
    learning: readLearning(folder.learning, compiler, report),
    work: readWork(folder.work, new Set(sections.tiers.keys()), report),
    holdout: folder.holdout ? readHoldout(folder.holdout, report) : { share: 0, salt: '' },
    scripts,
  };
}

function refuseRequestTriggers(
  declared: PolicyFolder['sections']['triggers'],
  { requestTriggers = [] }: PolicyContract,
  report: Reporter,
): void {
  for (const id of requestTriggers) {
    const entry = declared.get(id);
    if (entry) report.error(keyPlaceOf(entry), `"${id}" is there without being declared: it is whoever asks`);
  }
}

/** What expressions may refer to by name. */
function namedIn({ sections, templates, derived }: PolicyFolder, contract: PolicyContract): NamedExpressions {
  const ranges = rangesOf(sections.features, contract);
  return { segments: sections.segments, templates, derived, ranges, words: tierWords(sections.tiers.keys()) };
}

/** A policy that declares tiers may name the one a customer is in. */
function withTiers(contract: PolicyContract, { sections: { tiers } }: PolicyFolder): PolicyContract {
  if (tiers.size === 0) return contract;
  return { ...contract, attributes: { ...contract.attributes, [VALUE_TIER]: 'string' } };
}

function tierWords(tiers: Iterable<string>): Readonly<Record<string, FieldType>> {
  const symbols = [...tiers];
  return symbols.length === 0 ? {} : { [VALUE_TIER]: { type: 'string', isWhole: false, symbols } };
}

function campaignRules(
  { sections, currency, digits, timeZone }: PolicyFolder,
  { channels, takenCampaigns = [], requestTriggers = [] }: PolicyContract,
  templates: ReadonlyMap<string, Template>,
): CampaignRules {
  return {
    triggers: new Set([...sections.triggers.keys(), ...requestTriggers]),
    offers: new Set(sections.offers.keys()),
    templates,
    templateNames: new Set(sections.templates.keys()),
    channels: new Set(channels),
    taken: new Set(takenCampaigns),
    currency,
    digits,
    timeZone,
    stages: sections.stages,
  };
}

/** `own`: what triggers keep for themselves; two may keep the same. */
function buildFeatures(
  folder: PolicyFolder,
  contract: PolicyContract,
  compiler: ExpressionCompiler,
  own: readonly BoundFeature[],
  report: Reporter,
): FeatureSet {
  const bound: BoundFeature[] = [...new Map(own.map((feature) => [feature.name, feature])).values()];
  for (const [name, entry] of folder.sections.features) {
    if (folder.derived.has(name)) continue;
    const feature = readFeature(entry, contract.events, compiler, report);
    if (feature !== undefined) bound.push(feature);
  }
  try {
    const set = createFeatureSet(bound);
    refuseTooLarge(set.size, folder.sections.features, report);
    return set;
  } catch (error) {
    // Two definitions whose 32-bit identities are equal: renaming one of them parts them.
    if (!(error instanceof RangeError)) throw error;
    const entry = folder.sections.features.values().next().value;
    if (entry !== undefined) report.error(keyPlaceOf(entry), `${error.message}: rename one of them`);
    return createFeatureSet([]);
  }
}

/** By the name of the feature: the entry read is its `expr`. */
function derivedFeatures(names: Iterable<string>, compiler: ExpressionCompiler): ReadonlyMap<string, DerivedFeature> {
  const features = new Map<string, DerivedFeature>();
  for (const name of names) {
    const feature = compiler.derivedFeature(name);
    if (feature !== undefined) features.set(name, feature);
  }
  return features;
}

function refuseUnknown(
  stages: ReadonlyMap<string, Entry>,
  campaigns: ReadonlyMap<string, Entry>,
  report: Reporter,
): void {
  for (const [name, entry] of stages) {
    if (!campaigns.has(name)) report.unknown(keyPlaceOf(entry), 'campaign', name, campaigns.keys());
  }
}

function mapValues<T extends object>(
  entries: ReadonlyMap<string, Entry>,
  read: (entry: Entry) => T | undefined,
): ReadonlyMap<string, T> {
  const values = new Map<string, T>();
  for (const [name, entry] of entries) {
    const value = read(entry);
    if (value !== undefined) values.set(name, value);
  }
  return values;
}
