import type { Commit, ShardMeta, ShardSession, ShardStore, StateView, StoreFailure } from '@holdfast/engine';
import { createFakeShard, type FakeShard } from '@holdfast/testkit';
import type { Actor, Lane, Wire } from './wire.ts';

/** The shard as it was at one moment, and who had written it. */
export interface StoreImage {
  readonly shard: FakeShard;
  /** Session of the last claim. */
  readonly claimant: number;
  /** Number of the claim or commit that made this content; equal only for equal states. */
  readonly write: number;
}

export interface SimStoreDeps {
  readonly wire: Wire;
  /** Told of every commit as it is accepted. */
  committed(commit: Commit): void;
  violated(what: string): void;
}

/** One shard in one store. Every command waits for the scheduler; so does every answer. */
export interface SimStore {
  open(actor: Actor): ShardSession;
  /** The store as a worker has it. */
  of(actor: Actor): ShardStore;
  view(customerId: string): StateView;
  /** Undefined once it was wiped. */
  shard(): FakeShard | undefined;
  image(): StoreImage | undefined;
  /** The content becomes that of the image, as a failover to a stale replica makes it. */
  rollBack(image: StoreImage): void;
  /** The same, by the operator, who clears the token. */
  restore(image: StoreImage): void;
  wipe(): void;
  /** Every connection of the actor breaks; what is under way on it may still arrive. */
  disconnect(actor: Actor, isLate: boolean): void;
}

const SHARD = { topology: 'ledger', partition: 0 };
const SETTINGS = { historyKeep: 1, toldKeep: 1, isUnfenced: false };
const UNINITIALISED = { kind: 'uninitialised' } as const;

interface Session extends Lane {
  readonly actor: Actor;
  break(isLate: boolean): void;
}

export function createSimStore(meta: Omit<ShardMeta, 'version' | 'attempts'>, deps: SimStoreDeps): SimStore {
  const { wire, committed, violated } = deps;
  let current: StoreImage | undefined = { shard: createFakeShard(meta, SETTINGS), claimant: 0, write: 0 };
  let sessions = 0;
  let writes = 0;
  let wasWiped = false;
  let open: Session[] = [];

  const copyOf = (image: StoreImage): StoreImage => ({ ...image, shard: image.shard.copy() });

  const openSession = (actor: Actor): ShardSession => {
    sessions += 1;
    const number = sessions;
    const token = String(number).padStart(32, '0');
    /** The write this session's view of the shard rests on. */
    let basis = 0;
    let isDead = false;
    const unknown = (): StoreFailure => ({ kind: 'unknown', reason: 'connection broken' });

    const lane: Session = {
      actor,
      broken: (loss) => lane.break(loss !== 'request'),
      break(isLate) {
        if (isDead) return;
        isDead = true;
        open = open.filter((other) => other !== lane);
        for (const call of wire.calls.filter((one) => one.lane === lane)) wire.lose(call, isLate ? 'late' : 'request');
      },
    };
    open.push(lane);

    const command = <A>(label: string, run: (shard: FakeShard) => A): Promise<A | StoreFailure> => {
      if (isDead) return Promise.resolve(unknown());
      let executions = 0;
      const once = (): A | StoreFailure => {
        executions += 1;
        if (executions > 1) violated(`a ${label} was executed twice`);
        return current ? run(current.shard) : UNINITIALISED;
      };
      return wire.call<A | StoreFailure>(actor, label, lane, once, unknown);
    };

    const checkOwner = () => {
      if (current?.claimant !== number) violated('a session wrote to a shard that another had claimed');
    };

    /** A claim or a commit: what raises the version. A trim that is lost is made again, and changes no state. */
    const wrote = () => {
      if (!current) return;
      checkOwner();
      writes += 1;
      current = { ...current, write: writes };
      basis = writes;
    };

    return {
      claim: () =>
        command('claim', (shard) => {
          const answer = shard.claim(token, 1);
          if (answer.kind !== 'claimed' || !current) return answer;
          current = { ...current, claimant: number };
          wrote();
          return answer;
        }) as ReturnType<ShardSession['claim']>,
      read: (ids) => command('read', (shard) => ({ kind: 'ok', states: ids.map((id) => shard.state(id)) })),
      commit: (version, commit) =>
        command('commit', (shard) => {
          const before = current?.write;
          const answer = shard.commit(token, version, commit);
          if (answer.kind !== 'ok') return answer;
          if (before !== basis) violated('a commit was accepted whose worker had not seen what it was written on');
          if (wasWiped) violated('a wiped store was served');
          wrote();
          committed(commit);
          return answer;
        }),
      poll: (version, nowMs, limit) => command('poll', (shard) => shard.poll(token, version, nowMs, limit)),
      sweep: (version, cursor, limit) => command('sweep', (shard) => shard.sweep(token, version, cursor, limit)),
      readOutbox: (version, limit) => command('outbox', (shard) => shard.readOutbox(token, version, limit)),
      trim: (version, trim) =>
        command('trim', (shard) => {
          const answer = shard.trim(token, version, trim);
          if (answer.kind === 'ok') checkOwner();
          return answer;
        }),
      // Nothing here rests on it: the replica of this world has what the scheduler lets it have.
      awaitDurable: () => command('durable', () => ({ kind: 'ok', by: 'nothing' })),
      noteStopped: async (reason) => {
        if (!isDead) current?.shard.noteStopped(token, reason);
      },
      close: async () => lane.break(true),
    };
  };

  return {
    shard: () => current?.shard,
    open: openSession,
    of: (actor) => ({
      open: async () => openSession(actor),
      check: async () => ({ ok: true }),
      initialise: async (shard, given) => {
        if (current || shard.topology !== SHARD.topology) return false;
        current = { shard: createFakeShard(given, SETTINGS), claimant: 0, write: writes };
        return true;
      },
      readState: async (_, id) => viewOf(current, id),
      readMeta: async () => current?.shard.meta() ?? null,
      readHistory: async () => [],
      readTold: async () => [],
      countEntities: async () => current?.shard.entityIds().length ?? 0,
      close: async () => undefined,
    }),
    view: (id) => viewOf(current, id),
    image: () => current && copyOf(current),
    rollBack(image) {
      current = copyOf(image);
    },
    restore(image) {
      current = copyOf(image);
      current.shard.clearToken();
    },
    wipe() {
      current = undefined;
      wasWiped = true;
    },
    disconnect(actor, isLate) {
      for (const lane of open.filter((one) => one.actor === actor)) lane.break(isLate);
    },
  };
}

function viewOf(image: StoreImage | undefined, id: string): StateView {
  return { bytes: image?.shard.state(id) ?? null, trusted: image?.shard.isTrusted() ?? false };
}
