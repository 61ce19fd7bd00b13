import type { SecretPlace } from '@holdfast/webhook';
import smpp from 'smpp';
import type { Channel, Contact, SendAnswer } from '../ports.ts';
import type { ReportTaker } from '../reports/report-taker.ts';
import type { PlanOf } from './channel-plan.ts';
import { messageOf } from './message.ts';
import type { ProviderParts } from './provider-parts.ts';
import { receiptOf } from './smpp-receipt.ts';
import { createSmppLink, type LinkAnswer } from './smpp-session.ts';

export interface SmppDeps extends ProviderParts {
  secret(place: SecretPlace): string;
  readonly reports: ReportTaker;
}

const OK = 0;
/** Temporary trouble of the receiver: the centre gives the receipt again. */
const COME_AGAIN = 0x64;
/** Refusals that pass: system error, queue full, submit failed, throttled, temporary application error. */
const PASSING: ReadonlySet<number> = new Set([0x08, 0x14, 0x45, 0x58, 0x64]);
/** Refusals of our binding or account, not of the contact. */
const REFUSED_US: ReadonlySet<number> = new Set([0x04, 0x05, 0x0d, 0x0e, 0x0f]);
/** Octets of one message; anything longer travels as payload and the centre cuts it. */
const ONE_MESSAGE_OCTETS = 140;

/** SMS through a message centre (SMPP 3.4). Receipts come over the same link. */
export function createSmppChannel(plan: PlanOf<'smpp'>, deps: SmppDeps): Channel {
  const { secret, reports, ...parts } = deps;
  const link = createSmppLink(
    {
      ...{ host: plan.host, port: plan.port, tls: plan.tls, systemType: plan.systemType },
      ...{ systemId: plan.auth.user, password: secret(plan.auth.password) },
      ...{ timeoutMs: plan.timeout, enquireMs: plan.enquire },
    },
    async (pdu) => {
      const receipt = receiptOf(pdu);
      if (receipt === undefined) return OK;
      const answer = await reports.take({ channel: parts.name, ...receipt });
      return answer === 'unknown' || answer === 'away' ? COME_AGAIN : OK;
    },
  );
  return {
    ...parts,
    semantics: plan.semantics,
    needsAddress: true,
    async send(contact) {
      const { body } = messageOf(contact, plan.texts);
      if (!isPhoneNumber(contact.address)) return { kind: 'failed', detail: 'invalid-address' };
      if (body === '') return { kind: 'failed', detail: 'no-text' };
      if (body.length > plan.maxCharacters) return { kind: 'failed', detail: 'text-too-long' };
      return meaningOf(await link.request('submit_sm', submission(contact, body, plan)), plan);
    },
    close: () => link.close(),
  };
}

function submission(contact: Contact, body: string, plan: PlanOf<'smpp'>) {
  const text = encodedText(body);
  const isLong = text.octets.length > (text.isGsm ? Math.floor((ONE_MESSAGE_OCTETS * 8) / 7) : ONE_MESSAGE_OCTETS);
  return {
    source_addr: plan.from,
    ...numberType(plan.from),
    destination_addr: contact.address.replace(/^\+/, ''),
    dest_addr_ton: 1,
    dest_addr_npi: 1,
    registered_delivery: plan.arrival === 'on-report' ? 1 : 0,
    // The centre gives up by itself at the end: nothing arrives after it.
    validity_period: new Date(contact.job.sendBy),
    data_coding: text.isGsm ? 0 : 8,
    ...(isLong ? { short_message: Buffer.alloc(0), message_payload: text.octets } : { short_message: text.octets }),
  };
}

/** An alphanumeric sender, a short code, or an international number. */
function numberType(from: string) {
  if (!/^\+?\d+$/.test(from)) return { source_addr_ton: 5, source_addr_npi: 0 };
  const isShortCode = from.length <= 6;
  return { source_addr_ton: isShortCode ? 3 : 1, source_addr_npi: isShortCode ? 0 : 1 };
}

/**
 * GSM 03.38 where the text fits, else UCS-2. The default coding is named as 0: the library would name its GSM octets 1,
 * which centres read as ASCII.
 */
function encodedText(body: string): { readonly isGsm: boolean; readonly octets: Buffer } {
  const { ASCII, UCS2 } = smpp.encodings;
  return ASCII.match(body) ? { isGsm: true, octets: ASCII.encode(body) } : { isGsm: false, octets: UCS2.encode(body) };
}

function meaningOf(answer: LinkAnswer, plan: PlanOf<'smpp'>): SendAnswer {
  if (answer.kind === 'error') return { kind: 'again', detail: answer.detail, isUnsent: answer.isUnsent };
  const { command_status: status, message_id: reference = '' } = answer.pdu;
  if (status === OK) return plan.arrival === 'on-report' ? { kind: 'handed-over', providerRef: reference } : SENT;
  const detail = `smpp-0x${status.toString(16).padStart(2, '0')}`;
  if (PASSING.has(status) || REFUSED_US.has(status)) return { kind: 'again', detail, isUnsent: true };
  return { kind: 'failed', detail };
}

const SENT: SendAnswer = { kind: 'sent' };

/** E.164, with or without its plus sign. */
export function isPhoneNumber(text: string): boolean {
  return /^\+?[1-9]\d{4,14}$/.test(text);
}
