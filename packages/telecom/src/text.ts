import type { Scope } from '@holdfast/policy';

/** The text in the customer's language, with the language it was found in; falls back by subtag, then as given. */
export function inLanguage(
  texts: Readonly<Record<string, string>>,
  language: string,
): { readonly language: string; readonly text: string } | undefined {
  const base = language.split('-')[0] ?? language;
  for (const wanted of [language, base, 'en', ...Object.keys(texts)]) {
    const text = texts[wanted];
    if (text !== undefined) return { language: wanted, text };
  }
  return undefined;
}

/**
 * Fills `{name}` with features, attributes or `event.field`. What is not known shows as the text behind the bar of
 * `{name|text}`, or else as an en dash.
 */
export function fillIn(text: string, scope: Scope): string {
  return text.replace(/\{([A-Za-z_][\w.]*)(?:\|([^{}]*))?\}/g, (_, name: string, fallback?: string) => {
    const value = shown(namedValue(name, scope));
    return value === UNKNOWN ? (fallback ?? UNKNOWN) : value;
  });
}

const UNKNOWN = '–';

/** A value as people read it: whole numbers plain, others with at most two decimals. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return UNKNOWN;
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : String(Math.round(value * 100) / 100);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function namedValue(name: string, scope: Scope): unknown {
  if (name.startsWith('event.')) return scope.event?.[name.slice('event.'.length)];
  return scope.attribute(name) ?? scope.feature(name);
}
