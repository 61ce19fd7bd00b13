import { type AddressInfo, createServer } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { contactOf } from '../../test/contact.ts';
import { openedChannel } from '../../test/open.ts';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Mail {
  readonly to: readonly string[];
  readonly text: string;
}

/** A mail server that writes down what it gets; answers with a code what is not to be taken. */
async function mailServer(refuse: { readonly recipient?: number; readonly data?: number } = {}) {
  const mails: Mail[] = [];
  const refusal = (code: number) => Object.assign(new Error('refused'), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo: (_address, _session, callback) =>
      refuse.recipient === undefined ? callback() : callback(refusal(refuse.recipient)),
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuse.data !== undefined) return callback(refusal(refuse.data));
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { mails, port: (server.server.address() as AddressInfo).port };
}

function mailTo(port: number, plan = '') {
  const fields = `adapter: smtp, host: 127.0.0.1, port: ${port}, tls: none, from: 'Example <offers@example.org>'`;
  const { channel } = openedChannel('email', `${fields}${plan}`);
  closers.push(async () => channel.close?.());
  return channel;
}

const contact = contactOf(
  { language: 'es', title: { en: 'Stay', es: 'Quédese' }, script: { es: 'Diez por ciento de descuento' } },
  'ana@example.org',
);

describe('an e-mail', () => {
  it('reaches the address with subject, text and a Message-ID that follows from the contact', async () => {
    const { mails, port } = await mailServer();
    const channel = mailTo(port, ", headers: { List-Unsubscribe: '<https://example.org/u?c={contactId}>' }");
    expect(await channel.send(contact)).toEqual({ kind: 'sent' });
    expect(mails).toHaveLength(1);
    expect(mails[0]?.to).toEqual(['ana@example.org']);
    expect(mails[0]?.text).toMatch(/^Message-ID: <c1@example\.org>\r$/m);
    expect(mails[0]?.text).toMatch(/^Subject: =\?UTF-8\?Q\?Qu=C3=A9dese\?=\r$/m);
    expect(mails[0]?.text).toMatch(/^List-Unsubscribe: <https:\/\/example\.org\/u\?c=c1>\r$/m);
    expect(mails[0]?.text).toContain('Diez por ciento de descuento');
  });

  it('has the same Message-ID when it is sent again', async () => {
    const { mails, port } = await mailServer();
    const channel = mailTo(port);
    await channel.send(contact);
    await channel.send(contact);
    const ids = mails.map(({ text }) => /^Message-ID: (.*)\r$/m.exec(text)?.[1]);
    expect(ids).toEqual(['<c1@example.org>', '<c1@example.org>']);
  });

  it.each([
    ['a recipient that does not exist', { recipient: 550 }, { kind: 'failed', detail: 'smtp-550' }],
    ['a full mailbox', { recipient: 452 }, { kind: 'again', detail: 'smtp-452', isUnsent: true }],
    ['a message it does not want', { data: 554 }, { kind: 'failed', detail: 'smtp-554' }],
    ['a message it wants later', { data: 451 }, { kind: 'again', detail: 'smtp-451', isUnsent: true }],
  ])('refused for %s is told apart', async (_title, refuse, expected) => {
    const { mails, port } = await mailServer(refuse);
    expect(await mailTo(port).send(contact)).toEqual(expected);
    expect(mails).toEqual([]);
  });

  it('to an address that reads as two is never begun', async () => {
    const { mails, port } = await mailServer();
    const two = { ...contact, address: 'ana@example.org, bo@example.org' };
    expect(await mailTo(port).send(two)).toEqual({ kind: 'failed', detail: 'invalid-address' });
    expect(mails).toEqual([]);
  });

  it('without a server is known to be unsent; with a silent one nobody knows', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await mailTo(port, ', timeout: 2s').send(contact)).toMatchObject({
      kind: 'again',
      detail: 'timeout',
      isUnsent: false,
    });
    await new Promise((resolve) => silent.close(resolve));
    expect(await mailTo(port).send(contact)).toMatchObject({ kind: 'again', isUnsent: true });
  });
});
