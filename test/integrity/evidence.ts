import type { LogRecord } from '@holdfast/engine';
import { createEncoder, type DecisionMade, INPUT_TOPICS, schemaTable } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, KIND_HEADER } from '@holdfast/kafka';
import type { CompiledPolicy } from '@holdfast/policy';
import { loadPolicyFolder } from '@holdfast/policy-folder';
import { createCustomerTopology, PLAYS_KPI } from '@holdfast/telecom';
import { eventually } from '@holdfast/testkit';
import type { ShardRecords } from './clean-fold.ts';
import type { InstallationView, StoredShard } from './installation-view.ts';

/** All that an installation was told, holds and sent, as read once at rest. */
export interface Evidence {
  readonly shards: readonly ShardEvidence[];
  readonly deadLetters: readonly LogRecord[];
  /** Contact ids of the desk's feed, repetitions included. */
  readonly alerts: readonly string[];
  /** Jobs of the desk's channel; the state of those that a decision asks for. */
  readonly jobs: { readonly total: number; readonly states: ReadonlyMap<string, string> };
}

export interface ShardEvidence {
  readonly log: ShardRecords;
  readonly stored: StoredShard;
  readonly decisions: readonly LoggedDecision[];
  /** What the dispatcher reported, by contact id; a report may come twice, it says the same. */
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

export async function createRules(registryUrl: string): Promise<Rules> {
  const folder = loadPolicyFolder();
  if (folder.kind === 'invalid') throw new Error(folder.text);
  const { policy } = folder;
  const registry = createSchemaRegistry({ url: registryUrl });
  const decoder = createRegistryDecoder(registry);
  const encoder = createEncoder(await registry.idsOf(schemaTable()));
  const topology = createCustomerTopology({
    policy,
    decodeRecord: (record) => decoder.decode(record.value),
    encodeDecision: (decision) => encoder.encode(decision),
  });
  return { policy, topology, campaigns: [...policy.campaigns.keys(), PLAYS_KPI] };
}

/** Reads everything; again when a timer fired in between. */
export function gatherEvidence(view: InstallationView, rules: Rules): Promise<Evidence> {
  const linesOf = (logs: readonly ShardRecords[]) => logs.reduce((sum, { journal }) => sum + journal.length, 0);
  return eventually(
    'evidence read between two timers',
    async () => {
      const logs = await view.logs();
      const shards = await Promise.all(logs.map((log) => gatherShard(log, view, rules)));
      const after = await view.journalLines();
      if (after !== linesOf(logs)) throw new Error('the journal grew');
      return {
        shards,
        deadLetters: await view.deadLetters(),
        alerts: await view.alerts(),
        jobs: await jobs(shards, view),
      };
    },
    { withinMs: 30_000 },
  );
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
    if (decision.outcome === 'contact') states.set(decision.contactId, await queued.state(decision.contactId));
  }
  return { total: queued.total, states };
}

async function reportsIn(log: ShardRecords, rules: Rules): Promise<Map<string, string>> {
  const reports = new Map<string, string>();
  for (const record of log.inputs.get(INPUT_TOPICS.interaction) ?? []) {
    const decoded = await rules.topology.decode(record);
    if (decoded.kind !== 'event' || decoded.event.type !== 'DeliveryReported') continue;
    reports.set(decoded.event.contactId, decoded.event.status);
  }
  return reports;
}
