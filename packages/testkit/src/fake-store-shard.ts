import type {
  ClaimAnswer,
  Commit,
  CommitAnswer,
  OutboxAnswer,
  OutboxEntry,
  OutboxMessage,
  PollAnswer,
  ShardMeta,
  StoreFailure,
  Trim,
  TrimAnswer,
} from '@holdfast/engine';
import { FAR_FUTURE } from '@holdfast/engine';
import { CommitRefusedError } from '@holdfast/redis';

export interface FakeBounds {
  readonly items: number;
  readonly bytes: number;
}

export interface ShardSettings {
  readonly historyKeep: number;
  readonly isUnfenced: boolean;
}

interface ShardData {
  meta: ShardMeta;
  token: string;
  adopted: string;
  outboxSequence: number;
  readonly states: Map<string, Buffer>;
  readonly dues: Map<string, number>;
  readonly outbox: OutboxEntry[];
  readonly kpis: Map<string, Map<string, number>>;
  readonly history: Map<string, readonly Buffer[]>;
  readonly journal: Buffer[];
}

/** One initialised shard in memory. Values are replaced and never changed in place, so a copy may share them. */
export interface FakeShard {
  copy(): FakeShard;
  claim(token: string, codecVersion: number): ClaimAnswer;
  commit(token: string, version: number, commit: Commit): CommitAnswer;
  poll(token: string, version: number, nowMs: number, limit: number): PollAnswer;
  readOutbox(token: string, version: number, limit: number): OutboxAnswer;
  trim(token: string, version: number, trim: Trim): TrimAnswer;
  state(id: string): Buffer | null;
  meta(): ShardMeta;
  isTrusted(): boolean;
  history(id: string): readonly Buffer[];
  kpis(campaign: string): Readonly<Record<string, number>>;
  journal(): readonly Buffer[];
  outboxLength(): number;
  entityIds(): readonly string[];
}

export function createFakeShard(meta: Omit<ShardMeta, 'version' | 'attempts'>, settings: ShardSettings): FakeShard {
  const data: ShardData = {
    meta: structuredClone({ ...meta, version: 0, attempts: 0 }),
    token: '',
    adopted: '',
    outboxSequence: 0,
    states: new Map(),
    dues: new Map(),
    outbox: [],
    kpis: new Map(),
    history: new Map(),
    journal: [],
  };
  return shardOver(data, settings);
}

/** Refuses what the real store refuses, before anything is written. */
export function refuseTooLarge(commit: Commit, bounds: FakeBounds): void {
  const bytes =
    total(commit.states, (state) => state.id.length + state.bytes.length) +
    total(commit.outbox, (message) => (message.key?.length ?? 0) + (message.value?.length ?? 0)) +
    total(commit.history, (entry) => entry.record.length);
  const sections = [commit.states, commit.dues, commit.outbox, commit.kpis, commit.history];
  const items = total(sections, (section) => section.length);
  if (items > bounds.items) throw new CommitRefusedError(`commit too large: ${items} items`);
  if (bytes > bounds.bytes) throw new CommitRefusedError(`commit too large: ${bytes} bytes`);
  for (const kpi of commit.kpis) {
    if (!Number.isSafeInteger(kpi.by)) throw new CommitRefusedError(`increment of ${kpi.cell} is not an integer`);
  }
  for (const due of commit.dues) {
    if (!Number.isFinite(due.dueMs)) throw new CommitRefusedError(`due time ${due.dueMs} is not a number of ms`);
  }
}

function shardOver(data: ShardData, settings: ShardSettings): FakeShard {
  return {
    copy(): FakeShard {
      return shardOver(
        {
          ...data,
          states: new Map(data.states),
          dues: new Map(data.dues),
          outbox: [...data.outbox],
          kpis: new Map([...data.kpis].map(([campaign, cells]) => [campaign, new Map(cells)])),
          history: new Map(data.history),
          journal: [...data.journal],
        },
        settings,
      );
    },

    claim(token: string, codecVersion: number): ClaimAnswer {
      if (codecVersion < data.meta.minCodec) return { kind: 'incompatible', minCodec: data.meta.minCodec };
      data.meta = { ...data.meta, version: data.meta.version + 1 };
      data.token = token;
      data.adopted = '';
      return { kind: 'claimed', meta: structuredClone(data.meta) };
    },

    commit(token: string, version: number, commit: Commit): CommitAnswer {
      const refused = refusal(data, settings, token, data.meta.version === version);
      if (refused) return refused;
      const next = data.meta.version + 1;
      for (const { id, bytes } of commit.states) data.states.set(id, Buffer.from(bytes));
      for (const { id, dueMs } of commit.dues) data.dues.set(id, dueMs);
      for (const message of commit.outbox) data.outbox.push(entryOf(data, next, message));
      for (const { campaign, cell, by } of commit.kpis) {
        const cells = data.kpis.get(campaign) ?? new Map<string, number>();
        data.kpis.set(campaign, cells.set(cell, (cells.get(cell) ?? 0) + by));
      }
      for (const { entityId, record } of commit.history) {
        const records = [Buffer.from(record), ...(data.history.get(entityId) ?? [])];
        data.history.set(entityId, records.slice(0, settings.historyKeep));
      }
      if (commit.journal) data.journal.push(Buffer.from(commit.journal));
      if (commit.adopted) data.adopted = token;
      data.meta = movedMeta(data.meta, next, commit);
      return { kind: 'ok', version: next, outboxLength: data.outbox.length };
    },

    poll(token: string, version: number, nowMs: number, limit: number): PollAnswer {
      const refused = refusal(data, settings, token, data.meta.version === version);
      if (refused) return refused;
      const ordered = [...data.dues]
        .map(([id, dueMs]) => ({ id, dueMs }))
        .sort((a, b) => a.dueMs - b.dueMs || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)));
      const due = ordered.filter((entry) => entry.dueMs <= nowMs).slice(0, limit);
      return { kind: 'ok', due, nextDueMs: ordered[due.length]?.dueMs ?? FAR_FUTURE };
    },

    readOutbox(token: string, version: number, limit: number): OutboxAnswer {
      const { outbox, meta } = data;
      const refused = refusal(data, settings, token, meta.version >= version);
      return refused ?? { kind: 'ok', entries: outbox.slice(0, limit), length: outbox.length };
    },

    trim(token: string, version: number, trim: Trim): TrimAnswer {
      const isCurrent = data.meta.version >= version && data.meta.version >= trim.entriesVersion;
      const refused = refusal(data, settings, token, isCurrent);
      if (refused) return refused;
      const named = data.outbox.filter((entry) => trim.ids.includes(entry.id));
      if (named.some((entry) => entry.version > trim.entriesVersion)) return { kind: 'rolled-back' };
      data.outbox.splice(0, Infinity, ...data.outbox.filter((entry) => !named.includes(entry)));
      if (!trim.relay || trim.producedFrom !== data.meta.relay.nextOffset) return { kind: 'ok', relayMoved: false };
      data.meta = { ...data.meta, relay: structuredClone(trim.relay) };
      return { kind: 'ok', relayMoved: true };
    },

    state(id: string): Buffer | null {
      const bytes = data.states.get(id);
      return bytes ? Buffer.from(bytes) : null;
    },

    meta(): ShardMeta {
      return structuredClone(data.meta);
    },

    isTrusted(): boolean {
      return data.token !== '' && data.adopted === data.token;
    },

    history(id: string): readonly Buffer[] {
      return data.history.get(id) ?? [];
    },

    kpis(campaign: string): Readonly<Record<string, number>> {
      return Object.fromEntries(data.kpis.get(campaign) ?? []);
    },

    journal(): readonly Buffer[] {
      return [...data.journal];
    },

    outboxLength(): number {
      return data.outbox.length;
    },

    entityIds(): readonly string[] {
      return [...data.dues.keys()];
    },
  };
}

function refusal(
  data: ShardData,
  settings: ShardSettings,
  token: string,
  isVersionRight: boolean,
): StoreFailure | undefined {
  if (settings.isUnfenced) return undefined;
  if (token !== data.token) return { kind: 'fenced' };
  return isVersionRight ? undefined : { kind: 'rolled-back' };
}

function entryOf(data: ShardData, version: number, message: OutboxMessage): OutboxEntry {
  data.outboxSequence += 1;
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, v]) => [name, Buffer.from(v)]));
  const value = message.value && Buffer.from(message.value);
  const copied = { ...message, key: message.key && Buffer.from(message.key), value, headers };
  return { id: `${data.outboxSequence}-0`, version, message: copied };
}

function movedMeta(meta: ShardMeta, version: number, commit: Commit): ShardMeta {
  return structuredClone({
    ...meta,
    version,
    attempts: commit.attempts ?? meta.attempts,
    inputs: { ...meta.inputs, ...commit.inputs },
    watermarks: { ...meta.watermarks, ...commit.watermarks },
    ...(commit.relay && { relay: commit.relay }),
    ...(commit.policyVersion !== undefined && { policyVersion: commit.policyVersion }),
  });
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
