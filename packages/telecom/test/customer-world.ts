import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Configuration,
  type ConfigurationPlace,
  type Effects,
  JOB_ONLY,
  type OutboxMessage,
  type Rules,
  type StepContext,
  type Topology,
} from '@holdfast/engine';
import {
  createDecoder,
  createEncoder,
  DECISION_TOPIC,
  type DecisionMade,
  type Event,
  type EventInput,
  type EventOf,
  type EventType,
  type LogEventType,
  schemaTable,
} from '@holdfast/events';
import { type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { createShardMemory, type ShardMemory } from '@holdfast/testkit';
import { telecomContract } from '../src/attributes.ts';
import type { CustomerState } from '../src/customer-state.ts';
import {
  type CustomerEvent,
  type CustomerTopologyDeps,
  createCustomerTopology,
  type DecodedValue,
} from '../src/customer-topology.ts';
import type { OpenedPolicy } from '../src/policy-switch.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** A Monday, 10:00 UTC, on the third day of a cycle that begins on the 1st. */
export const START = Date.UTC(2026, 1, 2, 10);
export const FEED = 'billing|UsageRecorded';

const FOLDER = fileURLToPath(new URL('../policy/', import.meta.url));

/** The texts of the default policy pack by path. */
export function packFiles(): Record<string, string> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(FOLDER + name, 'utf8')]));
}

/** Compiles the pack, with texts replaced where given. */
export function compilePack(changes: PackChanges = {}): CompiledPolicy {
  return compileFiles(changedPack(changes));
}

export type PackChanges = Readonly<Record<string, (text: string) => string>>;

export function changedPack(changes: PackChanges): Record<string, string> {
  const files = packFiles();
  for (const [name, change] of Object.entries(changes)) files[name] = change(files[name] ?? '');
  return files;
}

export function compileFiles(files: Record<string, string>): CompiledPolicy {
  const answer = compilePolicy(files, telecomContract());
  if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
  return answer.policy;
}

const IDS = Object.fromEntries(schemaTable().map((entry, index) => [entry.record, index + 1]));
const encoder = createEncoder(IDS);
const decoder = createDecoder();
for (const [index, entry] of schemaTable().entries()) decoder.addSchema(index + 1, JSON.stringify(entry.schema));

export function decodeDecision(value: Buffer | null): DecisionMade {
  const outcome = decoder.decode(value ?? Buffer.alloc(0));
  if (outcome.kind !== 'event' || outcome.event.type !== 'DecisionMade')
    throw new Error(`no decision: ${JSON.stringify(outcome)}`);
  return outcome.event;
}

export function decodeValue(value: Buffer): DecodedValue {
  const outcome = decoder.decode(value);
  return outcome.kind === 'unknown-schema' ? { kind: 'retry', message: 'unknown schema' } : outcome;
}

export const encodeDecision = (decision: DecisionMade): Buffer => encoder.encode(decision);
export const encodeRecord = (event: EventInput<LogEventType>): Buffer => encoder.encode(event);
export const encodeEvent = (event: Event): Buffer => encoder.encode(event);

/** What is published here is no gzip: compressing is the shell's. */
export function openFiles(packed: Buffer): OpenedPolicy {
  try {
    return { kind: 'opened', policy: compileFiles(JSON.parse(packed.toString()) as Record<string, string>) };
  } catch (error) {
    return { kind: 'refused', message: String(error) };
  }
}

/** A policy as a control record brings it. */
export function publishedPack(changes: PackChanges): Configuration {
  const files = changedPack(changes);
  return { name: compileFiles(files).version, text: Buffer.from(JSON.stringify(files)).toString('base64') };
}

/** Shards that may ask each other for budgets are another topology: `encodeBudget` of `encodeRecord`. */
export function topologyOf(policy: CompiledPolicy, budgets: Pick<CustomerTopologyDeps, 'encodeBudget'> = {}) {
  return createCustomerTopology({
    policy,
    encodeDecision,
    ...budgets,
    openPolicy: openFiles,
    decodeRecord: ({ value }) => decodeValue(value ?? Buffer.alloc(0)),
  });
}

function takePolicy(
  { configuration }: Topology<CustomerState, CustomerEvent>,
  brought: Configuration,
  inForce: Configuration | undefined,
  place: ConfigurationPlace,
) {
  if (!configuration) throw new Error('the topology takes no policies');
  return configuration.take(brought, inForce, place);
}

/** One customer under a policy, told events in the order of the calls. */
export interface CustomerWorld {
  readonly customerId: string;
  state: CustomerState;
  readonly decisions: DecisionMade[];
  /** What went to other topics than that of decisions. */
  readonly said: OutboxMessage[];
  /** What his shard keeps beside him. */
  readonly shard: ShardMemory;
  /** Appended `delayMs` after it occurred. */
  tell(event: Event, delayMs?: number): Effects;
  /** A timer, after the feed came to the watermark; `nowMs` and `FEED` when not told. */
  fire(nowMs: number, watermark?: number, feed?: string): Effects;
  /** A feed has come so far. */
  reach(feed: string, watermark: number): void;
  adopt(decisions: readonly DecisionMade[], nowMs: number): Effects;
  /** Puts a policy into force from `atMs` on. */
  publish(changes: PackChanges, atMs: number): ReturnType<typeof takePolicy>;
  /** Writes the state and reads it again. */
  restart(): void;
  usage(atMs: number, fields?: Partial<EventOf<'UsageRecorded'>>): EventOf<'UsageRecorded'>;
  activated(atMs: number, fields?: Partial<EventOf<'SubscriptionActivated'>>): EventOf<'SubscriptionActivated'>;
  event<T extends EventType>(type: T, atMs: number, fields: Omit<EventOf<T>, BaseField>): EventOf<T>;
}

type BaseField = 'type' | 'eventId' | 'source' | 'occurredAt' | 'customerId';

/** The shard a customer is in; others may be in it. */
export interface WorldShard {
  readonly memory?: ShardMemory;
  readonly partition?: number;
  readonly partitionCount?: number;
  readonly topology?: Topology<CustomerState, CustomerEvent>;
}

export function createCustomerWorld(policy: CompiledPolicy, customerId: string, shard: WorldShard = {}): CustomerWorld {
  const { memory = createShardMemory(), partition = 3, partitionCount = 8, topology = topologyOf(policy) } = shard;
  let rules: Rules<CustomerState, CustomerEvent> = topology;
  let inForce: Configuration | undefined;
  let sequence = 0;
  const watermarks = new Map<string, number>();
  const context = (nowMs: number): StepContext => ({
    entityId: customerId,
    partition,
    partitionCount,
    nowMs,
    watermark: (feed) => watermarks.get(feed),
    tally: (name) => world.shard.tally(name, nowMs),
    setting: world.shard.setting,
  });
  const base = (type: EventType, atMs: number) => ({
    type,
    eventId: `${type}-${sequence++}`,
    source: 'billing',
    occurredAt: atMs,
    customerId,
  });
  const world: CustomerWorld = {
    customerId,
    state: topology.create(customerId),
    decisions: [],
    shard: memory,
    said: [],
    tell(event, delayMs = 1_000) {
      const { source, eventId, type, occurredAt } = event;
      const identity = { source, eventId, type, occurredAt };
      return took(
        rules.step(world.state, { kind: 'event', event, identity, isLate: false }, context(occurredAt + delayMs)),
      );
    },
    fire(nowMs, watermark = nowMs, feed = FEED) {
      watermarks.set(feed, watermark);
      return took(rules.step(world.state, { kind: 'timer' }, context(nowMs)));
    },
    reach: (feed, watermark) => void watermarks.set(feed, watermark),
    adopt: (decisions, nowMs) => took(rules.step(world.state, { kind: 'adopt', decisions }, context(nowMs))),
    restart() {
      world.state = rules.read(customerId, rules.encode(world.state, topology.codecVersion));
    },
    publish(changes, atMs) {
      const taken = takePolicy(topology, publishedPack(changes), inForce, { atMs, watermarks });
      if (taken.kind !== 'taken') return taken;
      const bytes = rules.encode(world.state, topology.codecVersion);
      taken.rules.dictionary?.learn(rules.dictionary?.entries ?? {});
      [rules, inForce] = [taken.rules, taken.kept];
      world.state = rules.read(customerId, bytes);
      return taken;
    },
    usage: (atMs, fields = {}) => ({
      ...base('UsageRecorded', atMs),
      type: 'UsageRecorded',
      subscriptionId: 'line-1',
      kind: 'VOICE',
      durationSeconds: 60,
      quantityMb: 0,
      chargeMinor: 0,
      currency: '',
      direction: 'OUTGOING',
      onNet: false,
      zone: 'DOMESTIC',
      failed: false,
      localHour: -1,
      ...fields,
    }),
    activated: (atMs, fields = {}) => ({
      ...base('SubscriptionActivated', atMs),
      type: 'SubscriptionActivated',
      subscriptionId: 'line-1',
      product: 'MOBILE',
      plan: 'M',
      dataAllowanceMb: 10_000,
      voiceAllowanceMinutes: null,
      smsAllowance: null,
      monthlyFeeMinor: 0,
      currency: '',
      cycleDay: 1,
      contractEndsAt: null,
      ...fields,
    }),
    event: (type, atMs, fields) => ({ ...base(type, atMs), ...fields }) as unknown as EventOf<typeof type>,
  };
  const took = (effects: Effects): Effects => {
    world.shard.change(effects.tallies);
    for (const message of effects.outbox) {
      if (message.topic === DECISION_TOPIC) world.decisions.push(decodeDecision(message.value));
      else if (message.topic !== JOB_ONLY) world.said.push(message);
    }
    return effects;
  };
  return world;
}
