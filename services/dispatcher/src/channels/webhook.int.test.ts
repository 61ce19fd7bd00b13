import { type ProviderAnswer, startHttpProvider } from '@holdfast/testkit';
import { createAddressGuard, createHttpClient } from '@holdfast/webhook';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';
import { contactOf } from '../../test/contact.ts';
import { openedChannel, SECRET } from '../../test/open.ts';

const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function setUp(answer: ProviderAnswer, plan = '', adapter = 'webhook') {
  const provider = await startHttpProvider(() => answer);
  const fields = `adapter: ${adapter}, url: ${provider.url}/hook, secrets: [{ env: A }], allowPrivate: true`;
  const { channel } = openedChannel('web', `${fields}${plan}`);
  closers.push(provider.close, async () => channel.close?.());
  return { provider, channel };
}

const contact = contactOf({ channel: 'web', script: { en: 'Stay with us' }, title: { en: 'Ten percent' } });

describe('a webhook', () => {
  it('is posted with the contact, its id as the key, and a signature the receiver can check', async () => {
    const { provider, channel } = await setUp({ status: 204 });
    expect(await channel.send(contact)).toEqual({ kind: 'sent' });
    const [request] = provider.requests;
    const headers = { ...request?.headers };
    expect(headers).toMatchObject({ 'idempotency-key': 'c1', 'webhook-id': 'c1', 'content-type': 'application/json' });
    const event = new Webhook(SECRET).verify(request?.body ?? '', headers as Record<string, string>);
    expect(event).toMatchObject({
      type: 'contact.requested',
      data: {
        contactId: 'c1',
        customerId: '4711',
        channel: 'web',
        offer: 'care_call',
        title: 'Ten percent',
        text: 'Stay with us',
      },
    });
    expect(event).not.toHaveProperty('data.address');
  });

  it('to a push gateway holds the address of the device, and waits for its report where one comes', async () => {
    const accepted = { status: 202, body: '{"reference":"p-1"}' };
    const { provider, channel } = await setUp(accepted, ', callbacks: { bearer: { env: B } }', 'push');
    expect(channel.needsAddress).toBe(true);
    expect(await channel.send({ ...contact, address: 'device-9' })).toEqual({
      kind: 'handed-over',
      providerRef: 'p-1',
    });
    expect(JSON.parse(provider.requests[0]?.body ?? '')).toMatchObject({ data: { address: 'device-9' } });
  });

  it.each<[string, ProviderAnswer, object]>([
    [
      'that is busy',
      { status: 429, headers: { 'retry-after': '7' } },
      { kind: 'again', detail: 'http-429', isUnsent: true },
    ],
    ['that fails', { status: 503 }, { kind: 'again', detail: 'http-503', isUnsent: false }],
    ['that refuses', { status: 410 }, { kind: 'failed', detail: 'http-410' }],
    [
      'that sends elsewhere',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' } },
      { kind: 'failed', detail: 'http-307' },
    ],
    ['that hangs up', 'hang-up', { kind: 'again', isUnsent: false }],
    ['that says nothing', 'silence', { kind: 'again', detail: 'timeout', isUnsent: false }],
  ])('to a receiver %s is told apart', async (_title, answer, expected) => {
    const { provider, channel } = await setUp(answer, answer === 'silence' ? ', timeout: 2s' : '');
    expect(await channel.send(contact)).toMatchObject(expected);
    expect(provider.requests).toHaveLength(1);
  });

  it('to nobody is known to be unsent', async () => {
    const { provider, channel } = await setUp({ status: 200 });
    await provider.close();
    closers.splice(0, 1);
    expect(await channel.send(contact)).toEqual({ kind: 'again', detail: 'econnrefused', isUnsent: true });
  });

  it('to a name that leads to a private address is never made', async () => {
    const { provider } = await setUp({ status: 200 });
    const client = createHttpClient({ timeoutMs: 5_000, connections: 1, guard: createAddressGuard() });
    closers.push(() => client.close());
    const url = provider.url.replace('127.0.0.1', 'localhost');
    const answer = await client.call({ method: 'POST', url, headers: {}, body: '{}' });
    expect(answer).toEqual({ kind: 'error', detail: 'eprivate', isUnsent: true });
    expect(provider.requests).toEqual([]);
  });
});

describe('a provider with an interface of its own', () => {
  const FIELDS = "adapter: http, allowPrivate: true, auth: { bearer: { env: B } }, headers: { X-Ref: 'r-{contactId}' }";
  const PAYLOAD = "payload: { to: ['{address}'], text: '{text}', end: '{sendBy}' }";

  async function provider(answer: ProviderAnswer, plan: string) {
    const started = await startHttpProvider(() => answer);
    const { channel } = openedChannel('sms', `url: ${started.url}/send, ${FIELDS}, ${PAYLOAD}${plan}`);
    closers.push(started.close, async () => channel.close?.());
    return { started, channel };
  }
  const sms = { ...contact, address: '+34600100200' };

  it('gets the payload of the plan, and its id of the message is read from the answer', async () => {
    const answer = { status: 200, body: '{"messages":[{"id":77,"state":"queued"}]}' };
    const plan = ', answer: { reference: messages.0.id }, callbacks: { bearer: { env: C } }';
    const { started, channel } = await provider(answer, plan);
    expect(await channel.send(sms)).toEqual({ kind: 'handed-over', providerRef: '77' });
    const [request] = started.requests;
    expect(request?.headers).toMatchObject({
      ...{ authorization: `Bearer ${SECRET}`, 'idempotency-key': 'c1', 'x-ref': 'r-c1' },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      ...{ to: ['+34600100200'], text: 'Stay with us', end: '2027-01-15T08:01:00.000Z' },
    });
  });

  it('that says 200 and means no is not believed', async () => {
    const plan = ', answer: { accepted: { path: status, words: [queued] } }';
    const lie = await provider({ status: 200, body: '{"status":"rejected"}' }, plan);
    expect(await lie.channel.send(sms)).toEqual({ kind: 'failed', detail: 'not-accepted' });
    const truth = await provider({ status: 200, body: '{"status":"queued"}' }, plan);
    expect(await truth.channel.send(sms)).toEqual({ kind: 'sent' });
  });

  it('gets a form where it wants one', async () => {
    const { started, channel } = await provider({ status: 200 }, ', encoding: form');
    await channel.send({ ...sms, address: '+1&2=3' });
    const form = new URLSearchParams(started.requests[0]?.body ?? '');
    expect(form.get('to')).toBe('["+1&2=3"]');
    expect(form.get('text')).toBe('Stay with us');
  });
});
