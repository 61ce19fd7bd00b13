import type { PolicyContract } from './contract.ts';
import type { Place, Reporter } from './diagnostic.ts';
import { keyPlaceOf, type Located, mapEntries, offsetInside, placeOf, scalarText } from './yaml-source.ts';

/** What texts may hold: languages, and names in `{braces}`. */
export interface TextRules {
  readonly languages: readonly string[];
  readonly contract: PolicyContract;
  readonly featureNames: ReadonlySet<string>;
}

/** `{name}`, or `{name|text to show where it has no value}`. */
const PLACEHOLDER = /\{([^{}|]*)(\|[^{}]*)?\}/g;

/** Nobody reads out more. */
const MAX_TEXT_LENGTH = 4_000;

export interface Placeholder {
  readonly name: string;
  /** Whether it says what to show where there is no value. */
  readonly fallback: boolean;
  readonly place: Place;
}

/** Placeholders of a text, or of a text per language. */
export function placeholdersIn(value: Located): readonly Placeholder[] {
  const text = scalarText(value);
  if (text === undefined) return (mapEntries(value) ?? []).flatMap((entry) => ofText(entry, scalarText(entry) ?? ''));
  return ofText(value, text);
}

function ofText(value: Located, text: string): readonly Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].map((match) => {
    const name = match[1] ?? '';
    const at = match.index + (name === '' ? 0 : 1);
    return { name, fallback: match[2] !== undefined, place: value.file.placeAt(offsetInside(value, text, at)) };
  });
}

/** One text, or one per language; every placeholder is checked. `eventType` limits `{event.x}`; any type when absent. */
export function readTexts(
  value: Located,
  rules: TextRules,
  eventType: string | undefined,
  report: Reporter,
): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  const add = (language: string, text: Located): void => {
    const content = scalarText(text);
    if (content === undefined || content === '') report.error(placeOf(text), 'expected a text');
    else if (content.length > MAX_TEXT_LENGTH) {
      report.error(placeOf(text), `a text has at most ${MAX_TEXT_LENGTH} characters, this one ${content.length}`);
    } else texts[language] = checkPlaceholders(text, content, rules, eventType, report);
  };
  if (scalarText(value) !== undefined) {
    add(rules.languages[0] ?? 'en', value);
    return texts;
  }
  const entries = mapEntries(value);
  if (entries === undefined || entries.length === 0) {
    report.error(placeOf(value), `expected a text, or one per language (${rules.languages.join(', ')})`);
  }
  for (const entry of entries ?? []) {
    if (rules.languages.includes(entry.key)) add(entry.key, entry);
    else report.unknown(keyPlaceOf(entry), 'language', entry.key, rules.languages);
  }
  return texts;
}

function checkPlaceholders(
  value: Located,
  text: string,
  rules: TextRules,
  eventType: string | undefined,
  report: Reporter,
): string {
  let known: ReadonlySet<string> | undefined;
  for (const { name, place } of ofText(value, text)) {
    known ??= knownPlaceholders(rules, eventType);
    if (!known.has(name)) report.unknown(place, 'placeholder', name, known);
  }
  return text;
}

/** By rules and event type: a policy has thousands of texts that may hold the same. */
const placeholders = new WeakMap<TextRules, Map<string, ReadonlySet<string>>>();

function knownPlaceholders(rules: TextRules, eventType = ''): ReadonlySet<string> {
  const byType = placeholders.get(rules) ?? new Map<string, ReadonlySet<string>>();
  placeholders.set(rules, byType);
  const known = byType.get(eventType) ?? namesFor(rules, eventType);
  byType.set(eventType, known);
  return known;
}

function namesFor({ contract, featureNames }: TextRules, eventType: string): ReadonlySet<string> {
  const types = eventType === '' ? Object.values(contract.events) : [contract.events[eventType] ?? {}];
  const eventFields = types.flatMap((fields) => Object.keys(fields).map((field) => `event.${field}`));
  return new Set([
    ...featureNames,
    ...Object.keys(contract.attributes),
    ...(contract.placeholders ?? []),
    ...eventFields,
  ]);
}
