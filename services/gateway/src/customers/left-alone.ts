import { isLeftAlone } from '@holdfast/telecom';
import { ProblemError } from '../http/problem.ts';
import { CUSTOMER_PROBLEMS, RETRY_AFTER_SECONDS } from './customer-problems.ts';
import type { CustomerReader } from './customer-reader.ts';

/** Whether a customer wants to be left alone, as told so far; nobody does of whom nothing is known. Rejects with a problem where he cannot be looked at. */
export function createLeftAlone({ read }: Pick<CustomerReader, 'read'>) {
  return async (customerId: string): Promise<boolean> => {
    const answer = await read(customerId);
    if (answer.kind === 'away') {
      throw new ProblemError(CUSTOMER_PROBLEMS.away, RETRY_AFTER_SECONDS, { cause: new Error(answer.why) });
    }
    return answer.kind === 'found' && isLeftAlone(answer.customer.state);
  };
}
