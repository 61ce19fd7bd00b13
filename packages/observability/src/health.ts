import { errorMessage } from './error-description.ts';

export type CheckAnswer =
  /** `note`: it works, and somebody should look. */
  { readonly ok: true; readonly note?: string } | { readonly ok: false; readonly reason: string };
export type Check = () => CheckAnswer | Promise<CheckAnswer>;
export type Probe = 'liveness' | 'readiness';

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: Readonly<Record<string, CheckAnswer>>;
}

/** Named checks behind `/livez` (restart me?) and `/readyz` (send me work?). */
export interface Health {
  liveness(name: string, check: Check): void;
  readiness(name: string, check: Check): void;
  /** From now on not ready, for this reason: the process is going away. */
  drain(reason: string): void;
  report(probe: Probe): Promise<HealthReport>;
}

export interface HealthOptions {
  /** A check that has not answered by then has failed, ms. */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 2_000;

export function createHealth(options: HealthOptions = {}): Health {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const checks: Record<Probe, Map<string, Check>> = { liveness: new Map(), readiness: new Map() };
  return {
    liveness: (name, check) => void checks.liveness.set(name, check),
    readiness: (name, check) => void checks.readiness.set(name, check),
    drain: (reason) => void checks.readiness.set('draining', () => ({ ok: false, reason })),
    async report(probe) {
      const entries = [...checks[probe]].map(
        async ([name, check]) => [name, await answerOf(check, timeoutMs)] as const,
      );
      const answers = Object.fromEntries(await Promise.all(entries));
      return { ok: Object.values(answers).every((answer) => answer.ok), checks: answers };
    },
  };
}

/** A check that throws or hangs has failed; its error becomes the reason. */
async function answerOf(check: Check, timeoutMs: number): Promise<CheckAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<CheckAnswer>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, reason: `no answer within ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return await Promise.race([Promise.resolve().then(check), late]);
  } catch (error) {
    return { ok: false, reason: errorMessage(error) };
  } finally {
    clearTimeout(timer);
  }
}
