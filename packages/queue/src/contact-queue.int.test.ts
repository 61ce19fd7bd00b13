import { randomUUID } from 'node:crypto';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { createContactQueue, type WatchableContactQueue } from './contact-queue.ts';
import { type ContactAnswer, type ContactJob, type ContactRate, createContactWorker } from './contact-worker.ts';

const { redisUrl } = inject('stack');
const closers: (() => Promise<void>)[] = [];
const settles = { timeout: 20_000 };

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function setUp() {
  const channel = `t${randomUUID().slice(0, 8)}`;
  const queue = createContactQueue({ url: redisUrl, channels: [channel] });
  closers.push(() => queue.close());
  const job = (overrides: { sendAt?: number } = {}) => ({
    channel,
    contactId: `c${randomUUID()}`,
    entityId: 'customer',
    sendAt: 0,
    sendBy: Date.now() + 60_000,
    ...overrides,
  });
  return { channel, queue, job };
}

/** A worker that writes down what it is handed. */
function recording(
  channel: string,
  answer: (job: ContactJob) => Promise<ContactAnswer>,
  options: { url?: string; lockMs?: number; stalledCheckMs?: number; rate?: ContactRate } = {},
) {
  const handed: ContactJob[] = [];
  const worker = createContactWorker({ url: redisUrl, channel, concurrency: 4, ...options }, (job) => {
    handed.push(job);
    return answer(job);
  });
  closers.push(() => worker.close());
  return { worker, handed };
}

const done = async (): Promise<ContactAnswer> => ({ kind: 'done' });

const state = (queue: WatchableContactQueue, job: { channel: string; contactId: string }) =>
  queue.jobState(job.channel, job.contactId);

describe('the contact queue', () => {
  it('hands a contact out once however often it is added, before and after it was done', async () => {
    const { channel, queue, job } = setUp();
    const contact = job();
    await queue.add([contact, contact]);
    await queue.add([contact]);
    const { handed } = recording(channel, done);
    await vi.waitFor(async () => expect(await state(queue, contact)).toBe('completed'), settles);
    await queue.add([contact]);
    const last = job();
    await queue.add([last]);
    await vi.waitFor(async () => expect(await state(queue, last)).toBe('completed'), settles);
    expect(handed.map((each) => each.contactId)).toEqual([contact.contactId, last.contactId]);
    expect(handed[0]).toEqual({ ...contact, earlierAttempts: 0, tries: 0 });
  });

  it('holds a contact back until its time to send', async () => {
    const { channel, queue, job } = setUp();
    const far = job({ sendAt: Date.now() + 3_600_000 });
    await queue.add([far]);
    expect(await queue.counts(channel)).toMatchObject({ delayed: 1, waiting: 0 });
    const soon = job({ sendAt: Date.now() + 300 });
    await queue.add([soon]);
    const takenAt: number[] = [];
    const { handed } = recording(channel, async () => {
      takenAt.push(Date.now());
      return { kind: 'done' };
    });
    await vi.waitFor(async () => expect(await state(queue, soon)).toBe('completed'), settles);
    expect(takenAt[0]).toBeGreaterThanOrEqual(soon.sendAt);
    expect(handed).toHaveLength(1);
    expect(await state(queue, far)).toBe('delayed');
    expect(await queue.delayed(channel, 10)).toMatchObject([far]);
  });

  it('puts a contact back until the time the handler names, and counts the attempt', async () => {
    const { channel, queue, job } = setUp();
    const contact = job();
    await queue.add([contact]);
    const backAt = Date.now() + 250;
    const takenAt: number[] = [];
    const { handed } = recording(channel, async (each) => {
      takenAt.push(Date.now());
      return each.earlierAttempts === 0 ? { kind: 'again-at', atMs: backAt, tries: 1 } : { kind: 'done' };
    });
    await vi.waitFor(async () => expect(await state(queue, contact)).toBe('completed'), settles);
    expect(handed.map((each) => [each.earlierAttempts, each.tries])).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(takenAt[1]).toBeGreaterThanOrEqual(backAt);
  });

  it('hands a contact out again when the handler throws', async () => {
    const { channel, queue, job } = setUp();
    const contact = job();
    await queue.add([contact]);
    const { handed } = recording(channel, async (each) => {
      if (each.earlierAttempts === 0) throw new Error('a defect');
      return { kind: 'done' };
    });
    await vi.waitFor(async () => expect(await state(queue, contact)).toBe('completed'), settles);
    expect(handed).toHaveLength(2);
  });

  it('hands a contact of a cut-off dispatcher to another one', async () => {
    const { channel, queue, job } = setUp();
    const proxy = await cuttableProxy(redisUrl);
    const contact = job();
    await queue.add([contact]);
    const neverAnswers = new Promise<ContactAnswer>(() => {});
    const quick = { lockMs: 400, stalledCheckMs: 200 };
    const lost = createContactWorker({ url: proxy.url, channel, concurrency: 1, ...quick }, () => neverAnswers);
    await vi.waitFor(async () => expect(await state(queue, contact)).toBe('active'), settles);
    proxy.cut();
    void lost.close().catch(() => undefined);
    const { handed } = recording(channel, done, quick);
    await vi.waitFor(async () => expect(await state(queue, contact)).toBe('completed'), settles);
    expect(handed.map((each) => each.contactId)).toEqual([contact.contactId]);
  });

  it('hands out no more than the rate of the channel, over all its workers', async () => {
    const { channel, queue, job } = setUp();
    await queue.add(Array.from({ length: 10 }, () => job()));
    const rate = { max: 4, perMs: 3_600_000 };
    const workers = [recording(channel, done, { rate }), recording(channel, done, { rate })];
    await vi.waitFor(async () => expect((await queue.counts(channel)).completed).toBe(4), settles);
    // The count is kept where jobs are taken, so nothing more can come before the hour is over.
    const late = recording(channel, done, { rate });
    await late.worker.ready();
    await queue.add([job()]);
    expect([...workers, late].flatMap(({ handed }) => handed)).toHaveLength(4);
    expect(await queue.counts(channel)).toMatchObject({ completed: 4, active: 0, waiting: 7 });
  });

  it('rejects while Redis is away, and takes the same jobs once it is back', async () => {
    const { channel, queue: direct, job } = setUp();
    const proxy = await cuttableProxy(redisUrl);
    const queue = createContactQueue({ url: proxy.url, channels: [channel], timeoutMs: 1_000 });
    closers.push(() => queue.close());
    const before = job();
    const during = job();
    await queue.add([before]);
    proxy.cut();
    await expect(queue.add([during])).rejects.toThrow();
    expect(await state(direct, during)).toBe('absent');
    proxy.mend();
    await vi.waitFor(() => queue.add([during]), settles);
    expect(await state(direct, during)).toBe('waiting');
  });

  it('can be closed while Redis is away', async () => {
    const { channel, job } = setUp();
    const proxy = await cuttableProxy(redisUrl);
    const queue = createContactQueue({ url: proxy.url, channels: [channel], timeoutMs: 1_000 });
    await queue.add([job()]);
    proxy.cut();
    await expect(queue.add([job()])).rejects.toThrow();
    await queue.close();
  });

  it('rejects in time when Redis was never there', async () => {
    const { job } = setUp();
    const queue = createContactQueue({ url: 'redis://127.0.0.1:1', channels: [], timeoutMs: 300 });
    closers.push(() => queue.close());
    await expect(queue.add([job()])).rejects.toThrow();
  });

  it('refuses a whole call with an id the queue cannot hold, before anything is written', async () => {
    const { channel, queue, job } = setUp();
    const good = job();
    await expect(queue.add([good, { ...job(), contactId: 'a:b' }])).rejects.toThrow(/contact id/);
    expect(await queue.jobState(channel, good.contactId)).toBe('absent');
  });
});

/** A relay to Redis whose connections can be cut, with no new ones until mended. */
async function cuttableProxy(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        (socket === client ? upstream : client).destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  closers.push(async () => {
    cut();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    cut,
    mend: () => {
      isCut = false;
    },
  };
}
