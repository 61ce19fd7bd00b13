import { CONTROL_TOPIC, type EventInput } from '@holdfast/events';
import type { AuditEntry } from '../src/policies/audit-log.ts';
import type { PolicyDesk } from '../src/policies/policy-desk.ts';
import { historyOf } from '../src/policies/policy-history.ts';

/** A log and shards in memory, for what a broker does not do on demand: to fail at a chosen place. */
export interface MemoryDesk extends PolicyDesk {
  readonly audit: AuditEntry[];
  /** Control records by partition. */
  readonly control: EventInput<'PolicyActivated'>[][];
  /** ms since the epoch; every append moves it by one. */
  nowMs: number;
  /** Why shards do not go on. */
  readonly troubles: string[];
  /** Partitions whose worker cannot run what is published. */
  readonly refusing: Set<number>;
  /** How many more control records can be written. */
  writesLeft: number;
  /** Called before an entry is appended: what happens in between. */
  beforeAppend: () => Promise<void>;
}

export function createMemoryDesk(partitions = 4): MemoryDesk {
  const audit: AuditEntry[] = [];
  const control = Array.from({ length: partitions }, (): EventInput<'PolicyActivated'>[] => []);
  const desk: MemoryDesk = {
    audit,
    control,
    partitions,
    nowMs: Date.UTC(2026, 1, 2),
    troubles: [],
    refusing: new Set(),
    writesLeft: Number.POSITIVE_INFINITY,
    beforeAppend: async () => undefined,
    history: async () => historyOf({ entries: [...audit], unreadable: [] }),
    async append(entry) {
      const { beforeAppend } = desk;
      desk.beforeAppend = async () => undefined;
      await beforeAppend();
      const offset = audit.length;
      const appendTime = desk.nowMs++;
      const defaults = { comment: '', previousVersion: '', campaigns: [], activation: '', files: null };
      const identity = {
        type: 'PolicyChanged',
        eventId: String(offset),
        source: 'test',
        occurredAt: appendTime,
      } as const;
      audit.push({ ...identity, ...defaults, ...entry, offset, appendTime } as AuditEntry);
      return { offset, appendTime };
    },
    async activate(partition, record) {
      if (desk.writesLeft === 0) throw new Error('the broker is gone');
      desk.writesLeft -= 1;
      return (control[partition]?.push(record) ?? 0) - 1;
    },
    async recordsOf(activationId) {
      const offsets = control.map((records) => records.findIndex(({ eventId }) => eventId === activationId));
      return new Map([...offsets.entries()].filter(([, offset]) => offset >= 0));
    },
    troubleOf: async (partition) => desk.troubles[partition] ?? '',
    async shard(partition) {
      const records = control[partition] ?? [];
      const version = records.at(-1)?.version;
      const fingerprint = { offset: -1, appendTime: 0, hash: '' };
      const position = { nextOffset: records.length, fingerprint };
      return {
        ...{ version: 1, attempts: 0, minCodec: 1, clusterId: '', partitionCount: partitions, watermarks: {} },
        ...{ inputs: { [CONTROL_TOPIC]: position }, relay: position },
        ...(version === undefined ? {} : standing(version, desk.refusing.has(partition))),
      };
    },
  };
  return desk;
}

function standing(version: string, isRefused: boolean) {
  if (isRefused) return { refused: { name: version, message: 'what is this?', atMs: 1 } };
  return { configuration: { name: version, text: '' } };
}
