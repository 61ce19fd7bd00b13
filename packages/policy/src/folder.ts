import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import { currencyDigits } from './units.ts';
import { isUsableName } from './vocabulary.ts';
import {
  type Entry,
  keyPlaceOf,
  type Located,
  listItems,
  mapEntries,
  parseYaml,
  placeOf,
  scalarText,
} from './yaml-source.ts';

const SECTIONS = ['features', 'segments', 'triggers', 'offers', 'scripts', 'campaigns', 'exclusions'] as const;
const SETTINGS = ['contact-policy', 'holdout', 'languages', 'currency'] as const;
type Section = (typeof SECTIONS)[number];
type Setting = (typeof SETTINGS)[number];

/** The sections of all files, added up. */
export interface PolicyFolder {
  readonly sections: Readonly<Record<Section, ReadonlyMap<string, Entry>>>;
  /** The `expr` of each feature that has one, under the feature's name. */
  readonly derived: ReadonlyMap<string, Entry>;
  readonly contactPolicy: Entry | undefined;
  readonly holdout: Entry | undefined;
  readonly languages: readonly string[];
  readonly currency: string;
  readonly digits: number;
}

/** Reads the files in order of path. An id defined twice, or a setting given twice, is an error wherever it stands. */
export function collectFolder(
  files: Readonly<Record<string, string>>,
  contract: PolicyContract,
  report: Reporter,
): PolicyFolder {
  const sections = Object.fromEntries(
    SECTIONS.map((section) => [section, new Map<string, Entry>()]),
  ) as unknown as Record<Section, Map<string, Entry>>;
  const settings = new Map<Setting, Entry>();
  for (const path of Object.keys(files).sort()) {
    const root = parseYaml(path, files[path] ?? '', report);
    if (root !== undefined) collectFile(root, sections, settings, report);
  }
  checkNames(sections.features, contract, report);
  const currency = readCurrency(settings.get('currency'), sections.offers, report);
  return {
    sections,
    derived: derivedOf(sections.features, report),
    contactPolicy: settings.get('contact-policy'),
    holdout: settings.get('holdout'),
    languages: readLanguages(settings.get('languages'), report),
    ...currency,
  };
}

function collectFile(
  root: Located,
  sections: Readonly<Record<Section, Map<string, Entry>>>,
  settings: Map<Setting, Entry>,
  report: Reporter,
): void {
  const entries = mapEntries(root);
  if (entries === undefined)
    report.error(placeOf(root), `a policy file is a map of ${SECTIONS.join(', ')} and settings`);
  for (const entry of entries ?? []) {
    const section = SECTIONS.find((name) => name === entry.key);
    const setting = SETTINGS.find((name) => name === entry.key);
    if (section !== undefined) collectSection(entry, section, sections[section], report);
    else if (setting === undefined) report.unknown(keyPlaceOf(entry), 'section', entry.key, [...SECTIONS, ...SETTINGS]);
    else if (settings.has(setting)) report.error(keyPlaceOf(entry), `${setting} is given twice`);
    else settings.set(setting, entry);
  }
}

function collectSection(section: Entry, name: Section, into: Map<string, Entry>, report: Reporter): void {
  const entries = mapEntries(section);
  if (entries === undefined) report.error(placeOf(section), `${name} must be a map by id`);
  for (const entry of entries ?? []) {
    const first = into.get(entry.key);
    if (!/^[a-z][a-z0-9_]*$/.test(entry.key)) {
      report.error(keyPlaceOf(entry), `id "${entry.key}" must be lower case letters, digits and underscores`);
    }
    if (first === undefined) into.set(entry.key, entry);
    else {
      const { file, line } = keyPlaceOf(first);
      report.error(keyPlaceOf(entry), `"${entry.key}" is defined twice in ${name}, first at ${file}:${line}`);
    }
  }
}

/** A feature's name is a word of expressions beside the attributes; one that cannot be is left out. */
function checkNames(features: Map<string, Entry>, contract: PolicyContract, report: Reporter): void {
  for (const [name, entry] of [...features]) {
    const isTaken = Object.hasOwn(contract.attributes, name);
    if (isUsableName(name) && !isTaken) continue;
    if (isTaken) report.error(keyPlaceOf(entry), `"${name}" is an attribute already`);
    else report.error(keyPlaceOf(entry), `"${name}" cannot be the name of a feature`);
    features.delete(name);
  }
}

function derivedOf(features: ReadonlyMap<string, Entry>, report: Reporter): ReadonlyMap<string, Entry> {
  const derived = new Map<string, Entry>();
  for (const [name, entry] of features) {
    const entries = mapEntries(entry) ?? [];
    const expression = entries.find(({ key }) => key === 'expr');
    if (expression === undefined) continue;
    derived.set(name, expression);
    for (const other of entries) {
      if (other !== expression)
        report.error(keyPlaceOf(other), `a feature with expr has no other key, found ${other.key}`);
    }
  }
  return derived;
}

function readLanguages(entry: Entry | undefined, report: Reporter): readonly string[] {
  if (entry === undefined) return ['en'];
  const languages = listItems(entry)?.map(scalarText) ?? [];
  const known = languages.filter((language) => language !== undefined && /^[a-z]{2,3}(-[A-Za-z0-9]+)*$/.test(language));
  if (known.length === 0 || known.length < languages.length) {
    report.error(placeOf(entry), 'languages must be a list of language codes such as en, zh');
  }
  return known as readonly string[];
}

function readCurrency(
  entry: Entry | undefined,
  offers: ReadonlyMap<string, Entry>,
  report: Reporter,
): { readonly currency: string; readonly digits: number } {
  if (entry === undefined) {
    const [first] = offers.values();
    if (first !== undefined)
      report.error(keyPlaceOf(first), 'offers need "currency: <ISO 4217 code>" at the top of a file');
    return { currency: '', digits: 2 };
  }
  const currency = scalarText(entry) ?? '';
  const digits = currencyDigits(currency);
  if (digits === undefined) report.error(placeOf(entry), `"${currency}" is no ISO 4217 currency code`);
  return { currency, digits: digits ?? 2 };
}
