import { ALERT_FIELDS, type Body, PLACEHOLDER, type Template } from './template.ts';

export interface FilledRequest {
  readonly method: Template['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FillingOf {
  readonly url: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly messageId: string;
  /** The alert, as it is in the feed. */
  readonly alert: Readonly<Record<string, unknown>>;
}

type Value = string | number;
type Values = ReadonlyMap<string, Value>;

/**
 * The request for an alert. What is filled in is never looked at for placeholders again, and the shape of the body is the
 * template's: a value adds no field, ends no text and no header. A field that is one placeholder keeps the value's type,
 * and is left out where there is nothing to hold.
 */
export function fillTemplate(template: Template, of: FillingOf): FilledRequest {
  const values = valuesOf(template, of);
  const headers = Object.entries(template.headers).map(([name, text]) => [name, filledText(text, values, headerText)]);
  const url = of.url.replace(/\/+$/, '');
  const body = filled(template.body, values) ?? {};
  const isJson = template.encoding === 'json';
  return {
    method: template.method,
    url: url + filledText(template.url.slice('{url}'.length), values, encodeURIComponent),
    headers: {
      'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      ...Object.fromEntries(headers),
    },
    body: isJson ? JSON.stringify(body) : formOf(body),
  };
}

function valuesOf(template: Template, { settings, messageId, alert }: FillingOf): Values {
  const values = new Map<string, Value>();
  for (const field of ALERT_FIELDS) values.set(field, alertValue(alert, field));
  values.set('messageId', messageId);
  const said = [alert.reason, alert.script].filter((text) => typeof text === 'string' && text !== '');
  values.set('summary', said.join('\n\n'));
  for (const [name, { type }] of Object.entries(template.settings)) {
    const text = settings[name] ?? '';
    values.set(`settings.${name}`, type === 'number' ? Number(text) : text);
  }
  for (const [name, { of, words, otherwise }] of Object.entries(template.maps)) {
    values.set(name, words[String(values.get(of))] ?? otherwise);
  }
  return values;
}

const TIMES: readonly string[] = ['decidedAt', 'sendBy', 'validUntil'];

function alertValue(alert: Readonly<Record<string, unknown>>, field: string): Value {
  const value = alert[field];
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return '';
  return TIMES.includes(field) ? new Date(value).toISOString() : value;
}

function filled(body: Body, values: Values): Body | undefined {
  if (typeof body === 'string') return filledField(body, values);
  if (typeof body !== 'object' || body === null) return body;
  if (Array.isArray(body)) {
    return body.map((entry: Body) => filled(entry, values)).filter((entry): entry is Body => entry !== undefined);
  }
  return Object.fromEntries(
    Object.entries(body).flatMap(([key, entry]) => {
      const value = filled(entry, values);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function filledField(text: string, values: Values): Body | undefined {
  const only = new RegExp(`^${PLACEHOLDER.source}$`).exec(text);
  if (only === null) return filledText(text, values);
  const value = values.get(only[1] ?? '') ?? '';
  if (value === '') return undefined;
  return only[2] === undefined ? value : shortened(String(value), only[2]);
}

function filledText(text: string, values: Values, show: (value: string) => string = (value) => value): string {
  return text.replace(PLACEHOLDER, (_whole, name: string, most: string | undefined) =>
    show(shortened(String(values.get(name) ?? ''), most)),
  );
}

/** By characters, so that none is cut in two. */
function shortened(text: string, most: string | undefined): string {
  return most === undefined ? text : [...text].slice(0, Number(most)).join('');
}

/** A line break would end the header. */
function headerText(value: string): string {
  return value.replace(/[^\x20-\x7e]+/g, ' ');
}

function formOf(body: Body): string {
  const fields = Object.entries(body ?? {}).map(([name, value]: [string, Body]) => [name, formText(value)]);
  return new URLSearchParams(fields).toString();
}

function formText(value: Body): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}
