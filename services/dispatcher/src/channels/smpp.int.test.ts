import type { AddressInfo } from 'node:net';
import smpp, { type Pdu, type Session } from 'smpp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contactOf } from '../../test/contact.ts';
import { openedChannel, SECRET } from '../../test/open.ts';
import type { Contact, SendAnswer } from '../ports.ts';

const closers: (() => Promise<void> | void)[] = [];
const settles = { timeout: 20_000, interval: 20 };

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A message centre that writes down what is submitted; `status` is what it answers, undefined for silence. */
async function centre(status: (index: number) => number | undefined = () => 0, bindStatus = 0) {
  const submitted: Pdu[] = [];
  const binds: Pdu[] = [];
  const sessions: Session[] = [];
  const server = smpp.createServer((session) => {
    sessions.push(session);
    session.on('error', () => session.destroy());
    session.on('bind_transceiver', (pdu: Pdu) => {
      binds.push(pdu);
      session.send(pdu.response({ command_status: bindStatus }));
    });
    session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu: Pdu) => session.send(pdu.response()));
    session.on('submit_sm', (pdu: Pdu) => {
      const command_status = status(submitted.length);
      submitted.push(pdu);
      if (command_status === undefined) return;
      session.send(pdu.response({ command_status, message_id: `m-${submitted.length}` }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { submitted, binds, sessions, port: (server.address() as AddressInfo).port };
}

function smsOver(port: number, plan = '', taken?: 'unknown') {
  const fields = `adapter: smpp, host: 127.0.0.1, port: ${port}, auth: { user: holdfast, password: { env: A } }`;
  const opened = openedChannel('sms', `${fields}, from: Example${plan}`, taken);
  closers.push(async () => opened.channel.close?.());
  return opened;
}

const sms = (script: string): Contact => contactOf({ channel: 'sms', script: { en: script } }, '+34600100200');

/** The link is bound in its own time. */
async function sent(channel: { send(contact: Contact): Promise<SendAnswer> }, contact: Contact): Promise<SendAnswer> {
  return vi.waitFor(async () => {
    const answer = await channel.send(contact);
    if (answer.kind === 'again' && answer.detail === 'smpp-not-bound') throw new Error('not bound yet');
    return answer;
  }, settles);
}

const textOf = ({ short_message: content }: Pdu) => (typeof content === 'string' ? content : content?.message);

describe('an SMS', () => {
  it('is submitted with its end and asks for a receipt; the id of the centre is kept', async () => {
    const { submitted, binds, port } = await centre();
    const { channel } = smsOver(port);
    expect(await sent(channel, sms('Stay with us, [please] @ 10€'))).toEqual({
      kind: 'handed-over',
      providerRef: 'm-1',
    });
    expect(binds[0]).toMatchObject({ system_id: 'holdfast', password: SECRET });
    const [pdu] = submitted;
    expect(pdu).toMatchObject({
      ...{ source_addr: 'Example', source_addr_ton: 5, destination_addr: '34600100200', dest_addr_ton: 1 },
      ...{ registered_delivery: 1, data_coding: 0 },
    });
    expect(pdu?.validity_period).toEqual(new Date('2027-01-15T08:01:00.000Z'));
    expect(pdu && textOf(pdu)).toBe('Stay with us, [please] @ 10€');
  });

  it('in letters that GSM lacks travels as UCS-2', async () => {
    const { submitted, port } = await centre();
    await sent(smsOver(port).channel, sms('Останьтесь'));
    expect(submitted[0]).toMatchObject({ data_coding: 8 });
    expect(submitted[0] && textOf(submitted[0])).toBe('Останьтесь');
  });

  it('longer than one message is one payload, which the centre cuts', async () => {
    const { submitted, port } = await centre();
    const text = 'a'.repeat(161);
    await sent(smsOver(port).channel, sms(text));
    expect(submitted).toHaveLength(1);
    expect(submitted[0]?.message_payload).toMatchObject({ message: text });
  });

  it.each([
    ['too long', sms('a'.repeat(481)), 'text-too-long'],
    ['empty', sms(''), 'no-text'],
    ['for what is no number', { ...sms('a'), address: 'ana' }, 'invalid-address'],
  ])('that is %s is never submitted', async (_title, contact, detail) => {
    const { submitted, port } = await centre();
    expect(await sent(smsOver(port).channel, contact)).toEqual({ kind: 'failed', detail });
    expect(submitted).toEqual([]);
  });

  it.each([
    [0x58, { kind: 'again', detail: 'smpp-0x58', isUnsent: true }],
    [0x14, { kind: 'again', detail: 'smpp-0x14', isUnsent: true }],
    [0x0b, { kind: 'failed', detail: 'smpp-0x0b' }],
    [undefined, { kind: 'again', detail: 'timeout', isUnsent: false }],
  ])('answered with %s is told apart', async (status, expected) => {
    const { port } = await centre(() => status);
    const plan = status === undefined ? ', timeout: 1s' : '';
    expect(await sent(smsOver(port, plan).channel, sms('a'))).toEqual(expected);
  });

  it('whose link breaks before the answer is unknown; the link mends itself', async () => {
    const { submitted, sessions, port } = await centre((index) => (index === 0 ? undefined : 0));
    const { channel } = smsOver(port);
    const first = sent(channel, sms('a'));
    await vi.waitFor(() => expect(submitted).toHaveLength(1), settles);
    sessions[0]?.destroy();
    expect(await first).toEqual({ kind: 'again', detail: 'smpp-closed', isUnsent: false });
    expect(await sent(channel, sms('b'))).toEqual({ kind: 'handed-over', providerRef: 'm-2' });
  });

  it('is not submitted while the centre refuses the link', async () => {
    const { submitted, port } = await centre(() => 0, 0x0d);
    const { channel } = smsOver(port);
    expect(await channel.send(sms('a'))).toEqual({ kind: 'again', detail: 'smpp-not-bound', isUnsent: true });
    expect(submitted).toEqual([]);
  });
});

describe('a receipt', () => {
  const receipt = (stat: string) => ({
    esm_class: 4,
    short_message: `id:m-1 sub:001 dlvrd:001 submit date:2611291200 done date:2611291201 stat:${stat} err:011 text:`,
  });

  async function given(session: Session | undefined, fields: object): Promise<Pdu> {
    return new Promise((resolve) => session?.send(new smpp.PDU('deliver_sm', { ...fields }), resolve));
  }

  it('over the link becomes a report, each time it comes', async () => {
    const { sessions, port } = await centre();
    const { channel, reports } = smsOver(port);
    await sent(channel, sms('a'));
    expect((await given(sessions[0], receipt('DELIVRD'))).command_status).toBe(0);
    expect((await given(sessions[0], receipt('DELIVRD'))).command_status).toBe(0);
    await given(sessions[0], receipt('UNDELIV'));
    await given(sessions[0], { short_message: 'STOP' });
    expect(reports).toEqual([
      { channel: 'sms', reference: 'm-1', status: 'DELIVERED', detail: '' },
      { channel: 'sms', reference: 'm-1', status: 'DELIVERED', detail: '' },
      { channel: 'sms', reference: 'm-1', status: 'FAILED', detail: 'receipt-011' },
    ]);
  });

  it('that nobody knows yet is asked for again', async () => {
    const { sessions, port } = await centre();
    const { channel } = smsOver(port, '', 'unknown');
    await sent(channel, sms('a'));
    expect((await given(sessions[0], receipt('DELIVRD'))).command_status).toBe(0x64);
  });
});
