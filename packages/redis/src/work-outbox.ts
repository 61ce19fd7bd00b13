import type { Redis } from 'ioredis';
import { ANSWER } from './answers.ts';
import { contactKeys } from './keys.ts';
import { runScript } from './run-script.ts';
import { SCRIPTS } from './scripts.ts';
import { fieldMap, topicsOf } from './work-item.ts';

/** One change on its way to the log. */
export interface WorkChangeEntry {
  /** Of the outbox: the same however often it is read. */
  readonly entryId: string;
  readonly itemId: string;
  readonly customerId: string;
  readonly contactId: string;
  readonly followUpId: string;
  readonly change: string;
  readonly desk: string;
  readonly team: string;
  readonly agent: string;
  readonly owner: string;
  readonly outcome: string;
  /** Why it was withdrawn: a code; empty for other changes. */
  readonly reason: string;
  readonly campaign: string;
  readonly offer: string;
  readonly arm: string;
  readonly channel: string;
  readonly dueAt: number | null;
  readonly until: number | null;
  readonly occurredAt: number;
  readonly topics: readonly string[];
  /** The log does not know the follow-up it is about. */
  readonly isAnnounced: boolean;
}

export interface RelayTurn {
  readonly token: string;
  readonly turnMs: number;
  readonly most: number;
}

/** What is to be told of the work list: every change writes it in the same step, and one relay at a time reads it. */
export interface WorkOutbox {
  /** Changes to be told, oldest first; undefined while another relay has its turn. */
  readOutbox(turn: RelayTurn): Promise<readonly WorkChangeEntry[] | undefined>;
  trimOutbox(entryIds: readonly string[]): Promise<void>;
  /** Nothing of the customer that waits now is told. */
  forgetOutbox(customerId: string): Promise<void>;
  /** Gives the turn back, where it is this relay's. */
  endTurn(token: string): Promise<void>;
}

const FROM_THE_FIRST = '0-0';
/** Entries looked at in one call, so that nobody waits long for the server. */
const FORGET_PAGE = 1_000;

export function createWorkOutbox(redis: Redis): WorkOutbox {
  return {
    async readOutbox({ token, turnMs, most }) {
      const [answer, entries] = await runScript(
        redis,
        SCRIPTS.readWorkOutbox,
        [contactKeys.work],
        [token, turnMs, most],
      );
      if (String(answer) !== ANSWER.ok) return undefined;
      return (entries as [unknown, unknown[]][]).map(([id, flat]) => entryOf(String(id), fieldMap(flat)));
    },
    async trimOutbox(entryIds) {
      if (entryIds.length > 0) await redis.xdel(`${contactKeys.work}out`, ...entryIds);
    },
    async forgetOutbox(customerId) {
      let after = FROM_THE_FIRST;
      while (after !== '') {
        const args = [customerId, after, FORGET_PAGE];
        const [, last] = await runScript(redis, SCRIPTS.forgetWorkOutbox, [contactKeys.work], args);
        after = String(last);
      }
    },
    async endTurn(token) {
      const key = `${contactKeys.work}relay`;
      // A turn that ends between the two is taken from whoever has just begun his: he takes the next one.
      if ((await redis.get(key)) === token) await redis.del(key);
    },
  };
}

function entryOf(entryId: string, fields: ReadonlyMap<string, string>): WorkChangeEntry {
  const text = (name: string) => fields.get(name) ?? '';
  const instant = (name: string) => (text(name) === '' ? null : Number(text(name)));
  return {
    entryId,
    itemId: text('itemId'),
    customerId: text('customerId'),
    contactId: text('contactId'),
    followUpId: text('followUpId'),
    change: text('change'),
    desk: text('desk'),
    team: text('team'),
    agent: text('agent'),
    owner: text('owner'),
    outcome: text('outcome'),
    reason: text('reason'),
    campaign: text('campaign'),
    offer: text('offer'),
    arm: text('arm'),
    channel: text('channel'),
    dueAt: instant('dueAt'),
    until: instant('until'),
    occurredAt: Number(text('occurredAt')),
    topics: topicsOf(text('topics')),
    isAnnounced: text('isAnnounced') === '1',
  };
}
