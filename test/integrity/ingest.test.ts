import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { INPUT_TOPICS } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, readTopic } from '@holdfast/kafka';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PARTITIONS = 4;
const SENDERS = 4;
const BATCH_EVENTS = 100;
const LONGEST_WAIT_MS = 3_000;
/** Between two faults the senders are to have been answered so often again. */
const BATCHES_BETWEEN = 20;
const DRAIN_WITHIN_MS = 120_000;

interface Result {
  readonly index: number;
  readonly id: string;
  readonly status: 'accepted' | 'rejected' | 'unavailable';
}

interface Sent {
  readonly accepted: Set<string>;
  /** Answers by status, and those without an answer as `none`. */
  readonly answers: Map<string, number>;
  /** Events that were sent a second time or more. */
  retried: number;
  batches: number;
}

let stack: Stack;
let system: System;

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, { workers: 0, dispatchers: 0, partitions: PARTITIONS });
});
afterAll(async () => {
  await system?.stop();
  await stack?.stop();
});

const run = randomUUID().slice(0, 8);
let count = 0;

/** Of several families, so that several topics take part of each batch; one in ten withdraws a consent. */
function event() {
  count += 1;
  const [id, subject] = [`${run}-${count}`, `${run}-c${count % 500}`];
  const common = { specversion: '1.0', id, source: `billing-${run}`, time: new Date().toISOString(), subject };
  if (count % 10 === 0) return { ...common, type: 'ConsentChanged', data: { channel: 'sms', granted: false } };
  if (count % 3 === 0) return { ...common, type: 'ComplaintFiled', data: { complaintId: id } };
  return { ...common, type: 'UsageRecorded', data: { subscriptionId: subject, kind: 'DATA', quantityMb: 1 } };
}

async function post(events: readonly unknown[]): Promise<Response> {
  return fetch(`${system.gatewayUrl}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${system.producerKey}`,
      'content-type': 'application/cloudevents-batch+json',
    },
    body: JSON.stringify(events),
  });
}

/** Sends a batch until each of its events was accepted, as a billing system is told to. */
async function deliver(sent: Sent): Promise<void> {
  let left: readonly unknown[] = Array.from({ length: BATCH_EVENTS }, event);
  for (let attempt = 1; left.length > 0; attempt += 1) {
    if (attempt > 1) sent.retried += left.length;
    const answer = await post(left);
    sent.answers.set(String(answer.status), (sent.answers.get(String(answer.status)) ?? 0) + 1);
    if (![200, 429, 503].includes(answer.status)) throw new Error(`${answer.status}: ${await answer.text()}`);
    const results = (await answer.json()) as readonly Result[];
    if (results.length !== left.length) throw new Error(`${results.length} results for ${left.length} events`);
    for (const { id, status } of results) {
      if (status === 'rejected') throw new Error(`${id} was rejected`);
      if (status === 'accepted') sent.accepted.add(id);
    }
    left = results.filter(({ status }) => status === 'unavailable').map(({ index }) => left[index]);
    if (left.length > 0) await delay(Math.min(LONGEST_WAIT_MS, Number(answer.headers.get('retry-after')) * 1_000));
  }
  sent.batches += 1;
}

/** Every id of this run in the log, with how often it is there. */
async function idsInLog(): Promise<Map<string, number>> {
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const decoder = createRegistryDecoder(registry);
  const ids = new Map<string, number>();
  try {
    for (const topic of Object.values(INPUT_TOPICS)) {
      const options = { brokers: stack.brokers, clientId: 'holdfast-ingest-test', topic, from: 'beginning' as const };
      for await (const { value, headers } of readTopic(options)) {
        if (headers && 'holdfast-kind' in headers) continue;
        const decoded = await decoder.decode(value);
        if (decoded.kind !== 'event' || !('eventId' in decoded.event)) continue;
        ids.set(decoded.event.eventId, (ids.get(decoded.event.eventId) ?? 0) + 1);
      }
    }
  } finally {
    registry.close();
  }
  return ids;
}

it('every event that was accepted is in the log, whatever became of broker and Redis meanwhile', async () => {
  const sent: Sent = { accepted: new Set(), answers: new Map(), retried: 0, batches: 0 };
  let isOver = false;
  const sender = async () => {
    while (!isOver) await deliver(sent);
  };
  const senders = Promise.allSettled(Array.from({ length: SENDERS }, sender));
  const answeredAgain = async () => {
    const before = sent.batches;
    await eventually('batches are taken', () => expect(sent.batches).toBeGreaterThan(before + BATCHES_BETWEEN), {
      withinMs: DRAIN_WITHIN_MS,
    });
  };
  const unavailable = () => sent.answers.get('503') ?? 0;
  const refusedSince = (before: number) =>
    eventually('senders are told to come again', () => expect(unavailable()).toBeGreaterThan(before), {
      withinMs: DRAIN_WITHIN_MS,
    });

  await answeredAgain();
  for (const fault of ['stop', 'kill'] as const) {
    const before = unavailable();
    await stack.broker[fault]();
    await refusedSince(before);
    await stack.broker.start();
    await answeredAgain();
  }
  await stack.redis.stop();
  await answeredAgain();
  await stack.redis.start();
  const frozenFrom = unavailable();
  await stack.broker.freeze();
  await refusedSince(frozenFrom);
  await stack.broker.thaw();
  await answeredAgain();
  isOver = true;
  expect((await senders).filter(({ status }) => status === 'rejected')).toEqual([]);

  const inLog = await idsInLog();
  const lost = [...sent.accepted].filter((id) => !inLog.has(id));
  const twice = [...inLog.values()].filter((times) => times > 1).length;
  process.stdout.write(
    `${sent.accepted.size} events accepted, ${sent.retried} sent again, ${twice} more than once in the log; ` +
      `answers ${JSON.stringify(Object.fromEntries(sent.answers))}\n`,
  );
  expect(lost).toEqual([]);
  expect(sent.accepted.size).toBe(count);
  expect(sent.retried).toBeGreaterThan(0);
  expect([...inLog.keys()].filter((id) => id.startsWith(run) && !sent.accepted.has(id))).toEqual([]);
});
