import { CUSTOMER_PROBLEMS } from '../customers/customer-problems.ts';
import type { Problem } from '../http/problem.ts';
import type { OutcomeAnswer } from './outcome.ts';

export interface OutcomeRefusal {
  readonly problem: Problem;
  /** Giving it again under the same name helps. */
  readonly isTransient: boolean;
}

/** What an outcome that was not recorded is answered with. */
export function refusalOf(answer: Exclude<OutcomeAnswer, { kind: 'recorded' }>): OutcomeRefusal {
  switch (answer.kind) {
    case 'unknown-customer':
      return { problem: CUSTOMER_PROBLEMS.unknown, isTransient: false };
    case 'unknown-contact':
      return { problem: UNKNOWN_CONTACT, isTransient: false };
    case 'refused':
      return { problem: refused(answer.field, answer.message), isTransient: false };
    case 'unavailable':
      return { problem: { ...UNAVAILABLE, title: capital(answer.message) }, isTransient: true };
  }
}

const UNKNOWN_CONTACT: Problem = {
  status: 404,
  code: 'unknown-contact',
  title: 'The customer has no such contact',
  detail: 'Use the contactId of the alert, the item or the recommendation; it is kept for 30 days at least.',
};

const UNAVAILABLE = { status: 503, code: 'unavailable', detail: 'Give it again under the same name; it counts once.' };

function refused(field: string, message: string): Problem {
  const detail = field === '' ? capital(message) : `${field} ${message}.`;
  return { status: 422, code: 'outcome-refused', title: 'The outcome cannot be recorded', detail };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
