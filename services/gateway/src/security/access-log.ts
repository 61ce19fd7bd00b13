import { randomUUID } from 'node:crypto';
import type { EventInput } from '@holdfast/events';
import { PROBLEMS, ProblemError } from '../http/problem.ts';
import { actingAgent } from './acting-agent.ts';
import type { Audit, PersonalAccess } from './audit.ts';

export interface AccessLogDeps {
  /** Appends to the log; false when it was not acknowledged. Never rejects. */
  append(event: EventInput<'PersonalDataAccessed'>): Promise<boolean>;
  /** Names a customer without saying who he is. */
  pseudonym(customerId: string): string;
  now(): number;
  /** How long a request waits for the log, ms. Default 3 s. */
  readonly timeoutMs?: number;
}

const SOURCE = 'holdfast.gateway';
const RETRY_AFTER_SECONDS = 5;
const DEFAULT_TIMEOUT_MS = 3_000;

/** Notes who looks at whom in the log of accesses. Rejects with a problem when that is away, so that nothing is shown. */
export function createAccessLog({ append, pseudonym, now, timeoutMs = DEFAULT_TIMEOUT_MS }: AccessLogDeps): Audit {
  return async (request, access) => {
    const { principal } = request;
    if (principal === null) throw new Error('nobody is known on a public route');
    const isNoted = await inTime(
      timeoutMs,
      append({
        type: 'PersonalDataAccessed',
        eventId: randomUUID(),
        source: SOURCE,
        occurredAt: now(),
        actor: principal.id,
        agent: actingAgent(request),
        roles: [...principal.roles],
        action: access.action,
        // The pattern: the address itself holds the customer's id.
        route: `${request.method} ${request.routeOptions.url ?? ''}`,
        requestId: request.id,
        ...subjectsOf(access, pseudonym),
      }),
    );
    if (!isNoted) throw new ProblemError(PROBLEMS.auditAway, RETRY_AFTER_SECONDS);
  };
}

function subjectsOf({ customerId }: PersonalAccess, pseudonym: AccessLogDeps['pseudonym']) {
  if (typeof customerId === 'string') return { subject: pseudonym(customerId), subjects: [] };
  return { subject: '', subjects: [...new Set(customerId)].map(pseudonym) };
}

/** False when it takes too long. What is noted after that tells of a look that showed nothing: the safe side. */
async function inTime(timeoutMs: number, noting: Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([noting, late]);
  } finally {
    clearTimeout(timer);
  }
}
