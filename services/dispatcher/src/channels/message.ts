import { alertOf, inLanguage } from '@holdfast/telecom';
import type { Contact } from '../ports.ts';
import type { Payload } from './channel-plan.ts';
import type { TemplateText } from './fields.ts';

/** What a template may name in braces. */
export const PLACEHOLDERS: readonly string[] = [
  ...['address', 'contactId', 'customerId', 'offer', 'campaign', 'category', 'kind', 'language'],
  ...['title', 'script', 'reason', 'sendBy', 'text', 'subject', 'from'],
];

export type Values = Readonly<Record<string, string>>;

/** What is said to the customer, in his language, and about whom. */
export interface Message {
  readonly subject: string;
  readonly body: string;
  readonly html?: string;
  readonly values: Values;
}

export interface Texts {
  readonly subject?: TemplateText;
  readonly body: TemplateText;
  readonly html?: TemplateText | undefined;
}

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

export function messageOf(contact: Contact, texts: Texts): Message {
  const said = saidOf(contact);
  const body = filled(inTheLanguage(texts.body, said.language), said);
  const subject = filled(inTheLanguage(texts.subject ?? '', said.language), said).replace(/\s+/g, ' ');
  const values = { ...said, text: body, subject };
  if (texts.html === undefined) return { subject, body, values };
  return { subject, body, values, html: filled(inTheLanguage(texts.html, said.language), values, escaped) };
}

interface Said extends Values {
  readonly language: string;
}

function saidOf({ job, decision, address }: Contact): Said {
  const { title, script, reason, language } = alertOf(decision);
  const { contactId, customerId, offer, campaign, category, kind } = decision;
  const sendBy = new Date(job.sendBy).toISOString();
  return { contactId, customerId, offer, campaign, category, kind, title, script, reason, language, sendBy, address };
}

function inTheLanguage(text: TemplateText, language: string): string {
  return typeof text === 'string' ? text : (inLanguage(text, language)?.text ?? '');
}

/** Fills `{name}`; what is filled in is never looked at for placeholders again. */
export function filled(template: string, values: Values, show: (value: string) => string = (value) => value): string {
  return template.replace(PLACEHOLDER, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : show(value);
  });
}

/** Fills every text in a payload; its shape stays, so a value can never add a field. */
export function filledPayload(payload: Payload, values: Values): Payload {
  if (typeof payload === 'string') return filled(payload, values);
  if (typeof payload !== 'object' || payload === null) return payload;
  if (Array.isArray(payload)) return payload.map((entry: Payload) => filledPayload(entry, values));
  return Object.fromEntries(Object.entries(payload).map(([key, entry]) => [key, filledPayload(entry, values)]));
}

/** The names in braces in the templates of a plan. */
export function placeholdersOf(plan: object): string[] {
  const templates = ['texts', 'payload', 'headers'].flatMap((key) => textsIn(Reflect.get(plan, key)));
  return templates.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function escaped(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
