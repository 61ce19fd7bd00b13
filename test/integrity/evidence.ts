import type { LogRecord } from '@holdfast/engine';
import { createEncoder, type DecisionMade, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, KIND_HEADER } from '@holdfast/kafka';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder, openPolicy } from '@holdfast/policy-folder';
import { createCustomerTopology, FOLLOW_UPS, LEARNING_KPI, PLAYS_KPI, UNIVERSAL } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import type { ShardRecords } from './clean-fold.ts';
import { CHANNEL, type InstallationView, type StoredShard } from './installation-view.ts';

/** All that an installation was told, holds and sent, as read once at rest. */
export interface Evidence {
  readonly shards: readonly ShardEvidence[];
  readonly deadLetters: readonly LogRecord[];
  /** Contact ids of the desk's feed, repetitions included. */
  readonly alerts: readonly string[];
  /** Jobs of the desk's channel; the state of those that a decision asks for. */
  readonly jobs: { readonly total: number; readonly states: ReadonlyMap<string, string> };
  /** When it was read: what is to be sent long after it has not come. */
  readonly atMs: number;
}

export interface ShardEvidence {
  readonly log: ShardRecords;
  readonly stored: StoredShard;
  readonly decisions: readonly LoggedDecision[];
  /** How each contact ended by the last report, by contact id; delivered where one says so. */
  readonly reports: ReadonlyMap<string, string>;
}

/** A decision as it stands in the log. */
export interface LoggedDecision {
  readonly offset: number;
  readonly value: Buffer;
  readonly decision: DecisionMade;
}

/** The rules the installation runs on, built from the same policy and the same registry. */
export interface Rules {
  readonly policy: CompiledPolicy;
  readonly topology: ReturnType<typeof createCustomerTopology>;
  /** Names of the KPI hashes. */
  readonly campaigns: readonly string[];
}

/** `policyDir`: of the policy that comes with the product when left out. */
export async function createRules(registryUrl: string, policyDir?: string): Promise<Rules> {
  const folder = loadPolicyFolder(policyDir);
  if (folder.kind === 'invalid') throw new Error(folder.text);
  const { policy } = folder;
  const registry = createSchemaRegistry({ url: registryUrl });
  const decoder = createRegistryDecoder(registry);
  const encoder = createEncoder(await registry.idsOf(schemaTable()));
  const topology = createCustomerTopology({
    policy,
    decodeRecord: (record) => decoder.decode(record.value),
    encodeDecision: (decision) => encoder.encode(decision),
    encodeBudget: (record) => encoder.encode(record),
    openPolicy,
  });
  return { policy, topology, campaigns: [...policy.campaigns.keys(), UNIVERSAL, PLAYS_KPI, LEARNING_KPI, FOLLOW_UPS] };
}

/** Reads everything; again when a timer fired meanwhile, or what an earlier one said was still on its way. */
export function gatherEvidence(view: InstallationView, rules: Rules): Promise<Evidence> {
  return eventually(
    'evidence read between two timers',
    async () => {
      const before = await view.journalLines();
      const left = await view.left();
      if (left.length > 0) throw new Error(left.join('\n'));
      const logs = await view.logs();
      const shards = await Promise.all(logs.map((log) => gatherShard(log, view, rules)));
      const evidence = {
        shards,
        deadLetters: await view.deadLetters(),
        alerts: await view.alerts(),
        jobs: await jobs(shards, view),
        atMs: Date.now(),
      };
      if ((await view.journalLines()) !== before) throw new Error('the journal grew');
      return evidence;
    },
    { withinMs: 60_000 },
  );
}

/** Customers whose silence is over by their feed and not answered yet: that is at the next look, seconds later. */
export function unansweredSilences({ states, watermarks }: StoredShard, { topology }: Rules): readonly string[] {
  const isOver = ([id, bytes]: readonly [string, Buffer]) => {
    const { eventTime } = topology.due(topology.read(id, bytes));
    return eventTime !== undefined && (watermarks[eventTime.feed] ?? 0) >= eventTime.dueMs;
  };
  return [...states].filter(isOver).map(([id]) => id);
}

async function gatherShard(log: ShardRecords, view: InstallationView, rules: Rules): Promise<ShardEvidence> {
  const stored = await view.stored(log.partition, rules.campaigns);
  const decisions: LoggedDecision[] = [];
  for (const record of log.decisions) {
    if (record.headers[KIND_HEADER] || !record.value) continue;
    const decoded = await rules.topology.decode(record);
    if (decoded.kind !== 'event' || decoded.event.type !== 'DecisionMade') {
      throw new Error(`the decision log holds something else at ${record.partition}@${record.offset}`);
    }
    decisions.push({ offset: record.offset, value: record.value, decision: decoded.event });
  }
  return { log, stored, decisions, reports: await reportsIn(log, rules) };
}

async function jobs(shards: readonly ShardEvidence[], view: InstallationView): Promise<Evidence['jobs']> {
  const queued = await view.queued();
  const states = new Map<string, string>();
  for (const { decision } of shards.flatMap(({ decisions }) => decisions)) {
    if (decision.outcome === 'contact' && decision.channel === CHANNEL)
      states.set(decision.contactId, await queued.state(decision.contactId));
  }
  return { total: queued.total, states };
}

async function reportsIn(log: ShardRecords, rules: Rules): Promise<Map<string, string>> {
  const reports = new Map<string, string>();
  for (const record of log.inputs.get(INPUT_TOPICS.interaction) ?? []) {
    const decoded = await rules.topology.decode(record);
    if (decoded.kind !== 'event' || decoded.event.type !== 'DeliveryReported') continue;
    const { contactId, status } = decoded.event;
    // As in the state, a try is no end and delivered beats all others: a dispatcher that wakes late reports its try after
    // the end that another one gave the contact.
    if (status !== 'ATTEMPTED' && reports.get(contactId) !== 'DELIVERED') reports.set(contactId, status);
  }
  return reports;
}
