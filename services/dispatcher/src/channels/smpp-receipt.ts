import type { Pdu } from 'smpp';
import type { ReportedStatus } from '../reports/report-taker.ts';

export interface Receipt {
  /** The centre's id of the message. */
  readonly reference: string;
  readonly status: ReportedStatus;
  readonly detail: string;
}

const IS_RECEIPT = 0x04;
const MESSAGE_TYPE = 0x3c;

/** Words of the text of a receipt (SMPP 3.4, appendix B) by `message_state`; those in between mean nothing yet. */
const STATES = ['', '', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', '', 'UNKNOWN', 'REJECTD'] as const;

const MEANING: Readonly<Record<string, ReportedStatus>> = {
  DELIVRD: 'DELIVERED',
  EXPIRED: 'EXPIRED',
  DELETED: 'FAILED',
  UNDELIV: 'FAILED',
  REJECTD: 'FAILED',
  UNKNOWN: 'UNKNOWN',
};

/** What a `deliver_sm` says of a message of ours; undefined for one from a customer and for states on the way. */
export function receiptOf(pdu: Pdu): Receipt | undefined {
  if (((pdu.esm_class ?? 0) & MESSAGE_TYPE) !== IS_RECEIPT) return undefined;
  const text = textOf(pdu);
  const reference = pdu.receipted_message_id ?? /\bid:(\S+)/i.exec(text)?.[1];
  const state = STATES[pdu.message_state ?? 0] || /\bstat:([A-Za-z]+)/i.exec(text)?.[1]?.toUpperCase();
  const status = MEANING[state ?? ''];
  if (reference === undefined || status === undefined) return undefined;
  const code = /\berr:(\w{1,8})/i.exec(text)?.[1];
  const isWell = status === 'DELIVERED';
  return { reference, status, detail: isWell ? '' : `receipt-${(code ?? state ?? '').toLowerCase()}` };
}

function textOf(pdu: Pdu): string {
  const content = pdu.short_message ?? pdu.message_payload ?? '';
  const message = typeof content === 'string' ? content : content.message;
  return Buffer.isBuffer(message) ? message.toString('latin1') : message;
}
