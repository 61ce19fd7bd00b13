import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Effects, StepContext } from '@holdfast/engine';
import {
  createDecoder,
  createEncoder,
  type DecisionMade,
  type Event,
  type EventOf,
  type EventType,
  schemaTable,
} from '@holdfast/events';
import { type CompiledPolicy, compilePolicy, formatDiagnostic } from '@holdfast/policy';
import { telecomContract } from '../src/attributes.ts';
import type { CustomerState } from '../src/customer-state.ts';
import { createCustomerTopology } from '../src/customer-topology.ts';

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
export function compilePack(changes: Readonly<Record<string, (text: string) => string>> = {}): CompiledPolicy {
  const files = packFiles();
  for (const [name, change] of Object.entries(changes)) files[name] = change(files[name] ?? '');
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

export const encodeDecision = (decision: DecisionMade): Buffer => encoder.encode(decision);

export function topologyOf(policy: CompiledPolicy) {
  return createCustomerTopology({
    policy,
    encodeDecision,
    decodeRecord(record) {
      const outcome = decoder.decode(record.value ?? Buffer.alloc(0));
      return outcome.kind === 'unknown-schema' ? { kind: 'retry', message: 'unknown schema' } : outcome;
    },
  });
}

/** One customer under a policy, told events in the order of the calls. */
export interface CustomerWorld {
  readonly customerId: string;
  state: CustomerState;
  readonly decisions: DecisionMade[];
  /** Appended `delayMs` after it occurred. */
  tell(event: Event, delayMs?: number): Effects;
  fire(nowMs: number, watermark?: number): Effects;
  adopt(decisions: readonly DecisionMade[], nowMs: number): Effects;
  /** Writes the state and reads it again. */
  restart(): void;
  usage(atMs: number, fields?: Partial<EventOf<'UsageRecorded'>>): EventOf<'UsageRecorded'>;
  activated(atMs: number, fields?: Partial<EventOf<'SubscriptionActivated'>>): EventOf<'SubscriptionActivated'>;
  event<T extends EventType>(type: T, atMs: number, fields: Omit<EventOf<T>, BaseField>): EventOf<T>;
}

type BaseField = 'type' | 'eventId' | 'source' | 'occurredAt' | 'customerId';

export function createCustomerWorld(policy: CompiledPolicy, customerId: string): CustomerWorld {
  const topology = topologyOf(policy);
  let sequence = 0;
  const watermarks = new Map<string, number>();
  const context = (nowMs: number): StepContext => ({
    entityId: customerId,
    partition: 3,
    nowMs,
    watermark: (feed) => watermarks.get(feed),
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
    tell(event, delayMs = 1_000) {
      const { source, eventId, type, occurredAt } = event;
      const identity = { source, eventId, type, occurredAt };
      return took(
        topology.step(world.state, { kind: 'event', event, identity, isLate: false }, context(occurredAt + delayMs)),
      );
    },
    fire(nowMs, watermark = nowMs) {
      watermarks.set(FEED, watermark);
      return took(topology.step(world.state, { kind: 'timer' }, context(nowMs)));
    },
    adopt: (decisions, nowMs) => took(topology.step(world.state, { kind: 'adopt', decisions }, context(nowMs))),
    restart() {
      world.state = topology.read(customerId, topology.encode(world.state));
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
    for (const message of effects.outbox) {
      if (message.value) world.decisions.push(decodeDecision(message.value));
    }
    return effects;
  };
  return world;
}
