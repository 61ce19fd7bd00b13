import type { Problem } from '../http/problem.ts';

/** How soon it is worth asking again. */
export const RETRY_AFTER_SECONDS = 2;

export const NOT_NAMED: Problem = {
  status: 422,
  code: 'customer-not-named',
  title: 'The request names no customer',
  detail: 'Send relatedParty with the id of the customer and the role "customer".',
};
export const AWAY: Problem = {
  status: 503,
  code: 'recommendations-away',
  title: 'Customers cannot be looked at now',
  detail: 'Try again later.',
};
export const BUSY: Problem = {
  status: 503,
  code: 'recommendations-busy',
  title: 'Too many recommendations are being made',
  detail: 'Try again later, or ask with instantSyncRecommendation.',
};
export const NO_RECOMMENDATION: Problem = {
  status: 404,
  code: 'no-such-recommendation',
  title: 'There is no such recommendation',
  detail: 'Recommendations are kept for a day, and shown to who asked for them and to supervisors.',
};
