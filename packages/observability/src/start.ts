import { ConfigError } from './config.ts';
import { createLogger } from './logger.ts';

/** `EX_CONFIG` of sysexits: starting again without a change of settings is senseless. */
const EXIT_CONFIG = 78;

/**
 * Runs the `main` of a service. What keeps it from starting is one log line, and the exit code: 78 for a configuration that
 * cannot be used, 1 for the rest.
 */
export async function startService(service: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const logger = createLogger({ service });
    const isConfiguration = error instanceof ConfigError;
    if (isConfiguration) logger.fatal({ problems: error.problems }, 'the configuration cannot be used');
    else logger.fatal({ err: error }, 'cannot start');
    process.exit(isConfiguration ? EXIT_CONFIG : 1);
  }
}
