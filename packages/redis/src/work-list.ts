import { ANSWER } from './answers.ts';
import { createClaimsInTurn } from './claims-in-turn.ts';
import { createFreePools, type FreePools, type FreeQuery, freeWork } from './free-work.ts';
import { contactKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS, type Script } from './scripts.ts';
import { createSharedConnection } from './shared-connection.ts';
import { fieldMap, fieldsOf, itemOf, type NewWorkItem, type WorkItem } from './work-item.ts';
import { createWorkOutbox, type WorkOutbox } from './work-outbox.ts';
import { readItem, searchWork, type WorkPage, type WorkQuery } from './work-search.ts';

/**
 * What became of a change. `already`: it was so before, by the same agent, and nothing was written. The others say why not:
 * somebody else holds it, it is kept for another, nobody or another holds it, it has ended, it has not, it was withdrawn for
 * good, it is not as the version given says, the time asked for is no time at which it could wake, there is none, too many changes wait for the log.
 */
export type WorkAnswer =
  | { readonly kind: 'done' | 'already'; readonly item: WorkItem }
  | { readonly kind: WorkRefusal; readonly item: WorkItem }
  | { readonly kind: 'absent' }
  | { readonly kind: 'full' };

export type WorkRefusal = 'held' | 'reserved' | 'not-held' | 'ended' | 'live' | 'withdrawn' | 'changed' | 'too-late';

/** Who changes an item. */
export interface WorkActor {
  readonly agent: string;
  readonly isSupervisor: boolean;
  /** The version the change was decided on; any when absent. */
  readonly version?: number | undefined;
}

export interface WorkFigures {
  readonly live: number;
  readonly free: number;
  readonly escalated: number;
  readonly ended: number;
  /** Changes the log does not have yet. */
  readonly untold: number;
  /** So many of them are taken. */
  readonly mostUntold: number;
  /** How long the first moment that has passed waits for the clock, ms; 0 when none does. */
  readonly clockBehindMs: number;
}

/**
 * The work list. Every change is one script, so that of many agents one gets an item, and each writes the event that tells
 * of it into an outbox in the same step. Calls reject with the client's error when Redis cannot be reached or a reply was
 * lost; asked for again, a change that was made answers `already` or is refused.
 *
 * What holds when a claim has answered is what holds of marks (`marks.ts`): a server killed, or without power, may forget
 * the last two seconds unless `appendfsync always` is set, a failover more, and the item is then free again.
 */
export interface WorkList extends WorkOutbox {
  open(item: NewWorkItem, by?: string): Promise<WorkAnswer>;
  read(itemId: string): Promise<WorkItem | undefined>;
  /** The first of these that the agent may have, to him alone for `leaseMs`. */
  claim(itemIds: readonly string[], actor: WorkActor, leaseMs: number): Promise<WorkAnswer>;
  /** The most urgent free item that fits; `absent` where there is none. */
  claimNext(query: FreeQuery, actor: WorkActor, leaseMs: number): Promise<WorkAnswer>;
  /** Never shortens a lease. */
  renew(itemId: string, actor: WorkActor, leaseMs: number): Promise<WorkAnswer>;
  /** Back to the pool. */
  release(itemId: string, actor: WorkActor): Promise<WorkAnswer>;
  /** Free again at `untilMs`, for whoever put it to sleep first. */
  snooze(itemId: string, actor: WorkActor, untilMs: number): Promise<WorkAnswer>;
  handOver(itemId: string, actor: WorkActor, to: HandOver): Promise<WorkAnswer>;
  /** `isToldElsewhere`: nobody need hold it. */
  finish(itemId: string, actor: WorkActor, outcome: string, isToldElsewhere?: boolean): Promise<WorkAnswer>;
  /**
   * Ends the contacts that people still have to make with the customer, for good; follow-ups stay. Whoever holds one is refused
   * with `ended` from then on; ending it with the outcome `because` himself is `already` done. Answers how many.
   */
  withdraw(customerId: string, why: Withdrawal): Promise<number>;
  /** For somebody else than who ended it; not what was withdrawn. The same `because`, an id, opens it once. */
  reopen(itemId: string, actor: Pick<WorkActor, 'agent' | 'version'>, because?: string): Promise<WorkAnswer>;
  /** Items of a page come without their alerts. */
  search(query: WorkQuery): Promise<WorkPage>;
  /** Makes up to `most` items do what their time asks for; answers how many were due, and the changes by name. */
  advance(most: number): Promise<{ readonly looked: number; readonly changes: ReadonlyMap<string, number> }>;
  /** Removes the customer's items, without telling of it, and what waits to be told of them; answers how many items. */
  forgetCustomer(customerId: string): Promise<number>;
  figures(): Promise<WorkFigures>;
  close(): Promise<void>;
}

export interface Withdrawal {
  /** A code, which is their outcome and is told to the log. */
  readonly because: string;
  /** Only what was opened, or opened again, by then, ms; all when absent. */
  readonly openedByMs?: number;
  /** What stays, for whoever is about to end it. */
  readonly exceptItemId?: string | undefined;
}

export type HandOver = { readonly note: string } & ({ readonly agent: string } | { readonly team: string });

export interface WorkListOptions {
  readonly url: string;
  /** Default 5,000 ms. */
  readonly commandTimeoutMs?: number;
  /**
   * So many changes wait for the log at most, with what one turn of the clock adds: more are refused as `full`, and the clock
   * stands still, until the relay has told some. Default 100,000, which take 27 MB.
   */
  readonly mostUntold?: number;
  /** ms; the server's clock when absent, which all gateways share. */
  readonly now?: () => number;
}

const TIMEOUT_MS = 5_000;
export const MOST_UNTOLD = 100_000;
/** Looked at by one claim: another gateway may take the first of them in between. */
const CHOICE = 16;
/** Of one customer in one call. */
const AT_ONCE = 200;

const KINDS: Readonly<Record<string, Exclude<WorkAnswer['kind'], 'absent' | 'full'>>> = {
  [ANSWER.ok]: 'done',
  [ANSWER.already]: 'already',
  [ANSWER.held]: 'held',
  [ANSWER.reserved]: 'reserved',
  [ANSWER.notHeld]: 'not-held',
  [ANSWER.ended]: 'ended',
  [ANSWER.live]: 'live',
  [ANSWER.withdrawn]: 'withdrawn',
  [ANSWER.changed]: 'changed',
  [ANSWER.tooLate]: 'too-late',
};

export function createWorkList(options: WorkListOptions): WorkList {
  const silenceMs = options.commandTimeoutMs ?? TIMEOUT_MS;
  const redis = createSharedConnection(options.url, { connectMs: TIMEOUT_MS, silenceMs });
  const now = () => (options.now === undefined ? '' : String(options.now()));
  const mostUntold = options.mostUntold ?? MOST_UNTOLD;
  const run = (script: Script, args: readonly (string | number)[]) =>
    runScript(redis, script, [contactKeys.work], args);
  const change = async (script: Script, args: readonly (string | number)[]) =>
    answerOf(await run(script, [now(), mostUntold, ...args]));
  const claimInTurn = createClaimsInTurn<WorkAnswer, FreePools>(() => createFreePools(redis));
  const outbox = createWorkOutbox(redis);
  const claim: WorkList['claim'] = (itemIds, actor, leaseMs) =>
    change(SCRIPTS.claimWork, [actor.agent, flag(actor.isSupervisor), leaseMs, versionOf(actor), ...itemIds]);
  const hold = (itemId: string, actor: WorkActor, what: string, ...more: readonly (string | number)[]) =>
    change(SCRIPTS.holdWork, [
      actor.agent,
      flag(actor.isSupervisor),
      versionOf(actor),
      itemId,
      what,
      ...more,
      ...['', '', ''].slice(more.length),
    ]);

  return {
    open: (item, by = '') => change(SCRIPTS.openWork, [by, ...fieldsOf(item)]),
    read: (itemId) => readItem(redis, itemId),
    claim,
    async claimNext(query, actor, leaseMs) {
      const taken = await claimInTurn({
        find: (others, pools) => freeWork(pools, query, CHOICE + others),
        async claim(ids) {
          const answer = await claim(ids, actor, leaseMs);
          return answer.kind === 'done' || answer.kind === 'full' ? answer : undefined;
        },
      });
      return taken ?? { kind: 'absent' };
    },
    renew: (itemId, actor, leaseMs) => hold(itemId, actor, 'renew', leaseMs),
    release: (itemId, actor) => hold(itemId, actor, 'release'),
    snooze: (itemId, actor, untilMs) => hold(itemId, actor, 'snooze', untilMs),
    handOver: (itemId, actor, to) =>
      'agent' in to
        ? hold(itemId, actor, 'hand-over', to.agent, '', to.note)
        : hold(itemId, actor, 'hand-over', '', to.team, to.note),
    finish: (itemId, actor, outcome, isToldElsewhere = false) => {
      const who = isToldElsewhere || actor.isSupervisor ? 'anybody' : 'holder';
      return change(SCRIPTS.finishWork, [actor.agent, who, versionOf(actor), itemId, outcome]);
    },
    async withdraw(customerId, { because, openedByMs = Number.MAX_SAFE_INTEGER, exceptItemId = '' }) {
      let total = 0;
      for (;;) {
        const args = [now(), customerId, because, openedByMs, exceptItemId, AT_ONCE];
        const [, withdrawn, more] = await run(SCRIPTS.withdrawWork, args);
        total += Number(withdrawn);
        if (Number(more) === 0) return total;
      }
    },
    reopen: (itemId, actor, because = '') =>
      change(SCRIPTS.reopenWork, [actor.agent, versionOf(actor), itemId, because]),
    search: (query) => searchWork(redis, query),
    async advance(most) {
      const [, looked, counts] = await run(SCRIPTS.dueWork, [now(), mostUntold, most]);
      const changes = [...fieldMap(counts as unknown[])].map(([name, count]) => [name, Number(count)] as const);
      return { looked: Number(looked), changes: new Map(changes) };
    },
    ...outbox,
    async forgetCustomer(customerId) {
      let total = 0;
      for (let left = 1; left > 0; ) {
        const [, removed, others] = await run(SCRIPTS.forgetWork, [customerId, AT_ONCE]);
        total += Number(removed);
        left = Number(others);
      }
      // Behind the items: without them nothing more is told.
      await outbox.forgetOutbox(customerId);
      return total;
    },
    async figures() {
      const key = (name: string) => `${contactKeys.work}${name}`;
      const [live, free, escalated, ended, untold, first, time] = await Promise.all([
        redis.zcard(key('x:age:all')),
        redis.zcard(key('f:all')),
        redis.zcard(key('x:age:e')),
        redis.zcard(key('e:all')),
        redis.xlen(key('out')),
        redis.zrange(key('due'), '0', '0', 'WITHSCORES'),
        redis.time(),
      ]);
      const nowMs = options.now?.() ?? Number(time[0]) * 1_000 + Math.floor(Number(time[1]) / 1_000);
      const clockBehindMs = first[1] === undefined ? 0 : Math.max(0, nowMs - Number(first[1]));
      return { live, free, escalated, ended, untold, mostUntold, clockBehindMs };
    },
    async close() {
      redis.disconnect();
    },
  };
}

function answerOf([answer, detail]: readonly unknown[]): WorkAnswer {
  const word = String(answer);
  if (word === ANSWER.absent) return { kind: 'absent' };
  if (word === ANSWER.full) return { kind: 'full' };
  const kind = KINDS[word];
  if (kind === undefined) throw new RangeError(`work list: ${word} ${String(detail)}`);
  return { kind, item: itemOf(detail as unknown[]) };
}

function flag(value: boolean): string {
  return value ? '1' : '0';
}

function versionOf({ version }: Pick<WorkActor, 'version'>): string {
  return version === undefined ? '' : String(version);
}
