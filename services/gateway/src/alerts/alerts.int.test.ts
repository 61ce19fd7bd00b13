import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { createHealth, createLogger, createMetrics } from '@holdfast/observability';
import { type AlertFeed, compareAlertIds, createAlertFeed, isAlertId } from '@holdfast/redis';
import { redisDatabase } from '@holdfast/testkit';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { createGateway } from '../gateway.ts';
import { createGatewayMetrics } from '../gateway-metrics.ts';
import { authenticateByKeys } from '../security/api-keys.ts';
import type { Authenticate } from '../security/principal.ts';
import { SEES_EVERYTHING, type SightOf } from '../security/sight.ts';
import type { AlertPlace } from './alert-filter.ts';
import { type AlertsOptions, alertsFace } from './alerts-route.ts';

const KEY = 'agent-0123456789abc';
/** A database of its own: the feed is one per Redis, and other tests append to it too. */
const redisUrl = redisDatabase(inject('stack').redisUrl, 'alerts');
const closers: (() => Promise<void>)[] = [];
const settles = { timeout: 20_000 };

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Setting extends Partial<AlertsOptions> {
  readonly keptAlerts?: number;
  readonly sightOf?: SightOf;
  readonly authenticate?: Authenticate;
}

const BY_KEY = authenticateByKeys([{ role: 'agent', key: KEY }]);

async function started(setting: Setting = {}) {
  const { keptAlerts = 100_000, sightOf = SEES_EVERYTHING, authenticate = BY_KEY, ...options } = setting;
  const feed = createAlertFeed({ url: redisUrl, maxLength: keptAlerts });
  closers.push(() => feed.close());
  const metrics = createMetrics({ service: 'gateway' });
  const seen = createGatewayMetrics(metrics);
  const alerts = alertsFace(
    {
      source: { ...feed, isAlertId, compareIds: compareAlertIds },
      ...{ sightOf, authenticate, ended: seen.listenerEnded },
    },
    { maxListeners: 10, heartbeatMs: 60_000, slowMs: 60_000, recheckMs: 60_000, ...options },
  );
  seen.watchListeners(alerts.listeners);
  const gateway = await createGateway(
    {
      faces: [alerts],
      authenticate,
      metrics,
      health: createHealth(),
      logger: createLogger({ service: 'gateway', level: 'silent' }),
      requestSeen: seen.request,
    },
    { host: '127.0.0.1', port: 0 },
  );
  const port = await gateway.start();
  closers.push(() => gateway.close());
  return { feed, port, gateway, metrics };
}

/** Appends an alert that no other test has. */
async function append(feed: AlertFeed, size = 0, place: Partial<AlertPlace> = {}) {
  const contactId = `c${randomUUID()}`;
  const json = JSON.stringify({ contactId, ...place, filling: 'x'.repeat(size) });
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
  let text = '';
  const whole = read(response, (part) => {
    text += part;
    parser.feed(part);
  });
  return { response, events, comments, text: () => text, leave: () => leaving.abort(), whole };
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
    await vi.waitFor(() => expect(tool.events).toHaveLength(1), settles);
    expect(tool.events).toEqual([{ id: next.id, event: 'alert', data: next.json }]);
  });

  it('replays everything after Last-Event-ID, then goes on live, each alert once and in order', async () => {
    const { feed, port } = await started();
    const first = await append(feed);
    const missed = [await append(feed), await append(feed)];
    const tool = await listen(port, { headers: { 'last-event-id': first.id } });
    await vi.waitFor(() => expect(tool.events).toHaveLength(2), settles);
    const live = await append(feed);
    await vi.waitFor(() => expect(tool.events).toHaveLength(3), settles);
    expect(tool.events.map((event) => event.id)).toEqual([...missed, live].map((alert) => alert.id));
  });

  it('takes the id from the address for tools that cannot set headers, and prefers the header', async () => {
    const { feed, port } = await started();
    const first = await append(feed);
    const second = await append(feed);
    const third = await append(feed);
    const byQuery = await listen(port, { query: `?lastEventId=${first.id}` });
    const byBoth = await listen(port, { query: `?lastEventId=${first.id}`, headers: { 'last-event-id': second.id } });
    await vi.waitFor(() => expect(byQuery.events).toHaveLength(2), settles);
    await vi.waitFor(() => expect(byBoth.events.map((event) => event.id)).toEqual([third.id]), settles);
  });

  it('loses and repeats nothing when a tool comes and goes while alerts arrive', async () => {
    const { feed, port } = await started();
    let last = (await append(feed)).id;
    const sent: string[] = [];
    const got: string[] = [];
    for (let round = 0; round < 5; round++) {
      const tool = await listen(port, { headers: { 'last-event-id': last } });
      for (let i = 0; i < 20; i++) sent.push((await append(feed)).id);
      await vi.waitFor(() => expect(tool.events.length).toBeGreaterThan(round * 3), settles);
      tool.leave();
      await tool.whole;
      got.push(...tool.events.map((event) => event.id ?? ''));
      last = got.at(-1) ?? last;
    }
    const rest = await listen(port, { headers: { 'last-event-id': last } });
    await vi.waitFor(() => expect([...got, ...rest.events.map((event) => event.id)]).toEqual(sent), settles);
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
    await vi.waitFor(() => expect(tool.comments.length).toBeGreaterThan(1), settles);
    expect(tool.events).toEqual([]);
  });

  it('ends when the key is taken back, and is not opened again', async () => {
    let isTaken = true;
    const authenticate: Authenticate = (headers) =>
      isTaken ? BY_KEY(headers) : { kind: 'refused', detail: 'it was taken back' };
    const { port, metrics } = await started({ authenticate, recheckMs: 20 });
    const tool = await listen(port);
    isTaken = false;
    await tool.whole;
    await vi.waitFor(
      async () =>
        expect(await metrics.render()).toContain(
          'holdfast_alert_listeners_ended_total{why="refused",service="gateway"} 1',
        ),
      settles,
    );
    expect((await listen(port)).response.status).toBe(401);
  });

  it('moves the id of a listener who filters everything out, so that he does not fall behind what is kept', async () => {
    const { feed, port } = await started({ heartbeatMs: 20 });
    const tool = await listen(port, { query: '?desk=nobody' });
    const passed = await append(feed, 0, { desk: 'retention' });
    await vi.waitFor(() => expect(tool.text()).toContain(`: heartbeat\nid: ${passed.id}\n\n`), settles);
    expect(tool.events).toEqual([]);
  });

  it.each<[string, Partial<AlertPlace>]>([
    ['desk=retention', { desk: 'retention' }],
    ['desk=care,retention&tier=key', { desk: 'retention', tier: 'key' }],
    ['team=night', { team: 'night' }],
    ['accountManager=m-7', { accountManager: 'm-7' }],
    ['tier=key', { tier: 'key' }],
    ['play=gone_quiet', { play: 'gone_quiet' }],
  ])('lets pass what has one of the values of every name given, replayed and live: %s', async (query, place) => {
    const { feed, port } = await started();
    const before = await append(feed);
    const others = { desk: 'x', team: 'x', accountManager: 'x', tier: 'x', play: 'x' };
    await append(feed, 0, others);
    const replayed = await append(feed, 0, place);
    const tool = await listen(port, { query: `?${query}&lastEventId=${before.id}` });
    await vi.waitFor(() => expect(tool.events).toHaveLength(1), settles);
    for (const name of Object.keys(place)) await append(feed, 0, { ...place, [name]: 'x' });
    await append(feed, 0, others);
    const live = await append(feed, 0, place);
    await vi.waitFor(() => expect(tool.events).toHaveLength(2), settles);
    expect(tool.events.map(({ id }) => id)).toEqual([replayed.id, live.id]);
  });

  it.each(['?desk=', '?tier=a,,b', `?team=${'x'.repeat(129)}`])('answers 400 to the filter %j', async (query) => {
    const { port } = await started();
    const tool = await listen(port, { query });
    expect(tool.response.status).toBe(400);
    await tool.whole;
  });

  it('shows nobody what is not his to see', async () => {
    const sightOf: SightOf = () => ({ customer: () => true, work: ({ desk }) => desk === 'retention' });
    const { feed, port } = await started({ sightOf });
    const tool = await listen(port);
    await append(feed, 0, { desk: 'marketing' });
    const own = await append(feed, 0, { desk: 'retention' });
    await vi.waitFor(() => expect(tool.events.map(({ id }) => id)).toEqual([own.id]), settles);
  });

  it('says `reset` to a listener whose place is no longer kept, then gives what is', async () => {
    const { feed, port } = await started({ keptAlerts: 100 });
    const first = await append(feed);
    for (let i = 0; i < 400; i++) await append(feed);
    const kept = (await feed.read({ max: 1_000 })).map(({ id }) => id);
    expect(kept).not.toContain(first.id);
    const tool = await listen(port, { headers: { 'last-event-id': first.id } });
    await vi.waitFor(() => expect(tool.events).toHaveLength(kept.length + 1), settles);
    const [reset, ...alerts] = tool.events;
    expect(reset).toMatchObject({ event: 'reset', data: JSON.stringify({ oldest: kept[0] }) });
    expect(alerts.map(({ id }) => id)).toEqual(kept);
  });

  it('says `reset` when the place is of a feed that was wiped since', async () => {
    const { feed, port } = await started();
    await append(feed);
    const tool = await listen(port, { headers: { 'last-event-id': '9999999999999-0' } });
    await vi.waitFor(() => expect(tool.events[0]?.event).toBe('reset'), settles);
  });

  it('gives a listener who was slow everything, once and in order, when he reads on', async () => {
    const { feed, port } = await started();
    const first = await append(feed);
    const socket = connect(port, '127.0.0.1');
    closers.push(async () => void socket.destroy());
    socket.write(`GET /v1/alerts HTTP/1.1\r\nhost: x\r\nx-api-key: ${KEY}\r\nlast-event-id: ${first.id}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const sent: string[] = [];
    for (let i = 0; i < 60; i++) sent.push((await append(feed, 128 * 1024)).id);
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.resume();
    const got = () => [...text.matchAll(/^id: (\S+)\nevent: alert$/gm)].map(([, id]) => id);
    await vi.waitFor(() => expect(got()).toEqual(sent), settles);
  });

  it('turns away more listeners than it may have, and takes one again after another left', async () => {
    const { port } = await started({ maxListeners: 1 });
    const only = await listen(port);
    const refused = await listen(port);
    expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([503, '5']);
    only.leave();
    await vi.waitFor(async () => expect((await listen(port)).response.status).toBe(200), settles);
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
      settles,
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
