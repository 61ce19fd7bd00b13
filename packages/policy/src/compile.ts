import { type BoundFeature, createFeatureSet, type FeatureSet } from '@holdfast/features';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { readCampaign } from './campaign-section.ts';
import { readContactPolicy, readExclusion, readHoldout, UNLIMITED } from './contact-section.ts';
import { ownNamesOnly, type PolicyContract } from './contract.ts';
import { createReporter, type Reporter } from './diagnostic.ts';
import { createExpressionCompiler, type ExpressionCompiler } from './expression.ts';
import { readFeature } from './feature-section.ts';
import { collectFolder, type PolicyFolder } from './folder.ts';
import type { Campaign, CompiledPolicy, CompiledTrigger, DerivedFeature, Diagnostic, Script } from './model.ts';
import { readOffer } from './offer-section.ts';
import { readTexts, type TextRules } from './text-section.ts';
import { readTrigger } from './trigger-section.ts';
import { createVocabulary } from './vocabulary.ts';
import { type Entry, keyPlaceOf } from './yaml-source.ts';

export type CompileAnswer =
  | { readonly kind: 'ok'; readonly policy: CompiledPolicy; readonly warnings: readonly Diagnostic[] }
  /** Errors first in file order; warnings may be among them. */
  | { readonly kind: 'invalid'; readonly diagnostics: readonly Diagnostic[] };

/**
 * Compiles a policy folder: texts by path (any number of `.yaml` files whose sections add up). Never throws for what a
 * file says; every problem is a diagnostic with file, line and column.
 */
export function compilePolicy(files: Readonly<Record<string, string>>, contract: PolicyContract): CompileAnswer {
  const report = createReporter();
  const known = ownNamesOnly(contract);
  const folder = collectFolder(files, known, report);
  const policy = build(folder, known, contentAddress(files), report);
  if (report.hasErrors) return { kind: 'invalid', diagnostics: inOrder(report.diagnostics) };
  return { kind: 'ok', policy, warnings: inOrder(report.diagnostics) };
}

function build(folder: PolicyFolder, contract: PolicyContract, version: string, report: Reporter): CompiledPolicy {
  const { sections, languages, currency, digits } = folder;
  const featureNames = new Set(sections.features.keys());
  const vocabulary = createVocabulary(contract, featureNames);
  const compiler = createExpressionCompiler(
    vocabulary,
    { segments: sections.segments, derived: folder.derived },
    report,
  );
  const rules: TextRules = { languages, contract, featureNames };
  for (const name of sections.segments.keys()) compiler.segment(name);
  const scripts = mapValues(
    sections.scripts,
    (entry): Script => ({ id: entry.key, text: readTexts(entry, rules, undefined, report) }),
  );
  const triggers = mapValues(sections.triggers, (entry) => readTrigger(entry, rules, compiler, report));
  const money = { currency, digits };
  const offers = mapValues(sections.offers, (entry) => readOffer(entry, rules, money, scripts, compiler, report));
  const known = { triggers: new Set(sections.triggers.keys()), offers: new Set(sections.offers.keys()) };
  const campaigns = mapValues(sections.campaigns, (entry) => readCampaign(entry, known, report));
  warnUnused(
    sections.triggers,
    [...campaigns.values()].flatMap((campaign) => campaign.triggers),
    'trigger',
    report,
  );
  warnUnused(
    sections.offers,
    [...campaigns.values()].flatMap((campaign) => campaign.offers),
    'offer',
    report,
  );
  return {
    version,
    languages,
    currency,
    features: buildFeatures(folder, contract, compiler, report),
    derived: derivedFeatures(folder.derived.keys(), compiler),
    triggers,
    ...triggerIndex([...triggers.values()]),
    offers,
    campaigns,
    campaignsFor: campaignIndex([...campaigns.values()]),
    exclusions: [...mapValues(sections.exclusions, (entry) => readExclusion(entry, compiler, report)).values()],
    contactPolicy: folder.contactPolicy
      ? readContactPolicy(folder.contactPolicy, contract.channels, report)
      : UNLIMITED,
    holdout: folder.holdout ? readHoldout(folder.holdout, report) : { share: 0, salt: '' },
    scripts,
  };
}

function buildFeatures(
  folder: PolicyFolder,
  contract: PolicyContract,
  compiler: ExpressionCompiler,
  report: Reporter,
): FeatureSet {
  const bound: BoundFeature[] = [];
  for (const [name, entry] of folder.sections.features) {
    if (folder.derived.has(name)) continue;
    const feature = readFeature(entry, contract.events, compiler, report);
    if (feature !== undefined) bound.push(feature);
  }
  try {
    return createFeatureSet(bound);
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

function triggerIndex(triggers: readonly CompiledTrigger[]): Pick<CompiledPolicy, 'triggersOn' | 'absencesOf'> {
  const on = Map.groupBy(triggers, (trigger) => trigger.on ?? '');
  const absences = Map.groupBy(triggers, (trigger) => trigger.absence?.of ?? '');
  const none: readonly CompiledTrigger[] = [];
  return {
    triggersOn: (eventType) => on.get(eventType) ?? none,
    absencesOf: (eventType) => absences.get(eventType) ?? none,
  };
}

function campaignIndex(campaigns: readonly Campaign[]): CompiledPolicy['campaignsFor'] {
  const index = new Map<string, Campaign[]>();
  for (const campaign of campaigns.filter(({ stage }) => stage === 'live')) {
    for (const trigger of new Set(campaign.triggers)) {
      const listed = index.get(trigger);
      if (listed === undefined) index.set(trigger, [campaign]);
      else listed.push(campaign);
    }
  }
  const none: readonly Campaign[] = [];
  return (triggerId) => index.get(triggerId) ?? none;
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

function warnUnused(
  entries: ReadonlyMap<string, Entry>,
  used: readonly string[],
  what: string,
  report: Reporter,
): void {
  for (const [name, entry] of entries) {
    if (!used.includes(name)) report.warning(keyPlaceOf(entry), `${what} "${name}" is in no campaign`);
  }
}

/** Paths and texts, without what editors change by themselves: line ends and blanks at the end of a line. */
function contentAddress(files: Readonly<Record<string, string>>): string {
  const normalised = Object.entries(files)
    .map(([path, text]) => [path, text.replace(/[ \t]*\r?\n/g, '\n').trimEnd()])
    .sort(([left = ''], [right = '']) => (left < right ? -1 : 1));
  return `sha256:${bytesToHex(sha256(utf8ToBytes(JSON.stringify(normalised))))}`;
}

function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const rank = ({ severity }: Diagnostic): number => (severity === 'error' ? 0 : 1);
  return [...diagnostics].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      (left.file < right.file ? -1 : left.file > right.file ? 1 : 0) ||
      left.line - right.line ||
      left.column - right.column,
  );
}
