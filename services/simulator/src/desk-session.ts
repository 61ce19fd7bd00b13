import type { EventInput } from '@holdfast/events';
import type { ClientOptions, SchemaRegistry, SendOutcome } from '@holdfast/kafka';
import { createAnswerQueue } from './answer-queue.ts';
import { createDesk, type DeskOptions, type DeskTally } from './desk.ts';
import { followDeskLog } from './desk-log.ts';

/** How a desk's day went. */
export interface DeskSummary {
  /** Events the log acknowledged. */
  readonly answers: number;
  /** Not acknowledged when the desk closed. */
  readonly open: number;
  readonly tally: DeskTally;
}

export interface DeskSession {
  /** Says at once what customers would have said in a while, and ends. */
  close(): Promise<DeskSummary>;
}

export interface DeskSessionDeps {
  readonly client: ClientOptions;
  readonly registry: Pick<SchemaRegistry, 'schemaById'>;
  send(events: readonly EventInput[]): Promise<readonly SendOutcome[]>;
  now(): number;
  failed(error: Error): void;
}

const LOOK_EVERY_MS = 100;
const CLOSING_ATTEMPTS = 10;

/** Opens a desk: what reaches it from now on is answered. */
export async function openDesk(options: DeskOptions, deps: DeskSessionDeps): Promise<DeskSession> {
  const desk = createDesk(options);
  const queue = createAnswerQueue(deps);
  const log = await followDeskLog(deps.client, deps.registry, {
    take: (event) => queue.add(desk.take(event)),
    crashed: deps.failed,
  });
  let sending = Promise.resolve();
  const timer = setInterval(() => {
    sending = sending.then(queue.sendDue);
  }, LOOK_EVERY_MS);
  return {
    async close() {
      clearInterval(timer);
      await log.close();
      await sending;
      for (let attempt = 0; queue.length > 0 && attempt < CLOSING_ATTEMPTS; attempt++) await queue.sendAll();
      return { answers: queue.accepted(), open: queue.length, tally: desk.tally() };
    },
  };
}
