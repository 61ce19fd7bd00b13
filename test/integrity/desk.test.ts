import { randomBytes, randomUUID } from 'node:crypto';
import { DECISION_TOPIC, type DecisionMade, type EventOf, INPUT_TOPICS, type LogEvent } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, readTopic } from '@holdfast/kafka';
import { type AlertStream, eventually, openAlertStream, startHttpProvider } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { redisCall } from '../../infra/stack/index.mjs';
import { startDeskCrew } from './desk-crew.ts';
import { createFaceClient, type FaceClient, keyPerRole } from './face-client.ts';

const KILLS = 3;
const AGENTS = 6;
const BATCH_EVENTS = 10;
/** Between two kills so many items are to have been worked on. */
const ITEMS_BETWEEN = 40;
/** So many more events than items done at most: the load is as much as the desk can take. */
const AHEAD = 60;
/** A contact that was in a dispatcher's hands comes again when its lock has run out, 30 s, and that was seen, 15 s. */
const WITHIN = { withinMs: 120_000, everyMs: 50 };

const keys = keyPerRole();
/** Of both gateways: a secret that one has sealed the other opens. */
const GATEWAY = {
  ...keys.environment,
  HOLDFAST_WEBHOOK_KEY: randomBytes(32).toString('base64'),
  HOLDFAST_WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
  HOLDFAST_WEBHOOK_ALLOW_HTTP: 'true',
};
const closers: (() => Promise<void> | void)[] = [];
let stack: Stack;
let system: System;
let gateways: readonly [FaceClient, FaceClient];
let urls: readonly [string, string];

beforeAll(async () => {
  stack = await startStack();
  await syncEachWrite();
  system = await startSystem(stack, {
    partitions: 4,
    environmentOf: (service) => (service === 'gateway' ? GATEWAY : {}),
  });
  const second = await system.startGateway('gateway-2');
  urls = [system.gatewayUrl, `http://127.0.0.1:${second.port}`];
  gateways = [createFaceClient(urls[0], keys), createFaceClient(urls[1], keys)];
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await system?.stop();
  await stack?.stop();
});

/** What a claim promises through a kill holds with this setting alone (`work-list.ts`). */
async function syncEachWrite(): Promise<void> {
  expect(await redisCall(Number(new URL(stack.redisUrl).port), ['CONFIG', 'SET', 'appendfsync', 'always'])).toBe('OK');
}

/** Customers who ask for suspension, a batch after the other, no faster than `mayGoOn`; sent until accepted. */
function startBilling(mayGoOn: (accepted: number) => boolean) {
  const accepted = new Set<string>();
  let isOver = false;
  const batch = () => Array.from({ length: BATCH_EVENTS }, asksForSuspension);
  const send = async (events: readonly { readonly subject: string }[]) => {
    const answer = await fetch(`${urls[0]}/v1/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${keys.keys.producer}`,
        'content-type': 'application/cloudevents-batch+json',
      },
      body: JSON.stringify(events),
    });
    const results = (await answer.json()) as readonly { status: string; index: number }[];
    expect(results.filter(({ status }) => status !== 'accepted')).toEqual([]);
    for (const { subject } of events) accepted.add(subject);
  };
  const run = async () => {
    while (!isOver) {
      const events = batch();
      await eventually('a batch accepted', () => send(events), WITHIN);
      await eventually(
        'the desk in step',
        () => expect(isOver || mayGoOn(accepted.size), `${accepted.size} events accepted`).toBe(true),
        WITHIN,
      );
    }
  };
  const done = run();
  done.catch(() => undefined);
  return {
    accepted,
    async stop() {
      isOver = true;
      await done;
    },
  };
}

function asksForSuspension() {
  const subject = `c${randomUUID()}`;
  return {
    ...{ specversion: '1.0', id: subject, source: 'billing', subject, time: new Date().toISOString() },
    type: 'SuspensionRequested',
    data: { subscriptionId: 'l-1', requestId: subject, reason: 'too expensive' },
  };
}

/** A listener that comes back, as a browser does, with the id of the last alert it has. */
async function openReturningListener(url: string) {
  const streams: AlertStream[] = [];
  const alerts = () => streams.flatMap((stream) => stream.alerts);
  const open = async (after: string) => void streams.push(await openAlertStream(url, keys.keys.agent, after));
  await open('0-0');
  closers.push(() => streams.at(-1)?.close());
  return {
    contacts: () => alerts().map(({ contactId }) => contactId),
    async comeBack() {
      streams.at(-1)?.close();
      await eventually('the feed again', () => open(alerts().at(-1)?.id ?? '0-0'), WITHIN);
    },
  };
}

async function subscriber() {
  const hook = await startHttpProvider(() => ({ status: 204 }));
  closers.push(() => hook.close());
  const subscription = { url: hook.url, kinds: ['alert', 'work-item'] };
  expect(await gateways[0].call('operator', 'POST', '/v1/subscriptions', subscription)).toMatchObject({ status: 201 });
  const bodies = () =>
    hook.requests.map(({ body }) => JSON.parse(body) as { type: string; data: { [name: string]: string } });
  const of = (type: string, field: string) =>
    new Set(bodies().flatMap((told) => (told.type === type ? [told.data[field] ?? ''] : [])));
  return {
    alerts: () => of('alert.raised', 'contactId'),
    changes: () => of('work-item.changed', 'eventId'),
    requests: hook.requests,
  };
}

/** What the log holds, each event once. */
async function readLog(topic: string): Promise<readonly LogEvent[]> {
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const { decode } = createRegistryDecoder(registry);
  const events = new Map<string, LogEvent>();
  try {
    const options = { brokers: stack.brokers, clientId: 'holdfast-desk-test', topic, from: 'beginning' as const };
    for await (const { value, headers } of readTopic(options)) {
      if (headers && 'holdfast-kind' in headers) continue;
      const decoded = await decode(value);
      if (decoded.kind !== 'event' || !('eventId' in decoded.event)) continue;
      const { event } = decoded;
      events.set(`${event.type} ${event.source} ${event.eventId}`, event);
    }
  } finally {
    registry.close();
  }
  return [...events.values()];
}

const isDecision = (event: LogEvent): event is DecisionMade => event.type === 'DecisionMade';
const isChange = (event: LogEvent): event is EventOf<'WorkItemChanged'> => event.type === 'WorkItemChanged';
const isAnswer = (event: LogEvent): event is EventOf<'OfferRejected'> => event.type === 'OfferRejected';
/** Those that are not there. */
const without = (there: Iterable<string>, ids: readonly string[]) => {
  const known = new Set(there);
  return ids.filter((id) => !known.has(id));
};
const sorted = (ids: Iterable<string>) => [...ids].sort();

it('a desk that works while Redis is killed loses no item and holds none twice; listeners and subscribers hear all of it', async () => {
  const crew = startDeskCrew(Array.from({ length: AGENTS }, (_, i) => gateways[i % 2] as FaceClient));
  const [steady, returning] = [await openReturningListener(urls[0]), await openReturningListener(urls[1])];
  const hook = await subscriber();
  // Some are in a control group: nobody works on them.
  const billing = startBilling((accepted) => crew.finished.size + AHEAD > accepted * 0.6);
  const moreDone = async () => {
    const before = crew.finished.size;
    await eventually('items done', () => expect(crew.finished.size).toBeGreaterThan(before + ITEMS_BETWEEN), WITHIN);
  };

  for (let kill = 0; kill < KILLS; kill++) {
    await moreDone();
    const before = crew.refusals;
    await stack.redis.kill();
    await eventually('agents are told so', () => expect(crew.refusals).toBeGreaterThan(before), WITHIN);
    await stack.redis.start();
    await syncEachWrite();
    await returning.comeBack();
  }
  await moreDone();
  await billing.stop();

  const contacts = await eventually(
    'every accepted event decided',
    async () => {
      const decisions = (await readLog(DECISION_TOPIC)).filter(isDecision);
      const decided = new Set(decisions.map(({ customerId }) => customerId));
      expect([...billing.accepted].filter((customerId) => !decided.has(customerId))).toEqual([]);
      const made = decisions.filter(({ outcome, channel }) => outcome === 'contact' && channel === 'call-centre');
      return sorted(new Set(made.map(({ contactId }) => contactId)));
    },
    WITHIN,
  );
  await eventually('every contact on the feed', () => expect(without(steady.contacts(), contacts)).toEqual([]), WITHIN);
  await eventually('every item done', () => expect(without(crew.finished.keys(), contacts)).toEqual([]), WITHIN);
  await crew.dismiss();

  expect(contacts.length).toBeGreaterThan(KILLS * ITEMS_BETWEEN);
  // Each to one agent once: sorted, so that an item that is there twice is seen.
  expect(sorted(crew.claims.map(([itemId]) => itemId))).toEqual(contacts);
  await eventually('the alerts', () => {
    for (const listener of [steady, returning]) expect(sorted(listener.contacts())).toEqual(contacts);
  });
  const changes = await eventually(
    'the changes in the log',
    async () => {
      const events = await readLog(INPUT_TOPICS.interaction);
      const told = events.filter(isChange);
      for (const change of ['OPENED', 'CLAIMED', 'FINISHED'] as const) {
        expect(sorted(told.filter((event) => event.change === change).map(({ itemId }) => itemId))).toEqual(contacts);
      }
      const answers = events.filter(isAnswer).map(({ contactId, agent }) => `${contactId} ${agent}`);
      expect(sorted(answers)).toEqual(sorted([...crew.finished].map(([itemId, agent]) => `${itemId} ${agent}`)));
      return told;
    },
    WITHIN,
  );
  await eventually(
    'the subscriber',
    () => {
      expect(sorted(hook.alerts())).toEqual(contacts);
      expect(sorted(hook.changes())).toEqual(sorted(changes.map(({ eventId }) => eventId)));
    },
    WITHIN,
  );
  process.stdout.write(
    `${billing.accepted.size} events accepted, ${contacts.length} items done, ${crew.refusals} times told to come again, ` +
      `${hook.requests.length - contacts.length - changes.length} messages of ${hook.requests.length} more than once\n`,
  );
});
