import { parse } from 'yaml';
import { z } from 'zod';

/** A template that cannot be used; says which and why. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** What an alert fills in. `summary` is reason and script, one below the other. Times are RFC 3339, empty where there is none. */
export const ALERT_FIELDS = [
  ...['messageId', 'contactId', 'customerId', 'play', 'title', 'reason', 'script', 'summary', 'language', 'campaign'],
  ...['offer', 'category', 'channel', 'priority', 'desk', 'team', 'accountManager', 'tier', 'policyVersion'],
  ...['decidedAt', 'sendBy', 'validUntil'],
] as const;

/** Of these alone an address may be made: addresses end in the logs of everything on the way. */
const URL_FIELDS: readonly string[] = ['messageId', 'contactId'];

export type Body = string | number | boolean | null | readonly Body[] | { readonly [key: string]: Body };
const body: z.ZodType<Body> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(body), z.record(z.string(), body)]),
);

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9]*$/);
const word = z.union([z.string(), z.number()]);
const template = z.strictObject({
  product: z.string().min(1),
  /** The vendor's reference of what is called. */
  documentation: z.url({ protocol: /^https$/ }),
  method: z.enum(['POST', 'PUT', 'PATCH']),
  url: z.string().regex(/^\{url\}(\/|$)/, 'must begin with {url}'),
  encoding: z.enum(['json', 'form']),
  /** What a subscription has to say besides. */
  settings: z
    .record(name, z.strictObject({ what: z.string().min(1), type: z.enum(['text', 'number']).default('text') }))
    .default({}),
  /** Further placeholders: the word for the value of a field, or `otherwise`. */
  maps: z
    .record(name, z.strictObject({ of: z.enum(ALERT_FIELDS), words: z.record(z.string(), word), otherwise: word }))
    .default({}),
  headers: z.record(z.string().regex(/^[a-z0-9-]+$/), z.string()).default({}),
  body: z.record(z.string(), body),
});

/** How a product is called for an alert. */
export type Template = z.infer<typeof template>;

/** Who sends a request is said by the subscription's credentials, never by a template. */
const CREDENTIALS: readonly string[] = ['authorization', 'proxy-authorization', 'cookie'];
const OWN_HEADERS: readonly string[] = ['content-type', 'content-length', 'host', 'transfer-encoding', 'connection'];

/** `{name}`, or `{name:80}` for at most 80 characters of it. */
export const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9.]*)(?::(\d{1,5}))?\}/g;

/** Throws TemplateError for text that is no template, or names what there is not. */
export function readTemplate(templateName: string, text: string): Template {
  const { data, error } = template.safeParse(parsed(templateName, text));
  if (error) throw new TemplateError(`template ${templateName}: ${z.prettifyError(error)}`);
  const problem = problemOf(data);
  if (problem !== undefined) throw new TemplateError(`template ${templateName}: ${problem}`);
  return data;
}

function parsed(templateName: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new TemplateError(`template ${templateName} is no YAML: ${error instanceof Error ? error.message : error}`);
  }
}

function problemOf(found: Template): string | undefined {
  const settings = Object.keys(found.settings).map((setting) => `settings.${setting}`);
  const known = [...ALERT_FIELDS, ...settings, ...Object.keys(found.maps)];
  const unknown = placeholdersIn([found.headers, found.body]).find((each) => !known.includes(each));
  if (unknown !== undefined) return `there is no {${unknown}}; there are ${known.join(', ')}`;
  const inUrl = ['url', ...URL_FIELDS, ...settings];
  const stray = placeholdersIn(found.url).find((each) => !inUrl.includes(each));
  if (stray !== undefined) return `an address must not hold {${stray}}; it may hold ${inUrl.join(', ')}`;
  const header = Object.keys(found.headers).find((each) => [...CREDENTIALS, ...OWN_HEADERS].includes(each));
  return header === undefined ? undefined : `the header ${header} is not a template's to set`;
}

/** Every placeholder in every text of a value. */
export function placeholdersIn(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(placeholdersIn) : [];
}

/** What is wrong with the settings of a subscription; undefined when they are whole. */
export function settingsProblem(found: Template, settings: Readonly<Record<string, string>>): string | undefined {
  const missing = Object.entries(found.settings).find(([key]) => !settings[key]);
  if (missing !== undefined) return `settings.${missing[0]} is missing: ${missing[1].what}`;
  const stray = Object.keys(settings).find((key) => !Object.hasOwn(found.settings, key));
  if (stray !== undefined) return `the template has no setting ${stray}`;
  const wrong = Object.entries(found.settings).find(([key, { type }]) => type === 'number' && !isNumber(settings[key]));
  return wrong === undefined ? undefined : `settings.${wrong[0]} must be a number`;
}

function isNumber(text: string | undefined): boolean {
  return /^\d{1,15}$/.test(text ?? '');
}
