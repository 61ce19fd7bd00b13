import type { Problem } from '../http/problem.ts';
import { refusalOf } from '../outcomes/outcome-problem.ts';
import type { NotInteracted } from './interacting.ts';

export interface InteractionRefusal {
  readonly problem: Problem;
  readonly isTransient: boolean;
}

/** What an interaction that was not taken, or is not shown, is answered with. */
export function problemOf(answer: NotInteracted): InteractionRefusal {
  switch (answer.kind) {
    case 'no-customer':
      return { problem: NO_CUSTOMER, isTransient: false };
    case 'absent':
      return { problem: ABSENT, isTransient: false };
    case 'changed':
      return { problem: CHANGED, isTransient: false };
    case 'refused':
      return { problem: { ...REFUSED, detail: answer.message }, isTransient: false };
    case 'unavailable':
    case 'unknown-customer':
    case 'unknown-contact':
      return refusalOf(answer);
  }
}

const NO_CUSTOMER: Problem = {
  status: 400,
  code: 'customer-not-named',
  title: 'The interaction is not with one customer',
  detail:
    'Send relatedParty with the id of the customer and the role "customer"; an interaction stays with its customer.',
};

const ABSENT: Problem = {
  status: 404,
  code: 'no-such-interaction',
  title: 'There is no such interaction',
  detail:
    'Interactions are kept for 30 days after their last change, and seen by the desks that their customer belongs to.',
};

const CHANGED: Problem = {
  status: 409,
  code: 'interaction-changed',
  title: 'Somebody else has changed the interaction',
  detail: 'Read it again and send your change again.',
};

const REFUSED = { status: 400, code: 'interaction-refused', title: 'The interaction cannot be taken as it is' };
