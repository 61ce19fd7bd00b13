import type { MessageRecord } from '../message-record.ts';
import { type Subscription, templateName } from '../subscription.ts';
import { fillTemplate } from '../templates/fill.ts';
import type { Templates } from '../templates/template-folder.ts';

export interface OutboundRequest {
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const SOURCE = 'holdfast';
const CLOUD_EVENTS = '1.0';
const JSON_TYPE = 'application/json';

type SentRecord = Pick<MessageRecord, 'kind' | 'name' | 'timeMs' | 'hub'> & {
  readonly data: Readonly<Record<string, unknown>>;
};

/** The request for a message, in the format its subscription asks for, without signature and credentials; undefined when the template is gone. */
export function outboundRequest(
  { format, url, settings }: Subscription,
  messageId: string,
  record: SentRecord,
  templates: Templates,
): OutboundRequest | undefined {
  const { data, kind, name, timeMs, hub } = record;
  const time = new Date(timeMs).toISOString();
  const post = (contentType: string, body: object, headers = {}): OutboundRequest => ({
    method: 'POST',
    url,
    headers: { 'content-type': contentType, ...headers },
    body: JSON.stringify(body),
  });
  if (format === 'standard-webhooks') return post(JSON_TYPE, { type: webhookType(kind, name), timestamp: time, data });
  if (format === 'tmf') {
    return post(JSON_TYPE, { eventId: hub?.eventId ?? messageId, eventTime: time, eventType: name, event: data });
  }
  const attributes = { specversion: CLOUD_EVENTS, id: messageId, source: SOURCE, type: cloudType(kind, name), time };
  if (format === 'cloudevents-structured') {
    return post('application/cloudevents+json; charset=utf-8', { ...attributes, datacontenttype: JSON_TYPE, data });
  }
  if (format === 'cloudevents-binary') {
    const headers = Object.entries(attributes).map(([key, value]) => [`ce-${key}`, headerValue(value)]);
    return post(JSON_TYPE, data, Object.fromEntries(headers));
  }
  const template = templates.get(templateName(format) ?? '');
  return template && fillTemplate(template, { url, settings, messageId, alert: data });
}

/** `alert.raised`, `interaction.offer-accepted` … */
export function webhookType(kind: string, name: string): string {
  const words = name.replace(/([a-z0-9])(?=[A-Z])/g, '$1-').toLowerCase();
  return `${kind}.${words.startsWith(`${kind}-`) ? words.slice(kind.length + 1) : words}`;
}

function cloudType(kind: string, name: string): string {
  return `io.holdfast.${kind}.${name}.v1`;
}

/** By the HTTP binding of CloudEvents: what is not printable ASCII, and space, quote and per cent, as UTF-8 in hex. */
function headerValue(text: string): string {
  return text.toWellFormed().replace(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);
}
