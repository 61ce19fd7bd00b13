import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { type AlertFeed, createAlertFeed, isAlertId } from '@holdfast/redis';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import type { AlertsRouteOptions } from './alerts-route.ts';
import { createGateway } from './gateway.ts';

const KEY = 'agent-0123456789abc';
/** A database of its own: the feed is one per Redis, and other tests append to it too. */
const redisUrl = new URL('/7', inject('stack').redisUrl).href;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function started(options: Partial<AlertsRouteOptions> = {}) {
  const feed = createAlertFeed({ url: redisUrl });
  closers.push(() => feed.close());
  const metrics = createMetrics({ service: 'gateway' });
  const gateway = createGateway(
    {
      intake: {
        parse: () => ({ ok: false, error: { code: 'x', message: 'x' } }),
        append: async () => [],
        consentSeen: async () => {},
      },
      alerts: { tail: feed.tail, lastId: feed.lastId, isAlertId },
      metrics,
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
    },
    {
      host: '127.0.0.1',
      port: 0,
      keys: [{ role: 'agent', key: KEY }],
      alerts: { maxListeners: 10, heartbeatMs: 60_000, slowMs: 60_000, ...options },
    },
  );
  const port = await gateway.start();
  closers.push(() => gateway.close());
  return { feed, port, gateway, metrics };
}

/** Appends an alert that no other test has. */
async function append(feed: AlertFeed, size = 0) {
  const contactId = `c${randomUUID()}`;
  const json = JSON.stringify({ contactId, filling: 'x'.repeat(size) });
  const answer = await feed.append({ contactId, json });
  if (answer.kind !== 'appended') throw new Error('a fresh contact was there already');
  return { id: answer.id, contactId, json };
}

/** An agent's tool: collects what the stream brings. */
async function listen(port: number, options: { headers?: Record<string, string>; query?: string } = {}) {
  const leaving = new AbortController();
  closers.push(async () => leaving.abort());
  const response = await fetch(`http://127.0.0.1:${port}/v1/alerts${options.query ?? ''}`, {
    headers: { 'x-api-key': KEY, ...options.headers },
    signal: leaving.signal,
  });
  const events: EventSourceMessage[] = [];
  const comments: string[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event), onComment: (text) => comments.push(text) });
  const whole = read(response, (text) => parser.feed(text));
  return { response, events, comments, leave: () => leaving.abort(), whole };
}

/** Answers whether the server ended the stream; false when the connection broke or the tool left. */
async function read(response: Response, take: (text: string) => void): Promise<boolean> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) take(decoder.decode(chunk, { stream: true }));
    return true;
  } catch {
    return false;
  }
}

describe('GET /v1/alerts', () => {
  it('begins with the next alert when no id is given', async () => {
    const { feed, port } = await started();
    await append(feed);
    const tool = await listen(port);
    expect(tool.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const next = await append(feed);
    await vi.waitFor(() => expect(tool.events).toHaveLength(1), { timeout: 5_000 });
    expect(tool.events).toEqual([{ id: next.id, event: 'alert', data: next.json }]);
  });

  it('replays everything after Last-Event-ID, then goes on live, each alert once and in order', async () => {
    const { feed, port } = await started();
    const first = await append(feed);
    const missed = [await append(feed), await append(feed)];
    const tool = await listen(port, { headers: { 'last-event-id': first.id } });
    await vi.waitFor(() => expect(tool.events).toHaveLength(2), { timeout: 5_000 });
    const live = await append(feed);
    await vi.waitFor(() => expect(tool.events).toHaveLength(3), { timeout: 5_000 });
    expect(tool.events.map((event) => event.id)).toEqual([...missed, live].map((alert) => alert.id));
  });

  it('takes the id from the address for tools that cannot set headers, and prefers the header', async () => {
    const { feed, port } = await started();
    const first = await append(feed);
    const second = await append(feed);
    const third = await append(feed);
    const byQuery = await listen(port, { query: `?lastEventId=${first.id}` });
    const byBoth = await listen(port, { query: `?lastEventId=${first.id}`, headers: { 'last-event-id': second.id } });
    await vi.waitFor(() => expect(byQuery.events).toHaveLength(2), { timeout: 5_000 });
    await vi.waitFor(() => expect(byBoth.events.map((event) => event.id)).toEqual([third.id]), { timeout: 5_000 });
  });

  it('loses and repeats nothing when a tool comes and goes while alerts arrive', async () => {
    const { feed, port } = await started();
    let last = (await append(feed)).id;
    const sent: string[] = [];
    const got: string[] = [];
    for (let round = 0; round < 5; round++) {
      const tool = await listen(port, { headers: { 'last-event-id': last } });
      for (let i = 0; i < 20; i++) sent.push((await append(feed)).id);
      await vi.waitFor(() => expect(tool.events.length).toBeGreaterThan(round * 3), { timeout: 5_000 });
      tool.leave();
      await tool.whole;
      got.push(...tool.events.map((event) => event.id ?? ''));
      last = got.at(-1) ?? last;
    }
    const rest = await listen(port, { headers: { 'last-event-id': last } });
    await vi.waitFor(() => expect([...got, ...rest.events.map((event) => event.id)]).toEqual(sent), { timeout: 5_000 });
  });

  it.each(['yesterday', '1-x', '$', '-'])('answers 400 to the id %j', async (id) => {
    const { port } = await started();
    const tool = await listen(port, { headers: { 'last-event-id': id } });
    expect(tool.response.status).toBe(400);
    await tool.whole;
  });

  it('sends heartbeats while nothing happens', async () => {
    const { port } = await started({ heartbeatMs: 20 });
    const tool = await listen(port);
    await vi.waitFor(() => expect(tool.comments.length).toBeGreaterThan(1), { timeout: 5_000 });
    expect(tool.events).toEqual([]);
  });

  it('turns away more listeners than it may have, and takes one again after another left', async () => {
    const { port } = await started({ maxListeners: 1 });
    const only = await listen(port);
    const refused = await listen(port);
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([503, '5']);
    only.leave();
    await vi.waitFor(async () => expect((await listen(port)).response.status).toBe(200), { timeout: 5_000 });
  });

  it('drops a listener that takes nothing, and counts it', async () => {
    const { feed, port, metrics } = await started({ slowMs: 50 });
    const first = await append(feed);
    for (let i = 0; i < 40; i++) await append(feed, 256 * 1024);
    const socket = connect(port, '127.0.0.1');
    closers.push(async () => void socket.destroy());
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /v1/alerts HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\nlast-event-id: ${first.id}\r\n\r\n`);
    await vi.waitFor(
      async () =>
        expect(await metrics.render()).toContain(
          'holdfast_alert_listeners_ended_total{why="slow",service="gateway"} 1',
        ),
      { timeout: 10_000 },
    );
    expect(await metrics.render()).toContain('holdfast_alert_listeners{service="gateway"} 0');
  });

  it('ends its streams when the gateway stops', async () => {
    const { port, gateway } = await started();
    const tool = await listen(port);
    await gateway.close();
    await tool.whole;
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
  });
});
