import { type HttpAnswer, retryAfterMs } from '@holdfast/webhook';
import type { SendAnswer } from '../ports.ts';

/**
 * What an answer means. 401 and 403 speak of our credentials, not of the contact, so they wait for an operator. Other
 * answers of the 400s are final, but for those that ask for patience.
 */
export function classify(answer: HttpAnswer, nowMs: number): SendAnswer {
  if (answer.kind === 'error') return { kind: 'again', detail: answer.detail, isUnsent: answer.isUnsent };
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const detail = `http-${status}`;
  if (status < 500 && !PATIENCE.has(status) && !REFUSED_US.has(status)) return { kind: 'failed', detail };
  const isUnsent = status === 429 || REFUSED_US.has(status);
  const notBeforeMs = retryAfterMs(answer.retryAfter, nowMs);
  return { kind: 'again', detail, isUnsent, ...(notBeforeMs !== undefined && { notBeforeMs }) };
}

const PATIENCE: ReadonlySet<number> = new Set([408, 409, 425, 429]);
const REFUSED_US: ReadonlySet<number> = new Set([401, 403, 407]);
