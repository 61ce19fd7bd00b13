import { randomUUID } from 'node:crypto';
import { createLogger, createMetrics } from '@holdfast/observability';
import { createContactQueue } from '@holdfast/queue';
import { createContactMarks } from '@holdfast/redis';
import { type ProviderAnswer, startHttpProvider } from '@holdfast/testkit';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { DECISION } from '../test/contact.ts';
import { SECRET } from '../test/open.ts';
import { readChannelFile } from './channels/channel-file.ts';
import { openChannel } from './channels/open-channel.ts';
import { createDispatcher } from './dispatcher.ts';
import type { DeliveryReport } from './ports.ts';
import { createCallbackServer } from './reports/callback-server.ts';
import { createReportTaker } from './reports/report-taker.ts';

const { redisUrl } = inject('stack');
const closers: (() => Promise<unknown>)[] = [];
const settles = { timeout: 20_000, interval: 20 };

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Quick waits, so that what is repeated is repeated soon. */
const QUICK = 'retry: { first: 20ms, max: 50ms, tries: 50 }';

/** Real queue and marks before a provider that answers as it is told; every contact stands open. */
async function setUp(answer: (index: number) => ProviderAnswer) {
  const provider = await startHttpProvider((_request, index) => answer(index));
  const channel = `t${randomUUID().slice(0, 8)}`;
  const marks = createContactMarks({ url: redisUrl });
  /** A job is forgotten once it is done, so that asking again makes a new one. */
  const queue = createContactQueue({ url: redisUrl, channels: [channel], keepCompleted: { ageDays: 1, count: 0 } });
  const reports: DeliveryReport[] = [];
  const report = async (one: DeliveryReport) => {
    reports.push(one);
    return { kind: 'ok' } as const;
  };
  const now = () => Date.now();
  const taker = createReportTaker({ marks, report, now, observe: () => undefined });
  const feed = { append: async () => ({ kind: 'appended' }) };
  const start = () => {
    const dispatcher = createDispatcher(
      {
        open: (name, plan, secret) =>
          openChannel(name, plan, secret, { feed, alertOf: () => ({}), reports: taker, now }),
        ports: {
          state: async () => ({ bytes: Buffer.from('state'), trusted: true }),
          standing: () => ({ kind: 'open' }),
          decision: async (customerId, contactId) => ({
            kind: 'found',
            decision: { ...DECISION, customerId, contactId },
          }),
          marks,
          directory: { addressOf: async () => ({ kind: 'none' }) },
          isHeldBack: async () => false,
          report,
          now,
        },
        metrics: createMetrics({ service: 'dispatcher' }),
        logger: createLogger({ service: 'dispatcher', level: 'silent' }),
      },
      { queueUrl: redisUrl },
    );
    closers.push(() => dispatcher.close());
    return dispatcher;
  };
  closers.push(
    provider.close,
    () => marks.close(),
    () => queue.close(),
  );
  const file = (plan: string) => {
    const fields = `adapter: webhook, url: ${provider.url}, allowPrivate: true, secrets: [{ env: A }], timeout: 5s`;
    return readChannelFile(`channels: { ${channel}: { ${fields}, ${QUICK}${plan} } }`, () => SECRET);
  };
  const job = () => {
    const contactId = `c${randomUUID()}`;
    return { channel, contactId, entityId: `customer-${contactId}`, sendAt: 0, sendBy: Date.now() + 600_000 };
  };
  const said = (contactId: string) => reports.filter((one) => one.contactId === contactId).map(({ status }) => status);
  const keys = () => provider.requests.map(({ headers }) => headers['idempotency-key']);
  return { provider, channel, queue, marks, reports, taker, start, file, job, said, keys };
}

describe('a contact with a provider', () => {
  it('is tried until the provider takes it, always under the same key, and every try is told', async () => {
    const world = await setUp((index) => (index < 2 ? { status: 500 } : { status: 200 }));
    await world.start().use(world.file(''));
    const job = world.job();
    await world.queue.add([job]);
    await vi.waitFor(() => expect(world.said(job.contactId)).toContain('DELIVERED'), settles);
    expect(world.said(job.contactId)).toEqual(['ATTEMPTED', 'ATTEMPTED', 'DELIVERED']);
    expect(world.reports.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(world.keys()).toEqual(Array(3).fill(job.contactId));
  });

  it('stays open until the callback comes; asked for again it is not sent twice, and a repeated callback is the same event', async () => {
    const world = await setUp(() => ({ status: 202, body: '{"reference":"p-9"}' }));
    const dispatcher = world.start();
    await dispatcher.use(world.file(', callbacks: { bearer: { env: B } }'));
    const server = await createCallbackServer(
      { host: '127.0.0.1', port: 0 },
      { route: dispatcher.route, reports: world.taker },
    );
    closers.push(() => server.close());
    const job = world.job();
    await world.queue.add([job]);
    await vi.waitFor(() => expect(world.said(job.contactId)).toEqual(['SENT']), settles);
    await vi.waitFor(
      async () => expect(await world.queue.jobState(world.channel, job.contactId)).toBe('absent'),
      settles,
    );
    await world.queue.add([job]);
    await vi.waitFor(() => expect(world.said(job.contactId)).toEqual(['SENT', 'SENT']), settles);
    expect(world.keys()).toEqual([job.contactId]);
    const callback = async (status: string) => {
      const url = `http://127.0.0.1:${server.port}/callbacks/${world.channel}`;
      const headers = { authorization: `Bearer ${SECRET}`, 'content-type': 'application/json' };
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ reference: 'p-9', status }) });
      return answer.status;
    };
    expect(await callback('delivered')).toBe(202);
    expect(await callback('delivered')).toBe(202);
    expect(await callback('seen')).toBe(202);
    expect(world.said(job.contactId)).toEqual(['SENT', 'SENT', 'DELIVERED', 'DELIVERED', 'SEEN']);
    expect(new Set(world.reports.map(({ eventId }) => eventId)).size).toBe(3);
    expect(world.reports.at(-1)).toMatchObject({ status: 'SEEN', providerRef: 'p-9', offer: 'care_call', attempt: 1 });
  });

  it('that was lost on the way of an at-most-once channel is unknown, never sent again, and known by its callback', async () => {
    const world = await setUp(() => 'hang-up');
    await world.start().use(world.file(', semantics: at-most-once, callbacks: { bearer: { env: B } }'));
    const job = world.job();
    await world.queue.add([job]);
    await vi.waitFor(() => expect(world.said(job.contactId)).toEqual(['UNKNOWN']), settles);
    expect(world.keys()).toEqual([job.contactId]);
    const { channel } = world;
    expect(await world.taker.take({ channel, contactId: job.contactId, status: 'DELIVERED', detail: '' })).toBe(
      'taken',
    );
    expect(world.reports.at(-1)).toMatchObject({ status: 'DELIVERED', customerId: job.entityId });
  });

  it('waits out a provider that is away: few calls meet it, and all are sent once it is back', async () => {
    const isUp = { now: false };
    const world = await setUp(() => ({ status: isUp.now ? 200 : 503 }));
    const dispatcher = world.start();
    await dispatcher.use(world.file(', concurrency: 4, breaker: { failures: 3, open: 1s, maxOpen: 1s }'));
    const jobs = Array.from({ length: 40 }, world.job);
    await world.queue.add(jobs);
    const { channel } = world;
    await vi.waitFor(async () => expect((await world.queue.counts(channel)).waiting).toBe(0), settles);
    // Those at work when it opened, and one probe a second since: each of the others was held up without a call.
    expect(dispatcher.breakers()).not.toEqual([[channel, 'closed']]);
    expect(world.keys().length).toBeLessThan(40);
    isUp.now = true;
    const delivered = () => world.reports.filter(({ status }) => status === 'DELIVERED');
    await vi.waitFor(() => expect(delivered()).toHaveLength(40), settles);
    expect(await world.queue.counts(channel)).toMatchObject({ waiting: 0, delayed: 0 });
    expect(new Set(delivered().map(({ contactId }) => contactId))).toEqual(new Set(jobs.map((job) => job.contactId)));
  });

  it('goes on under a changed channel file without a restart', async () => {
    const world = await setUp(() => ({ status: 200 }));
    const dispatcher = world.start();
    await dispatcher.use(world.file(''));
    const [before, after] = [world.job(), world.job()];
    await world.queue.add([before]);
    await vi.waitFor(() => expect(world.said(before.contactId)).toEqual(['DELIVERED']), settles);
    await dispatcher.use(world.file(", concurrency: 2, rate: { max: 100, per: 1s }, texts: { body: 'new' }"));
    await world.queue.add([after]);
    await vi.waitFor(() => expect(world.said(after.contactId)).toEqual(['DELIVERED']), settles);
    expect(world.provider.requests.map(({ body }) => JSON.parse(body).data.text)).toEqual(['', 'new']);
  });
});
