import { createWebhookSigner } from '@holdfast/webhook';
import { afterEach, describe, expect, it } from 'vitest';
import { channelPlan } from '../channels/channel-plan.ts';
import { createCallbackServer } from './callback-server.ts';
import type { ProviderReport, ReportTaker } from './report-taker.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const TOKEN = 'a token of a provider';
const signer = createWebhookSigner(['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);

function callbacks() {
  const plan = channelPlan.parse({
    ...{ adapter: 'webhook', url: 'https://example.org', secrets: [{ env: 'A' }], callbacks: { bearer: { env: 'B' } } },
  });
  if (plan.adapter !== 'webhook' || plan.callbacks === undefined) throw new Error('no callbacks');
  return plan.callbacks;
}

async function setUp(taken: Awaited<ReturnType<ReportTaker['take']>> = 'taken') {
  const reports: ProviderReport[] = [];
  const plan = callbacks();
  const server = await createCallbackServer(
    { host: '127.0.0.1', port: 0 },
    {
      route: (channel) => ({ sms: { plan, token: TOKEN }, push: { plan, signer } })[channel],
      reports: {
        async take(report) {
          reports.push(report);
          return taken;
        },
      },
    },
  );
  closers.push(() => server.close());
  const post = async (channel: string, body: string, headers: Record<string, string>) => {
    const url = `http://127.0.0.1:${server.port}/callbacks/${channel}`;
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    await response.text();
    return response.status;
  };
  return { post, reports };
}

const BODY = JSON.stringify({ contactId: 'c1', reference: 'm-7', status: 'delivered' });
const BEARER = { authorization: `Bearer ${TOKEN}` };

describe('a callback', () => {
  it('with the token of its channel is taken, however often it comes', async () => {
    const { post, reports } = await setUp();
    expect(await post('sms', BODY, BEARER)).toBe(202);
    expect(await post('sms', BODY, BEARER)).toBe(202);
    const report = { channel: 'sms', contactId: 'c1', reference: 'm-7', status: 'DELIVERED', detail: '' };
    expect(reports).toEqual([report, report]);
  });

  it('with the signature of its channel is taken, over the bytes as they came', async () => {
    const { post, reports } = await setUp();
    const spaced = `  ${BODY} `;
    expect(await post('push', spaced, signer.headers('msg-1', Date.now(), spaced))).toBe(202);
    expect(await post('push', BODY, signer.headers('msg-1', Date.now(), spaced))).toBe(401);
    expect(reports).toHaveLength(1);
  });

  it.each<[string, string, Record<string, string>]>([
    ['without a token', 'sms', {}],
    ['with another token', 'sms', { authorization: `Bearer ${TOKEN}!` }],
    ['with a token where a signature is due', 'push', BEARER],
    ['for a channel that is not there', 'fax', BEARER],
    ['for what every object has', 'constructor', BEARER],
  ])('%s is not heard', async (_title, channel, headers) => {
    const { post, reports } = await setUp();
    expect(await post(channel, BODY, headers)).toBe(401);
    expect(reports).toEqual([]);
  });

  it('that cannot be written now, or names nothing known yet, is asked for again', async () => {
    expect(await (await setUp('away')).post('sms', BODY, BEARER)).toBe(503);
    expect(await (await setUp('unknown')).post('sms', BODY, BEARER)).toBe(404);
    expect(await (await setUp('refused')).post('sms', BODY, BEARER)).toBe(202);
  });

  it('that is no report, or too large, is refused', async () => {
    const { post, reports } = await setUp();
    expect(await post('sms', 'hello', BEARER)).toBe(422);
    expect(await post('sms', `["${'x'.repeat(300_000)}"]`, BEARER)).toBe(413);
    expect(await post('sms', JSON.stringify(Array(1_001).fill(JSON.parse(BODY))), BEARER)).toBe(413);
    expect(reports).toEqual([]);
  });
});
