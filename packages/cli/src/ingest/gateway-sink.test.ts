import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type EventInput, fromCloudEvent } from '@holdfast/events';
import { afterEach, describe, expect, it } from 'vitest';
import { createGatewaySink } from './gateway-sink.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that answers as a gateway does: only what comes back is under test, the way there is in test/e2e. */
async function sinkOf(answer: RequestListener) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as AddressInfo;
  return createGatewaySink({ url: `http://127.0.0.1:${port}/`, apiKey: 'key-of-the-test' });
}

const answers =
  (status: number, body: unknown): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status).end(JSON.stringify(body)));
  };

const paid = (billId: string): EventInput<'BillPaid'> => ({
  type: 'BillPaid',
  eventId: `e-${billId}`,
  source: 'billing',
  occurredAt: 1_767_225_600_000,
  customerId: 'c-1',
  billId,
  amountMinor: 1,
  currency: 'EUR',
});

describe('events sent to a gateway', () => {
  it('are CloudEvents that read as the same events, in batches, with the key', async () => {
    const bodies: unknown[][] = [];
    const sink = await sinkOf(async (request, response) => {
      expect(request.url).toBe('/v1/events');
      expect(request.headers).toMatchObject({
        authorization: 'Bearer key-of-the-test',
        'content-type': 'application/cloudevents-batch+json',
      });
      const body = (await json(request)) as { id: string }[];
      bodies.push(body);
      response.end(JSON.stringify(body.map(({ id }) => ({ id, status: 'accepted' }))));
    });
    const events = Array.from({ length: 1_200 }, (_, index) => paid(String(index)));
    const handed = await sink.send(events);
    expect(handed).toHaveLength(1_200);
    expect(new Set(handed.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
    expect(bodies.map((body) => body.length)).toEqual([500, 500, 200]);
    expect(bodies.flat().map(fromCloudEvent)).toEqual(events.map((event) => ({ ok: true, event })));
  });

  it('are answered one by one: what was refused with its field, what was not taken again', async () => {
    const sink = await sinkOf(
      answers(503, [
        { id: 'e-1', status: 'accepted' },
        { id: 'e-2', status: 'rejected', error: { code: 'bad-field', field: 'data.amountMinor', message: 'is wrong' } },
        { id: 'e-3', status: 'unavailable', error: { code: 'unavailable', message: 'no broker' } },
      ]),
    );
    expect(await sink.send(['1', '2', '3'].map(paid))).toEqual([
      { kind: 'accepted' },
      { kind: 'rejected', field: 'amountMinor', reason: 'is wrong' },
      { kind: 'again', why: 'no broker' },
    ]);
  });

  it.each([429, 500, 502, 503])('are sent again after an answer of %i', async (status) => {
    const sink = await sinkOf(answers(status, { title: 'not now' }));
    expect(await sink.send([paid('1')])).toEqual([{ kind: 'again', why: `${status} not now` }]);
  });

  it.each([
    [401, { title: 'A key is needed', detail: 'Send it.' }, '401 A key is needed'],
    [404, '<html>', '404 Not Found'],
  ])('end the run after an answer of %i', async (status, body, message) => {
    const sink = await sinkOf(answers(status, body));
    await expect(sink.send([paid('1')])).rejects.toThrow(message);
  });

  it('are sent again when nobody answers', async () => {
    const sink = await sinkOf(answers(200, []));
    for (const close of closing.splice(0)) close();
    expect(await sink.send([paid('1')])).toEqual([{ kind: 'again', why: expect.stringContaining('ECONNREFUSED') }]);
  });
});
