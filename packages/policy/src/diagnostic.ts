import type { Diagnostic } from './model.ts';
import { nearest } from './nearest.ts';

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Collects findings while a policy is compiled. */
export interface Reporter {
  readonly diagnostics: readonly Diagnostic[];
  error(place: Place, message: string): void;
  warning(place: Place, message: string): void;
  /** `unknown <what> "<name>"`, with the nearest of the known names. */
  unknown(place: Place, what: string, name: string, known: Iterable<string>): void;
  readonly hasErrors: boolean;
}

export function createReporter(): Reporter {
  const diagnostics: Diagnostic[] = [];
  const add = (severity: Diagnostic['severity'], { file, line, column }: Place, message: string, suggestion?: string) =>
    diagnostics.push({ severity, file, line, column, message, ...(suggestion === undefined ? {} : { suggestion }) });
  return {
    diagnostics,
    error: (place, message) => void add('error', place, message),
    warning: (place, message) => void add('warning', place, message),
    unknown: (place, what, name, known) => void add('error', place, `unknown ${what} "${name}"`, nearest(name, known)),
    get hasErrors() {
      return diagnostics.some(({ severity }) => severity === 'error');
    },
  };
}

/** One line as compilers write it: `file:line:column severity: message; did you mean "…"?` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, suggestion } = diagnostic;
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${file}:${line}:${column} ${severity}: ${message}${hint}`;
}
