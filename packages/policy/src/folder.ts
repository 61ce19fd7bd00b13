import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import { checkIncludes } from './include.ts';
import { FORMAT_VERSION, POLICY_FILE, SECTIONS, SETTINGS, type SectionName, type SettingName } from './language.ts';
import { type Approval, VALUE_TIER } from './model.ts';
import { readItems } from './reader.ts';
import { scalarOf } from './scalar-value.ts';
import { expectationOf, type ValueOf } from './shape.ts';
import { currencyDigits } from './units.ts';
import { isUsableName } from './vocabulary.ts';
import { type Entry, keyPlaceOf, type Located, mapEntries, parseYaml, placeOf, scalarText } from './yaml-source.ts';

const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];
const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Bounds of a folder, so that a hostile one costs little: files, and characters of all of them. */
const MAX_FILES = 1_000;
const MAX_CHARACTERS = 4_000_000;
const MAX_ID_LENGTH = 64;

/** The sections of all files, added up. */
export interface PolicyFolder {
  readonly sections: Readonly<Record<SectionName, ReadonlyMap<string, Entry>>>;
  /** The `expr` of each feature that has one, under the feature's name. */
  readonly derived: ReadonlyMap<string, Entry>;
  /** The `when` of each template, under its name. */
  readonly templates: ReadonlyMap<string, Entry>;
  readonly contactPolicy: Entry | undefined;
  readonly holdout: Entry | undefined;
  readonly exploration: Entry | undefined;
  readonly learning: Entry | undefined;
  readonly work: Entry | undefined;
  /** The name of the market's own. */
  readonly calendar: Entry | undefined;
  readonly languages: readonly string[];
  readonly approval: Approval;
  readonly currency: string;
  readonly digits: number;
  /** IANA. */
  readonly timeZone: string;
  readonly baseCustomers: number | undefined;
}

/** Reads the files in order of path. An id defined twice, or a setting given twice, is an error wherever it stands. */
export function collectFolder(
  files: Readonly<Record<string, string>>,
  contract: PolicyContract,
  report: Reporter,
): PolicyFolder {
  const sections = Object.fromEntries(
    SECTION_NAMES.map((section) => [section, new Map<string, Entry>()]),
  ) as unknown as Record<SectionName, Map<string, Entry>>;
  const settings = new Map<SettingName, Entry>();
  const includes = new Map<string, readonly Located[]>();
  const paths = Object.keys(files).sort();
  if (isTooLarge(files, paths, report)) paths.length = 0;
  for (const path of paths) {
    const root = parseYaml(path, files[path] ?? '', report);
    if (root !== undefined) collectFile(root, { sections, settings, includes }, report);
  }
  checkIncludes(includes, Object.keys(files), report);
  checkNames(sections.features, contract, report);
  return {
    sections,
    derived: derivedOf(sections.features, report),
    templates: templateConditions(sections.templates),
    contactPolicy: settings.get('contact-policy'),
    holdout: settings.get('holdout'),
    exploration: settings.get('exploration'),
    learning: settings.get('learning'),
    work: settings.get('work'),
    calendar: settings.get('calendar'),
    languages: readLanguages(settings.get('languages'), report),
    approval: readSetting(settings, 'approval', report) ?? 'second-person',
    ...readCurrency(settings.get('currency'), sections, report),
    timeZone: readSetting(settings, 'time-zone', report) ?? 'UTC',
    baseCustomers: readSetting(settings, 'base-customers', report),
  };
}

function isTooLarge(files: Readonly<Record<string, string>>, paths: readonly string[], report: Reporter): boolean {
  const characters = Object.values(files).reduce((sum, text) => sum + text.length, 0);
  const place = { file: paths[0] ?? '', line: 1, column: 1 };
  if (paths.length > MAX_FILES) report.error(place, `${paths.length} files are more than ${MAX_FILES}`);
  if (characters > MAX_CHARACTERS) {
    report.error(place, `the files have ${characters} characters, at most ${MAX_CHARACTERS} are read`);
  }
  return paths.length > MAX_FILES || characters > MAX_CHARACTERS;
}

interface Collected {
  readonly sections: Readonly<Record<SectionName, Map<string, Entry>>>;
  readonly settings: Map<SettingName, Entry>;
  readonly includes: Map<string, readonly Located[]>;
}

function collectFile(root: Located, collected: Collected, report: Reporter): void {
  const entries = mapEntries(root);
  if (entries === undefined) report.error(placeOf(root), `a policy file is ${expectationOf(POLICY_FILE)}`);
  for (const entry of entries ?? []) {
    const section = SECTION_NAMES.find((name) => name === entry.key);
    const setting = SETTING_NAMES.find((name) => name === entry.key);
    if (section !== undefined) collectSection(entry, section, collected.sections[section], report);
    else if (setting === undefined) {
      report.unknown(keyPlaceOf(entry), 'section', entry.key, [...SECTION_NAMES, ...SETTING_NAMES]);
    } else collectSetting(entry, setting, collected, report);
  }
}

/** `$version` and `includes` speak of their own file; every other setting is given once in the folder. */
function collectSetting(entry: Entry, setting: SettingName, collected: Collected, report: Reporter): void {
  if (setting === '$version') checkVersion(entry, report);
  else if (setting === 'includes') {
    collected.includes.set(entry.file.path, readItems(entry, setting, SETTINGS.includes.shape, report));
  } else if (collected.settings.has(setting)) report.error(keyPlaceOf(entry), `${setting} is given twice`);
  else collected.settings.set(setting, entry);
}

function checkVersion(entry: Entry, report: Reporter): void {
  const version = scalarOf(entry, SETTINGS.$version.shape);
  if (version === FORMAT_VERSION) return;
  const advice = `this release reads format ${FORMAT_VERSION}: upgrade it, or write "$version: ${FORMAT_VERSION}"`;
  const found = version === undefined ? '$version must be a whole number' : `format version ${version} is not known`;
  report.error(placeOf(entry), `${found}; ${advice}`);
}

function collectSection(section: Entry, name: SectionName, into: Map<string, Entry>, report: Reporter): void {
  const entries = mapEntries(section);
  if (entries === undefined) report.error(placeOf(section), `${name} must be a map by id`);
  const { max, by } = SECTIONS[name].shape;
  if (into.size + (entries?.length ?? 0) > max) {
    report.error(keyPlaceOf(section), `${name} has more than ${max} entries`);
    return;
  }
  for (const entry of entries ?? []) {
    const first = into.get(entry.key);
    if (by === undefined && !isId(entry.key)) {
      const expected = `lower case letters, digits and underscores, at most ${MAX_ID_LENGTH}`;
      report.error(keyPlaceOf(entry), `id "${entry.key.slice(0, MAX_ID_LENGTH)}" must be ${expected}`);
    }
    if (first === undefined) into.set(entry.key, entry);
    else {
      const { file, line } = keyPlaceOf(first);
      report.error(keyPlaceOf(entry), `"${entry.key}" is defined twice in ${name}, first at ${file}:${line}`);
    }
  }
}

const isId = (key: string): boolean => /^[a-z][a-z0-9_]*$/.test(key) && key.length <= MAX_ID_LENGTH;

/** A feature's name is a word of expressions beside the attributes; one that cannot be is left out. */
function checkNames(features: Map<string, Entry>, contract: PolicyContract, report: Reporter): void {
  for (const [name, entry] of [...features]) {
    const isTaken = Object.hasOwn(contract.attributes, name) || name === VALUE_TIER;
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

/** What is wrong with a template is told when its section is read. */
function templateConditions(templates: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  const conditions = new Map<string, Entry>();
  for (const [name, entry] of templates) {
    const when = mapEntries(entry)?.find(({ key }) => key === 'when');
    if (when !== undefined) conditions.set(name, when);
  }
  return conditions;
}

type PlainSetting = 'time-zone' | 'base-customers' | 'approval';
type PlainValue<K extends PlainSetting> = ValueOf<(typeof SETTINGS)[K]['shape']>;

function readSetting<K extends PlainSetting>(
  settings: ReadonlyMap<SettingName, Entry>,
  key: K,
  report: Reporter,
): PlainValue<K> | undefined {
  const entry = settings.get(key);
  if (entry === undefined) return undefined;
  const value = scalarOf(entry, SETTINGS[key].shape);
  if (value === undefined) report.error(placeOf(entry), `${key} must be ${expectationOf(SETTINGS[key].shape)}`);
  return value as PlainValue<K> | undefined;
}

function readLanguages(entry: Entry | undefined, report: Reporter): readonly string[] {
  if (entry === undefined) return ['en'];
  const shape = SETTINGS.languages.shape;
  const items = readItems(entry, 'languages', shape, report);
  for (const item of items) {
    if (scalarOf(item, shape.of) === undefined) report.error(placeOf(item), `expected ${expectationOf(shape.of)}`);
  }
  return items.flatMap((item) => scalarText(item) ?? []);
}

function readCurrency(
  entry: Entry | undefined,
  { offers, channels }: PolicyFolder['sections'],
  report: Reporter,
): { readonly currency: string; readonly digits: number } {
  if (entry === undefined) {
    const [first] = [...offers.values(), ...channels.values()];
    if (first !== undefined)
      report.error(keyPlaceOf(first), 'amounts need "currency: <ISO 4217 code>" at the top of a file');
    return { currency: '', digits: 2 };
  }
  const currency = scalarText(entry) ?? '';
  const digits = currencyDigits(currency);
  if (digits === undefined) report.error(placeOf(entry), `"${currency}" is no ISO 4217 currency code`);
  return { currency, digits: digits ?? 2 };
}
