import { randomUUID } from 'node:crypto';
import { shareOf } from '@holdfast/decisions';
import { ENGINE_DEFAULTS, partitionOf } from '@holdfast/engine';
import { CUSTOMER_TOPOLOGY, INPUT_TOPICS } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, readTopic } from '@holdfast/kafka';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createShardStore } from '@holdfast/redis';
import { customerView, featureDictionary, kpiFigures, STATE_LAYOUT } from '@holdfast/telecom';
import { type AlertStream, eventually, openAlertStream } from '@holdfast/testkit';
import { type Mutant, mutantArguments } from '@holdfast/testkit/mutation';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { runCommand } from '../integrity/holdfast-command.ts';
import { httpTransport } from './transports.ts';

const PARTITIONS = 8;
const folder = loadPolicyFolder();
if (folder.kind === 'invalid') throw new Error(folder.text);
const { policy } = folder;

/** The gateway is gone in the moment between having something in the log and noting it. */
const DIES_BEFORE_THE_NOTE: Mutant = {
  name: 'dies before the note',
  edits: [
    {
      file: 'services/gateway/src/outcomes/record-outcomes.ts',
      find: 'const unnoted = await noteAll(appended, deps);',
      replace: "process.kill(process.pid, 'SIGKILL'); const unnoted = await noteAll(appended, deps);",
    },
  ],
};

let system: System;
let feed: AlertStream;
const store = createShardStore({ url: inject('stack').redisUrl, codecVersion: STATE_LAYOUT });
const registry = createSchemaRegistry({ url: inject('stack').registryUrl });
const decoder = createRegistryDecoder(registry);

beforeAll(async () => {
  system = await startSystem(inject('stack'));
  // Figures are those of all shards: what the tests before these have left in the log moves them too.
  await eventually('the log folded', async () => {
    const { out } = await runCommand(system.addresses, 'shard', 'list', '--json');
    expect(JSON.parse(out).shards.map(({ lag }: { lag: number }) => lag)).toEqual(Array(PARTITIONS).fill(0));
  });
  feed = await openAlertStream(system.gatewayUrl, system.agentKey);
});
afterAll(async () => {
  feed?.close();
  await system?.stop();
  await store.close();
  registry.close();
});

/** Somebody whom the save desk may call. */
function somebody(): string {
  for (;;) {
    const id = `outcome-${randomUUID()}`;
    const isHeldOut = shareOf(policy.holdout.salt, id) < policy.holdout.share;
    if (!isHeldOut) return id;
  }
}

const shardOf = (customerId: string) => ({
  topology: CUSTOMER_TOPOLOGY,
  partition: partitionOf(Buffer.from(customerId), PARTITIONS),
});

async function suspends(customerId: string): Promise<void> {
  const head = (eventId: string) => ({ eventId, source: 'web', occurredAt: Date.now(), customerId });
  await httpTransport(system.gatewayUrl, system.producerKey).send([
    { type: 'CustomerRegistered', ...head(randomUUID()), language: 'en', timeZone: 'UTC' },
    {
      type: 'SuspensionRequested',
      ...head(randomUUID()),
      subscriptionId: 'l',
      requestId: randomUUID(),
      reason: 'too dear',
    },
  ]);
}

async function alerted(customerId: string) {
  return eventually('the alert of the customer', () => {
    const alert = feed.alerts.find((one) => one.customerId === customerId);
    if (!alert) throw new Error('there is none');
    return alert;
  });
}

function post(gatewayUrl: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${gatewayUrl}/v1/outcomes`, {
    method: 'POST',
    headers: { 'x-api-key': system.agentKey, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

interface Recommended {
  readonly exclusions: readonly string[];
  readonly actions: readonly Readonly<Record<'offer' | 'kind' | 'contactId' | 'reason', string>>[];
}

/** What the gateway recommends for a customer who is there now. */
async function recommended(customerId: string): Promise<Recommended> {
  const answer = await fetch(`${system.gatewayUrl}/v1/recommendations`, {
    method: 'POST',
    headers: { 'x-api-key': system.agentKey, 'content-type': 'application/json' },
    body: JSON.stringify({ customerId, maximum: 10 }),
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Recommended;
}

/** The customer as his shard has committed him. */
async function view(customerId: string) {
  const shard = shardOf(customerId);
  const [meta, { bytes }] = [await store.readMeta(shard), await store.readState(shard, customerId)];
  if (!bytes) throw new Error('his shard does not know him');
  featureDictionary(policy).learn(meta?.dictionary ?? {});
  return customerView(customerId, bytes, policy, Date.now());
}

/** What the shard of a customer has counted of the save desk's campaign. */
async function counted(customerId: string): Promise<Readonly<Record<string, number>>> {
  const sums: Record<string, number> = {};
  for (const { what, value } of kpiFigures(await store.readKpis(shardOf(customerId), 'save_desk'))) {
    sums[what] = (sums[what] ?? 0) + value;
  }
  return sums;
}

/** What `holdfast campaign report` says of the save desk. */
async function reported(): Promise<Readonly<Record<string, number>>> {
  const { out, err } = await runCommand(system.addresses, 'campaign', 'report', 'save_desk', '--json');
  expect(err).toBe('');
  return JSON.parse(out).funnel.stages;
}

/** Ids of the acceptances of a customer that are in the log. */
async function loggedAcceptances(customerId: string): Promise<readonly string[]> {
  const { brokers } = inject('stack');
  const ids: string[] = [];
  const topic = INPUT_TOPICS.interaction;
  for await (const { key, value } of readTopic({ brokers, clientId: 'outcomes-e2e', topic, from: 'beginning' })) {
    if (key?.toString() !== customerId || value === null) continue;
    const decoded = await decoder.decode(value);
    if (decoded.kind === 'event' && decoded.event.type === 'OfferAccepted') ids.push(decoded.event.eventId);
  }
  return ids;
}

async function decisions(customerId: string) {
  const records = await store.readHistory(shardOf(customerId), customerId);
  const decoded = await Promise.all(records.map((record) => decoder.decode(record)));
  return decoded.flatMap((one) => (one.kind === 'event' && one.event.type === 'DecisionMade' ? [one.event] : []));
}

describe('an outcome', () => {
  it('given three times, once by a gateway that died of it, is in ledger and figures once', async () => {
    const customerId = somebody();
    await suspends(customerId);
    const { contactId } = await alerted(customerId);
    const [before, reportedBefore] = [await counted(customerId), await reported()];
    const [flag, hook] = mutantArguments(DIES_BEFORE_THE_NOTE);
    const dying = await system.startGateway('dying-gateway', { NODE_OPTIONS: `${flag}=${hook}` });
    const accepted = { customerId, contactId, outcome: 'accepted', requestId: 'answer-1' };
    // Until the log of accesses takes a look from the new gateway it asks to try again, and has appended nothing.
    await eventually('the new gateway to die of the answer', () =>
      expect(post(`http://127.0.0.1:${dying.port}`, accepted)).rejects.toThrow(),
    );
    await dying.ended;
    const answers = [await post(system.gatewayUrl, accepted), await post(system.gatewayUrl, accepted)];
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.json()));
    expect((first as { events: unknown }).events).toEqual((second as { events: unknown }).events);
    // The last answer is in the log behind the first three, so what is counted by now is all that is counted of them.
    const last = await post(system.gatewayUrl, { customerId, contactId, outcome: 'presented' });
    expect(last.status).toBe(202);
    await eventually('the shard to fold the last answer', async () => {
      expect((await counted(customerId)).presented ?? 0).toBe((before.presented ?? 0) + 1);
    });
    const logged = await loggedAcceptances(customerId);
    expect([logged.length, new Set(logged).size]).toEqual([3, 1]);
    const [after, reportedAfter] = [await counted(customerId), await reported()];
    expect((reportedAfter.accepted ?? 0) - (reportedBefore.accepted ?? 0)).toBe(1);
    expect((after.accepted ?? 0) - (before.accepted ?? 0)).toBe(1);
    const [contact, ...others] = (await view(customerId)).contacts;
    expect(contact).toMatchObject({ contactId, status: 'confirmed', acceptedAt: expect.any(Number) });
    expect(contact?.acceptedAt).toBeGreaterThan(0);
    expect(others).toEqual([]);
  });

  it('of nobody known, or of a contact that is not his, is answered with what to do', async () => {
    const unknown = await post(system.gatewayUrl, { customerId: randomUUID(), contactId: 'k', outcome: 'accepted' });
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { type: 'urn:holdfast:problem:unknown-customer' },
    ]);
    const customerId = somebody();
    await suspends(customerId);
    await alerted(customerId);
    const other = await post(system.gatewayUrl, { customerId, contactId: 'k', outcome: 'accepted' });
    expect([other.status, await other.json()]).toMatchObject([404, { type: 'urn:holdfast:problem:unknown-contact' }]);
  });

  it('counts calls that nobody answered, and leaves the offer open', async () => {
    const customerId = somebody();
    await suspends(customerId);
    const { contactId } = await alerted(customerId);
    const before = await counted(customerId);
    const tried = await post(system.gatewayUrl, { customerId, contactId, outcome: 'no_answer' });
    expect(tried.status).toBe(202);
    await eventually('the call to be counted', async () => {
      expect((await counted(customerId)).no_answer ?? 0).toBe((before.no_answer ?? 0) + 1);
    });
    expect((await view(customerId)).contacts).toMatchObject([{ contactId, acceptedAt: 0, rejectedAt: 0 }]);
  });
});

describe('an alert that waits', () => {
  it('is recommended for the reason it gives, though its event is over', async () => {
    const customerId = somebody();
    await suspends(customerId);
    const { contactId, reason } = await alerted(customerId);
    expect(reason).toContain('line l. Reason given: too dear.');
    expect((await recommended(customerId)).actions).toContainEqual(expect.objectContaining({ contactId, reason }));
  });
});

describe('who wants to be left alone', () => {
  it('is left alone from the next decision on, though no worker ran when he said so', async () => {
    const [customerId, refuser] = [somebody(), somebody()];
    for (const id of [customerId, refuser]) await suspends(id);
    const [{ contactId }, { contactId: refused }] = [await alerted(customerId), await alerted(refuser)];
    await system.stopWorkers();
    // What waits for him is what an agent is told to offer, until he has said no: the shard does not know of it yet.
    const offersTo = async (id: string) => (await recommended(id)).actions.map(({ offer }) => offer);
    expect(await offersTo(refuser)).toContain('save_plan');
    const no = { customerId: refuser, contactId: refused, outcome: 'rejected', reason: 'price' };
    expect((await post(system.gatewayUrl, no)).status).toBe(202);
    expect(await offersTo(refuser)).not.toContain('save_plan');
    expect((await view(refuser)).contacts).toMatchObject([{ rejectedAt: 0 }]);
    expect((await recommended(customerId)).actions).toContainEqual(expect.objectContaining({ offer: 'save_plan' }));
    const said = await post(system.gatewayUrl, { customerId, contactId, outcome: 'do_not_contact' });
    expect(said.status).toBe(202);
    const left = await recommended(customerId);
    expect(left.exclusions).toContain('do-not-contact');
    expect(left.actions.filter(({ kind }) => kind === 'marketing')).toEqual([]);
    const head = { eventId: randomUUID(), source: 'web', occurredAt: Date.now(), customerId };
    await httpTransport(system.gatewayUrl, system.producerKey).send([
      { type: 'SuspensionRequested', ...head, subscriptionId: 'l', requestId: randomUUID() },
    ]);
    expect(await decisions(customerId)).toHaveLength(1);
    // A backlog is folded in the order of the log; what is live gives that order up where a topic is slow to come.
    const saidMs = Date.now();
    await eventually('a backlog', () =>
      expect(Date.now() - saidMs).toBeGreaterThan(ENGINE_DEFAULTS.merge.liveWithinMs),
    );
    await system.startWorker('later-worker');
    const made = await eventually('the second decision', async () => {
      const all = await decisions(customerId);
      expect(all).toHaveLength(2);
      return all.find((decision) => decision.contactId !== contactId);
    });
    expect(made).toMatchObject({ outcome: 'suppressed', suppressedBy: 'do-not-contact' });
    expect((await view(customerId)).attributes.exclusions).toEqual(['do-not-contact']);
    expect(feed.alerts.filter((alert) => alert.customerId === customerId)).toHaveLength(1);
  });
});
