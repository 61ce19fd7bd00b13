import type { OutboxMessage, ShardContext } from '@holdfast/engine';
import type { DecisionMade, Event } from '@holdfast/events';
import { createShardMemory } from '@holdfast/testkit';
import { type ContactStanding, contactStanding } from '../src/contact-standing.ts';
import { type CustomerWorld, createCustomerWorld, encodeRecord, HOUR_MS, START, topologyOf } from './customer-world.ts';
import type { Happening, MarketLife, Resident, Told, Turn } from './market-turns.ts';
import { compileMarket, type Market } from './random-market.ts';
import { about } from './stepped-pack.ts';

/** What is seen from outside, in order: what customers do and are told, what is decided, what may be sent. */
export type Seen = { readonly atMs: number } & (
  | { readonly kind: 'told'; readonly event: Event }
  | { readonly kind: 'decided'; readonly decision: DecisionMade; readonly resident: Resident }
  | { readonly kind: 'looked'; readonly contactId: string; readonly standing: ContactStanding }
);

/** What is kept from the topology, so that whoever judges it has something to find. */
export interface Neglect {
  readonly market?: (market: Market) => Market;
  readonly deafTo?: Event['type'];
  readonly isForgetful?: boolean;
  readonly hasNoMemory?: boolean;
}

const SHARDS = 2;

/** Lets the topology live through it: two shards with one budget, and the customers spread over them. */
export async function liveThrough(life: MarketLife, neglect: Neglect = {}): Promise<readonly Seen[]> {
  const policy = compileMarket(neglect.market?.(life.market) ?? life.market);
  const topology = topologyOf(policy, { encodeBudget: encodeRecord });
  const memories = Array.from({ length: SHARDS }, () => createShardMemory());
  const memoryOf = (partition: number) =>
    (neglect.hasNoMemory === true ? undefined : memories[partition % SHARDS]) ?? createShardMemory();
  const worlds = life.residents.map(({ customerId }, index) => {
    const partition = index % SHARDS;
    return createCustomerWorld(policy, customerId, {
      memory: memoryOf(partition),
      partition,
      partitionCount: SHARDS,
      topology,
    });
  });
  const seen: Seen[] = [];
  const last: (Event | undefined)[] = [];
  const said: OutboxMessage[] = [];
  let nowMs = START;

  /** Does something with a customer, and sees what comes of it. */
  function act(index: number, what: (world: CustomerWorld) => void): void {
    const [world, resident] = [worlds[index], life.residents[index]];
    if (!world || !resident) return;
    const known = world.decisions.length;
    what(world);
    for (const decision of world.decisions.slice(known))
      seen.push({ kind: 'decided', atMs: nowMs, decision, resident });
    said.push(...world.said.splice(0));
  }

  function tell(index: number, event: Event): void {
    last[index] = event;
    seen.push({ kind: 'told', atMs: nowMs, event });
    if (event.type !== neglect.deafTo) act(index, (world) => world.tell(event, nowMs - event.occurredAt));
  }

  function waitUntil(untilMs: number): void {
    for (let fired = 0; fired < 1_000; fired++) {
      const dues = worlds.map(({ state }) => topology.due(state));
      const next = dues.map(({ wallMs = Infinity, eventTime }) => Math.min(wallMs, eventTime?.dueMs ?? Infinity));
      const dueMs = Math.min(...next);
      if (dueMs > untilMs) break;
      nowMs = Math.max(nowMs, dueMs);
      act(next.indexOf(dueMs), (world) => world.fire(nowMs));
    }
    nowMs = untilMs;
  }

  async function talk(isLost: boolean): Promise<void> {
    const message = said.shift();
    if (!message || isLost) return;
    const { partition = 0, key, value, headers } = message;
    const memory = memoryOf(partition);
    const decoded = await topology.decode({
      topic: message.topic,
      partition,
      offset: 0,
      appendTime: nowMs,
      key,
      value,
      headers,
    });
    const context: ShardContext = {
      ...{ partition, partitionCount: SHARDS, nowMs, watermark: () => undefined, setting: memory.setting },
      tally: (name) => memory.tally(name, nowMs),
    };
    const effects = decoded.kind === 'shard-event' ? topology.stepShard?.(decoded.event, context) : undefined;
    if (!effects || 'refused' in effects) throw new Error(`the shard takes no ${decoded.kind}`);
    memory.change(effects.tallies);
    said.push(...effects.outbox);
  }

  async function take(turn: Turn): Promise<void> {
    const { resident: index } = turn;
    const event = last[index];
    if (turn.kind === 'wait') waitUntil(nowMs + turn.minutes * 60_000);
    else if (turn.kind === 'restart') act(index, restart);
    else if (turn.kind === 'adopt') act(index, (world) => world.adopt(world.decisions, nowMs));
    else if (turn.kind === 'look') act(index, (world) => seen.push(...lookedAt(world)));
    else if (turn.kind === 'talk') await talk(turn.isLost);
    else if (turn.kind !== 'repeat') tellOf(turn);
    else if (event) tell(index, event);
  }

  function restart(world: CustomerWorld): void {
    if (neglect.isForgetful === true) world.state = topology.create(world.customerId);
    else world.restart();
  }

  function lookedAt({ state, decisions }: CustomerWorld): readonly Seen[] {
    const bytes = topology.encode(state, topology.codecVersion);
    return decisions.map(({ contactId }) => {
      return { kind: 'looked', atMs: nowMs, contactId, standing: contactStanding(bytes, contactId, nowMs) };
    });
  }

  function tellOf(turn: { readonly resident: number } & (Happening | Told)): void {
    const contacts = seen.flatMap((one) => (one.kind === 'decided' && one.decision.outcome === 'contact' ? [one] : []));
    const about = 'of' in turn ? contacts.at(-1 - (turn.of % Math.max(1, contacts.length))) : undefined;
    const index = about ? life.residents.indexOf(about.resident) : turn.resident;
    const world = worlds[index];
    if (!world) return;
    if (!('of' in turn)) tell(index, happeningOf(turn, world, nowMs));
    else if (about) tell(index, newsOf(turn, world, about.decision, nowMs));
  }

  for (const [index, { birthYear, timeZone }] of life.residents.entries()) {
    const fields = { language: 'en', timeZone, tier: '', birthYear, birthDate: null, city: '' };
    const world = worlds[index];
    if (world) tell(index, world.event('CustomerRegistered', nowMs, fields));
  }
  for (const turn of life.turns) {
    nowMs += 1;
    await take(turn);
  }
  return seen;
}

function happeningOf(turn: Happening, world: CustomerWorld, atMs: number): Event {
  switch (turn.kind) {
    case 'ask': {
      const fields = { subscriptionId: 'l', channel: '', reason: '', effectiveAt: null };
      return world.event('SuspensionRequested', atMs, { ...fields, requestId: `r-${turn.request}` });
    }
    case 'use':
      return world.usage(atMs);
    case 'consent': {
      const { channel, purpose, granted } = turn;
      return world.event('ConsentChanged', atMs, { channel, purpose, granted });
    }
    case 'exclude':
      return world.event('ExclusionSet', atMs, { exclusion: turn.exclusion, active: turn.active });
    case 'complain':
      return turn.isOpen
        ? world.event('ComplaintFiled', atMs, { complaintId: 'c', topic: '' })
        : world.event('ComplaintResolved', atMs, { complaintId: 'c' });
  }
}

function newsOf(turn: Told, world: CustomerWorld, decision: DecisionMade, atMs: number): Event {
  const told = about(decision);
  switch (turn.kind) {
    case 'report': {
      const fields = { ...told, status: turn.status, detail: '', providerRef: '', attempt: 1 };
      return world.event('DeliveryReported', atMs, fields);
    }
    case 'OfferAccepted':
      return world.event('OfferAccepted', atMs, { ...told, agent: '' });
    case 'OfferRejected':
      return world.event('OfferRejected', atMs, { ...told, agent: '', reason: '' });
    case 'OfferDeferred':
      return world.event('OfferDeferred', atMs, { ...told, until: atMs + HOUR_MS, agent: '' });
  }
}
