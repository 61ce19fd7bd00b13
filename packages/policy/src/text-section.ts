import type { PolicyContract } from './contract.ts';
import type { Reporter } from './diagnostic.ts';
import { keyPlaceOf, type Located, mapEntries, offsetInside, placeOf, scalarText } from './yaml-source.ts';

/** What texts may hold: languages, and names in `{braces}`. */
export interface TextRules {
  readonly languages: readonly string[];
  readonly contract: PolicyContract;
  readonly featureNames: ReadonlySet<string>;
}

const PLACEHOLDER = /\{([^{}]*)\}/g;

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
    else texts[language] = checkPlaceholders(text, content, rules, eventType, report);
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
  for (const match of text.matchAll(PLACEHOLDER)) {
    const name = match[1] ?? '';
    known ??= knownPlaceholders(rules, eventType);
    if (known.has(name)) continue;
    const place = value.file.placeAt(offsetInside(value, text, match.index + (name === '' ? 0 : 1)));
    report.unknown(place, 'placeholder', name, known);
  }
  return text;
}

function knownPlaceholders({ contract, featureNames }: TextRules, eventType: string | undefined): ReadonlySet<string> {
  const types = eventType === undefined ? Object.values(contract.events) : [contract.events[eventType] ?? {}];
  const eventFields = types.flatMap((fields) => Object.keys(fields).map((field) => `event.${field}`));
  return new Set([
    ...featureNames,
    ...Object.keys(contract.attributes),
    ...(contract.placeholders ?? []),
    ...eventFields,
  ]);
}
