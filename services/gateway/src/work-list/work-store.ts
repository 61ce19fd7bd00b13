import type { WorkAnswer, WorkList } from '@holdfast/redis';
import { ProblemError } from '../http/problem.ts';
import { WORK_PROBLEMS } from './work-problems.ts';

/** What the routes ask of the work list. */
export type WorkStore = Pick<
  WorkList,
  'open' | 'read' | 'claim' | 'claimNext' | 'renew' | 'release' | 'snooze' | 'handOver' | 'finish' | 'reopen' | 'search'
>;

/** What a client is to wait while the store is away. */
const AWAY_RETRY_SECONDS = 2;
/** What the store made of a change; that it waits for the log is a problem, not an answer. */
export type StoreAnswer = Exclude<WorkAnswer, { readonly kind: 'full' }>;

/** A broker that was away for long takes what waited in some seconds. */
const FULL_RETRY_SECONDS = 5;

/**
 * Asks the store; rejects with the answer for a store that cannot be reached, where what was asked may or may not have been
 * done, and for one that waits for the log, where it was not; asking again is safe. With a `RangeError` for a defect of ours.
 */
export async function ask<T>(call: Promise<T>): Promise<Exclude<T, { readonly kind: 'full' }>> {
  try {
    const answer = await call;
    if (isFull(answer)) throw new ProblemError(WORK_PROBLEMS.full, FULL_RETRY_SECONDS);
    return answer as Exclude<T, { readonly kind: 'full' }>;
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    if (error instanceof RangeError) throw error;
    throw new ProblemError(WORK_PROBLEMS.away, AWAY_RETRY_SECONDS, { cause: error });
  }
}

function isFull(answer: unknown): boolean {
  return typeof answer === 'object' && answer !== null && 'kind' in answer && answer.kind === 'full';
}
