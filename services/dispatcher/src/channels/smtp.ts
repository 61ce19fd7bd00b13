import type { SecretPlace } from '@holdfast/webhook';
import { createTransport } from 'nodemailer';
import type { Channel, Contact, SendAnswer } from '../ports.ts';
import type { PlanOf } from './channel-plan.ts';
import { filled, messageOf } from './message.ts';
import type { ProviderParts } from './provider-parts.ts';

export interface SmtpDeps extends ProviderParts {
  secret(place: SecretPlace): string;
}

/** Hands e-mails to an SMTP server. The Message-ID follows from the contact, so a second copy is known as one. */
export function createSmtpChannel(plan: PlanOf<'smtp'>, deps: SmtpDeps): Channel {
  const { secret, ...parts } = deps;
  const transport = transportOf(plan, secret);
  return {
    ...parts,
    semantics: plan.semantics,
    needsAddress: true,
    async send(contact) {
      if (!isMailAddress(contact.address)) return { kind: 'failed', detail: 'invalid-address' };
      try {
        await transport.sendMail(mailOf(contact, plan));
        return { kind: 'sent' };
      } catch (error) {
        return classifyMailError(error);
      }
    },
    async close() {
      transport.close();
    },
  };
}

function transportOf(plan: PlanOf<'smtp'>, secret: (place: SecretPlace) => string) {
  return createTransport({
    pool: true,
    host: plan.host,
    port: plan.port,
    secure: plan.tls === 'implicit',
    requireTLS: plan.tls === 'required',
    ignoreTLS: plan.tls === 'none',
    maxConnections: plan.connections,
    // Whether a mail is sent again is decided by the semantics of the channel, never inside the pool.
    maxRequeues: 0,
    connectionTimeout: plan.timeout,
    greetingTimeout: plan.timeout,
    socketTimeout: plan.timeout,
    dnsTimeout: plan.timeout,
    ...(plan.auth && { auth: { user: plan.auth.user, pass: secret(plan.auth.password) } }),
  });
}

function mailOf(contact: Contact, plan: PlanOf<'smtp'>) {
  const { subject, body, html, values } = messageOf(contact, plan.texts);
  const domain = plan.from.slice(plan.from.lastIndexOf('@') + 1).replace(/[^A-Za-z0-9.-]/g, '');
  const headers = Object.entries(plan.headers).map(([key, value]) => ({ key, value: filled(value, values) }));
  return {
    from: plan.from,
    // As an object, so that nothing in the address reads as a second one.
    to: { name: '', address: contact.address },
    subject,
    text: body,
    messageId: `<${contact.job.contactId}@${domain}>`,
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(plan.replyTo !== undefined && { replyTo: plan.replyTo }),
    ...(html !== undefined && { html }),
  };
}

/** Shape alone; whether it exists is the server's to say. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(text);
}

/** Errors from before a message could be on its way. */
const UNSENT: ReadonlySet<string> = new Set(['EDNS', 'EAUTH', 'ENOAUTH', 'ETLS', 'EOAUTH2']);

/** Replies of 500 and above are final, those of 400 ask for patience; without a reply nobody knows. */
export function classifyMailError(error: unknown): SendAnswer {
  const { code = '', responseCode, syscall } = partsOf(error);
  if (UNSENT.has(code)) return { kind: 'again', detail: mailDetail(code), isUnsent: true };
  if (responseCode !== undefined) {
    const detail = `smtp-${responseCode}`;
    return responseCode >= 500 ? { kind: 'failed', detail } : { kind: 'again', detail, isUnsent: true };
  }
  if (code === 'EENVELOPE') return { kind: 'failed', detail: 'invalid-address' };
  return { kind: 'again', detail: mailDetail(code), isUnsent: syscall === 'connect' };
}

function mailDetail(code: string): string {
  if (code === 'ETIMEDOUT') return 'timeout';
  return code === '' ? 'smtp-error' : `smtp-${code.toLowerCase()}`;
}

function partsOf(error: unknown): {
  readonly code?: string;
  readonly responseCode?: number;
  readonly syscall?: string;
} {
  if (!(error instanceof Error)) return {};
  const { code, responseCode, syscall } = error as Error & {
    code?: unknown;
    responseCode?: unknown;
    syscall?: unknown;
  };
  return {
    ...(typeof code === 'string' && { code }),
    ...(typeof responseCode === 'number' && { responseCode }),
    ...(typeof syscall === 'string' && { syscall }),
  };
}
