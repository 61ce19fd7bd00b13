import type { Logger } from './logger.ts';

/** One step of going away, e.g. `stop taking requests`. */
export interface ShutdownStep {
  readonly name: string;
  run(): Promise<void> | void;
}

export interface ShutdownOptions {
  readonly logger: Logger;
  /** For all steps together, ms; after it the process ends with code 1 whatever is still open. */
  readonly deadlineMs?: number;
  /** Ends the process; an argument so that the order can be watched. */
  readonly exit?: (code: number) => void;
}

export interface Shutdown {
  /** Goes away now; a second call waits for the first. `code` is the exit code when every step succeeds. */
  begin(reason: string, code?: number): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 15_000;

/** Runs the steps in order on SIGTERM or SIGINT. A step that fails is logged and the next one runs. */
export function onShutdown(steps: readonly ShutdownStep[], options: ShutdownOptions): Shutdown {
  const exit = options.exit ?? ((code: number) => process.exit(code));
  let going: Promise<void> | undefined;
  const begin = (reason: string, code = 0): Promise<void> => {
    going ??= goAway(steps, { ...options, exit, reason, code });
    return going;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void begin(signal));
  return { begin };
}

async function goAway(
  steps: readonly ShutdownStep[],
  options: ShutdownOptions & { exit: (code: number) => void; reason: string; code: number },
): Promise<void> {
  const { logger, reason } = options;
  const deadlineMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
  logger.info({ reason }, 'stopping');
  const timer = setTimeout(() => {
    logger.error({ deadlineMs }, 'stopping took too long');
    options.exit(1);
  }, deadlineMs);
  let code = options.code;
  for (const [index, step] of steps.entries()) {
    try {
      await step.run();
      logger.debug({ step: index + 1, what: step.name }, 'stopped');
    } catch (error) {
      code = 1;
      logger.error({ step: index + 1, what: step.name, err: error }, 'stopping failed');
    }
  }
  clearTimeout(timer);
  logger.info({ reason, code }, 'stopped');
  options.exit(code);
}
