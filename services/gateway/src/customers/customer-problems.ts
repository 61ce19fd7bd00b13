import type { UnknownName } from '@holdfast/telecom';
import { PROBLEM, type Problem } from '../http/problem.ts';

export const RETRY_AFTER_SECONDS = 5;

export const CUSTOMER_PROBLEMS = {
  unknown: {
    status: 404,
    code: 'unknown-customer',
    title: 'There is no such customer',
    detail: 'Check the id: no event that names it came in yet, it was erased, or it is outside of what you may see.',
  },
  away: {
    status: 503,
    code: 'customer-away',
    title: 'The customer cannot be looked up now',
    detail: 'Try again later; the store of the customers cannot be reached.',
  },
  unreadable: {
    status: 503,
    code: 'records-away',
    title: 'Records of the customer cannot be read now',
    detail:
      'Try again later; the schema registry cannot be reached, and an export that lacks them would not be complete.',
  },
  noErasureKey: {
    status: 503,
    code: 'no-erasure-key',
    title: 'Nobody can be erased here',
    detail: 'Whoever runs this gateway sets HOLDFAST_ERASURE_KEY to the secret the workers have.',
  },
  foreignErasureKey: {
    status: 503,
    code: 'foreign-erasure-key',
    title: 'Nobody can be erased here',
    detail: 'HOLDFAST_ERASURE_KEY of this gateway is not the one the workers have; whoever runs it sets it right.',
  },
  notAppended: {
    status: 503,
    code: 'log-away',
    title: 'The log did not take it',
    detail: 'Try again later; it may or may not be there, and doing it twice does no harm.',
  },
  notForgotten: {
    status: 503,
    code: 'not-forgotten',
    title: 'Not everything was forgotten',
    detail: 'The erasure is in the log; ask for it again until all other stores have forgotten the customer, too.',
  },
  otherDesks: {
    status: 403,
    code: 'other-desks',
    title: 'An erasure reaches every desk',
    detail: 'Use a key or token that is not bound to desks.',
  },
  unknownErasure: {
    status: 404,
    code: 'unknown-erasure',
    title: 'There is no such erasure',
    detail: 'Use the id that the erasure was answered with.',
  },
} as const satisfies Record<string, Problem>;

/** Answers that every route about a customer may give. */
export const COMMON_ANSWERS = {
  400: PROBLEM.describe('The request breaks its contract'),
  404: PROBLEM.describe('There is no such customer, or you may not see him'),
  503: PROBLEM.describe('The customer cannot be looked up, or the look not be noted; try again after Retry-After'),
} as const;

/** A question that names what the policy does not have. */
export function unknownNameProblem({ kind, name, known }: UnknownName): Problem {
  return {
    status: 400,
    code: 'unknown-name',
    title: `The policy has no such ${kind}`,
    detail: `There is no ${kind} ${JSON.stringify(name)}; there are ${known.slice(0, 100).join(', ')}.`,
  };
}
