/** The cluster or its topics are not what we can run on; somebody has to change something. */
export class KafkaConfigurationError extends Error {
  readonly code = 'kafka-configuration';
  readonly problem: string;
  readonly fix: string;

  constructor(problem: string, fix: string) {
    super(`${problem}; ${fix}`);
    this.name = 'KafkaConfigurationError';
    this.problem = problem;
    this.fix = fix;
  }
}

/** Any thrown value as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
