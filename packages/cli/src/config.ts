import type { Environment } from '@holdfast/observability';

/** The one place where the command looks at its environment; `addresses.ts` parses what it needs of it. */
export const environment: Environment = process.env;
