import type { Pdu } from 'smpp';
import { describe, expect, it } from 'vitest';
import { receiptOf } from './smpp-receipt.ts';

const pdu = (change: Partial<Pdu>): Pdu => ({
  command: 'deliver_sm',
  command_status: 0,
  sequence_number: 1,
  esm_class: 4,
  response: () => pdu({}),
  ...change,
});
const text = (stat: string, rest = '') =>
  `id:0A1B sub:001 dlvrd:001 submit date:2611291200 done date:2611291201 stat:${stat} err:000 ${rest}text:hello`;

describe('a receipt', () => {
  it.each([
    ['DELIVRD', 'DELIVERED', ''],
    ['EXPIRED', 'EXPIRED', 'receipt-000'],
    ['UNDELIV', 'FAILED', 'receipt-000'],
    ['REJECTD', 'FAILED', 'receipt-000'],
    ['DELETED', 'FAILED', 'receipt-000'],
    ['UNKNOWN', 'UNKNOWN', 'receipt-000'],
  ])('of %s means %s', (stat, status, detail) => {
    expect(receiptOf(pdu({ short_message: { message: text(stat) } }))).toEqual({ reference: '0A1B', status, detail });
    expect(receiptOf(pdu({ short_message: { message: Buffer.from(text(stat)) } }))?.status).toBe(status);
  });

  it('is read from its parameters first', () => {
    expect(receiptOf(pdu({ receipted_message_id: '77', message_state: 2, short_message: text('UNDELIV') }))).toEqual({
      reference: '77',
      status: 'DELIVERED',
      detail: '',
    });
  });

  it.each([
    ['a message from a customer', pdu({ esm_class: 0, short_message: { message: text('DELIVRD') } })],
    ['a state on the way', pdu({ short_message: { message: text('ACCEPTD') } })],
    ['a receipt without an id', pdu({ short_message: { message: 'stat:DELIVRD' } })],
    ['nothing', pdu({})],
  ])('is not %s', (_title, given) => {
    expect(receiptOf(given)).toBeUndefined();
  });
});
