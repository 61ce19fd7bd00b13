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
  SweepAnswer,
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
  readonly toldKeep: number;
  readonly isUnfenced: boolean;
}

interface ShardData {
  meta: ShardMeta;
  token: string;
  adopted: string;
  claimedCodec: number;
  outboxSequence: number;
  heldUntilMs: number | undefined;
  stopped: string | undefined;
  readonly states: Map<string, Buffer>;
  readonly dues: Map<string, number>;
  readonly outbox: OutboxEntry[];
  readonly kpis: Map<string, Map<string, number>>;
  readonly history: Map<string, readonly Buffer[]>;
  readonly told: Map<string, readonly Buffer[]>;
  readonly journal: Buffer[];
}

/** One initialised shard in memory. Values are replaced and never changed in place, so a copy may share them. */
export interface FakeShard {
  copy(): FakeShard;
  /** What the operator's restore does: nobody owns the shard, its states are not to be trusted. */
  clearToken(): void;
  claim(token: string, codecVersion: number): ClaimAnswer;
  /** What finalising an upgrade does: refused where the last claim was of an older worker, else its owner is fenced. */
  finaliseLayout(layout: number): 'raised' | 'already' | 'older-worker';
  commit(token: string, version: number, commit: Commit): CommitAnswer;
  poll(token: string, version: number, nowMs: number, limit: number): PollAnswer;
  sweep(token: string, version: number, cursor: string | undefined, limit: number): SweepAnswer;
  readOutbox(token: string, version: number, limit: number): OutboxAnswer;
  trim(token: string, version: number, trim: Trim): TrimAnswer;
  hold(untilMs: number | undefined): void;
  noteStopped(token: string, reason: string): void;
  stoppedReason(): string | undefined;
  state(id: string): Buffer | null;
  meta(): ShardMeta;
  isTrusted(): boolean;
  history(id: string): readonly Buffer[];
  told(id: string): readonly Buffer[];
  kpis(campaign: string): Readonly<Record<string, number>>;
  journal(): readonly Buffer[];
  outboxLength(): number;
  entityIds(): readonly string[];
}

export function createFakeShard(meta: Omit<ShardMeta, 'version' | 'attempts'>, settings: ShardSettings): FakeShard {
  const data: ShardData = {
    meta: { ...meta, version: 0, attempts: 0 },
    token: '',
    adopted: '',
    claimedCodec: 0,
    outboxSequence: 0,
    heldUntilMs: undefined,
    stopped: undefined,
    states: new Map(),
    dues: new Map(),
    outbox: [],
    kpis: new Map(),
    history: new Map(),
    told: new Map(),
    journal: [],
  };
  return shardOver(data, settings);
}

/** Refuses what the real store refuses, before anything is written. */
export function refuseTooLarge(commit: Commit, bounds: FakeBounds): void {
  const bytes =
    total(commit.states, (state) => state.id.length + state.bytes.length) +
    total(commit.outbox, (message) => (message.key?.length ?? 0) + (message.value?.length ?? 0)) +
    total([...commit.history, ...(commit.told ?? [])], (entry) => entry.record.length);
  const { states, dues, outbox, kpis, history, told = [], deletions = [] } = commit;
  const sections = [states, dues, outbox, kpis, history, told, deletions, Object.keys(commit.tallies ?? {})];
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
          told: new Map(data.told),
          journal: [...data.journal],
        },
        settings,
      );
    },

    clearToken(): void {
      data.token = '';
      data.adopted = '';
    },

    claim(token: string, codecVersion: number): ClaimAnswer {
      if (codecVersion < data.meta.minCodec) return { kind: 'incompatible', minCodec: data.meta.minCodec };
      if (data.heldUntilMs !== undefined) return { kind: 'held', untilMs: data.heldUntilMs };
      data.meta = { ...data.meta, version: data.meta.version + 1 };
      data.token = token;
      data.claimedCodec = codecVersion;
      data.adopted = '';
      data.stopped = undefined;
      return { kind: 'claimed', meta: data.meta };
    },

    finaliseLayout(layout: number) {
      if (data.meta.minCodec >= layout) return 'already';
      if (data.claimedCodec < layout) return 'older-worker';
      data.meta = { ...data.meta, minCodec: layout };
      data.token = '';
      data.adopted = '';
      return 'raised';
    },

    commit(token: string, version: number, commit: Commit): CommitAnswer {
      const refused = refusal(data, settings, token, data.meta.version === version);
      if (refused) return refused;
      const next = data.meta.version + 1;
      for (const id of commit.deletions ?? []) {
        data.states.delete(id);
        data.dues.delete(id);
        data.history.delete(id);
        data.told.delete(id);
      }
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
      for (const { entityId, record } of commit.told ?? []) {
        const known = data.told.get(entityId) ?? [];
        if (known.some((other) => other.equals(record))) continue;
        data.told.set(entityId, [Buffer.from(record), ...known].slice(0, settings.toldKeep));
      }
      if (commit.journal) data.journal.push(Buffer.from(commit.journal));
      if (commit.adopted !== undefined) data.adopted = commit.adopted ? token : '';
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

    /** In the order of ids: an entity keeps its place, wherever it is due. The cursor is the last one given. */
    sweep(token: string, version: number, cursor: string | undefined, limit: number): SweepAnswer {
      const refused = refusal(data, settings, token, data.meta.version === version);
      if (refused) return refused;
      const rest = [...data.dues.keys()].filter((id) => cursor === undefined || id > cursor).sort();
      const entries = rest.slice(0, limit).map((id) => ({ id, dueMs: data.dues.get(id) ?? FAR_FUTURE }));
      return { kind: 'ok', entries, cursor: rest.length > limit ? entries.at(-1)?.id : undefined };
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
      data.meta = { ...data.meta, relay: trim.relay };
      return { kind: 'ok', relayMoved: true };
    },

    hold(untilMs: number | undefined): void {
      data.heldUntilMs = untilMs;
      if (untilMs === undefined) return;
      data.meta = { ...data.meta, version: data.meta.version + 1 };
      data.token = '';
      data.adopted = '';
    },

    noteStopped(token: string, reason: string): void {
      if (token === data.token) data.stopped = reason;
    },

    stoppedReason: () => data.stopped,

    state(id: string): Buffer | null {
      const bytes = data.states.get(id);
      return bytes ? Buffer.from(bytes) : null;
    },

    meta(): ShardMeta {
      return data.meta;
    },

    isTrusted(): boolean {
      return data.token !== '' && data.adopted === data.token;
    },

    history(id: string): readonly Buffer[] {
      return data.history.get(id) ?? [];
    },

    told(id: string): readonly Buffer[] {
      return data.told.get(id) ?? [];
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
  const { refused, isSweepDue, tallies, ...rest } = meta;
  const stillRefused = commit.refused === undefined ? refused : commit.refused;
  return {
    ...rest,
    version,
    attempts: commit.attempts ?? meta.attempts,
    inputs: { ...meta.inputs, ...commit.inputs },
    watermarks: { ...meta.watermarks, ...commit.watermarks },
    ...(commit.relay && { relay: commit.relay }),
    ...(commit.configuration && { configuration: commit.configuration }),
    ...(stillRefused && { refused: stillRefused }),
    ...(commit.refusals && { refusals: commit.refusals }),
    ...((commit.isSweepDue ?? isSweepDue) && { isSweepDue: true }),
    ...(commit.erasures && { erasures: { ...meta.erasures, ...commit.erasures } }),
    ...(commit.dictionary && { dictionary: { ...meta.dictionary, ...commit.dictionary } }),
    ...(commit.settings && { settings: { ...meta.settings, ...commit.settings } }),
    ...talliesAfter(tallies, commit.tallies),
  };
}

/** None at all is told by leaving them out, as a store that has no field of them does. */
function talliesAfter(before: ShardMeta['tallies'], changes: Commit['tallies']): Pick<ShardMeta, 'tallies'> {
  const all = Object.entries({ ...before, ...changes });
  const tallies = Object.fromEntries(all.flatMap(([name, tally]) => (tally ? [[name, tally]] : [])));
  return Object.keys(tallies).length > 0 ? { tallies } : {};
}

function total<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
