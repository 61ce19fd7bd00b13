import { removeFrom } from './remove-from.ts';

/** Whoever calls the world: one life of a worker or of a handler of the dispatcher. */
export interface Actor {
  readonly id: number;
  readonly name: string;
  isAlive: boolean;
  isPaused: boolean;
  /** Calls made so far; names them in a trace. */
  calls: number;
}

/** What becomes of a call whose caller is told that the outcome is unknown. */
export type Loss =
  /** The request never arrived. */
  | 'request'
  /** It was executed, now at the latest, and the answer is lost. */
  | 'reply'
  /** The request is still under way, and is executed some time later. */
  | 'late';

/** Commands on one connection: executed and answered in the order they were given. */
export interface Lane {
  /** Told when a call on it was lost: what a broken connection does to the rest. */
  readonly broken?: (loss: Loss) => void;
}

export interface Call {
  readonly actor: Actor;
  readonly number: number;
  readonly label: string;
  readonly lane: Lane;
  isExecuted: boolean;
  /** Nobody waits for the answer any more. */
  isOrphan: boolean;
  execute(): void;
  reply(): void;
  /** Tells the caller that the outcome is unknown. */
  lose(): void;
}

/** Everything under way between the actors and the parts of the world. */
export interface Wire {
  readonly calls: readonly Call[];
  /**
   * Two steps, taken when the scheduler says so: `execute` at the callee, then the answer at the caller. `onLost` is
   * what the caller is told when there is no answer; a rejection unless given.
   */
  call<A>(actor: Actor, label: string, lane: Lane, execute: () => A, onLost?: () => A): Promise<A>;
  canExecute(call: Call): boolean;
  canReply(call: Call): boolean;
  execute(call: Call): void;
  reply(call: Call): void;
  lose(call: Call, loss: Loss): void;
  /** The actor is gone: what it sent is still executed, nobody is told. */
  orphan(actor: Actor): void;
  /** Forgets a request of nobody. */
  drop(call: Call): void;
}

export function createWire(executedTwice: (call: Call) => void): Wire {
  const calls: Call[] = [];

  const remove = (call: Call) => void removeFrom(calls, call);

  /** The call stands behind an earlier one of its connection. */
  const isBehind = (call: Call, blocks: (earlier: Call) => boolean): boolean => {
    for (const earlier of calls) {
      if (earlier === call) return false;
      if (earlier.lane === call.lane && !earlier.isOrphan && blocks(earlier)) return true;
    }
    return false;
  };

  const execute = (call: Call) => {
    if (call.isExecuted) executedTwice(call);
    call.isExecuted = true;
    call.execute();
    if (call.isOrphan) remove(call);
  };

  const lose = (call: Call, loss: Loss) => {
    if (loss === 'reply' && !call.isExecuted) call.execute();
    if (loss === 'late' && !call.isExecuted) call.isOrphan = true;
    else remove(call);
    call.lose();
  };

  return {
    calls,
    call(actor, label, lane, run, onLost) {
      return new Promise((resolve, reject) => {
        let answer: (() => void) | undefined;
        actor.calls += 1;
        calls.push({
          actor,
          number: actor.calls,
          label,
          lane,
          isExecuted: false,
          isOrphan: false,
          execute() {
            try {
              const value = run();
              answer = () => resolve(value);
            } catch (error) {
              answer = () => reject(error);
            }
          },
          reply: () => answer?.(),
          lose() {
            if (onLost) resolve(onLost());
            else reject(new Error(`no answer to ${label}`));
          },
        });
      });
    },
    canExecute: (call) => !call.isExecuted && (call.isOrphan || !isBehind(call, (earlier) => !earlier.isExecuted)),
    canReply: (call) => call.isExecuted && call.actor.isAlive && !call.actor.isPaused && !isBehind(call, () => true),
    execute,
    reply(call) {
      remove(call);
      call.reply();
    },
    lose(call, loss) {
      if (!calls.includes(call)) return;
      lose(call, loss);
      call.lane.broken?.(loss);
    },
    orphan(actor) {
      for (const call of calls.filter((one) => one.actor === actor)) {
        if (call.isExecuted) remove(call);
        else call.isOrphan = true;
      }
    },
    drop: remove,
  };
}
