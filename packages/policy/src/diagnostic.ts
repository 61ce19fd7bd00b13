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
  readonly errorCount: number;
  /** Tokens and nodes looked at so far: what compiling costs, whatever machine does it. */
  readonly work: number;
  /** Counts work about to be done; false, and an error at the place, when there was too much already. */
  spend(units: number, place: Place): boolean;
}

/** More findings than anybody reads; those beyond are dropped, and the last one says so. */
const MAX_DIAGNOSTICS = 1_000;
/** Looking for the nearest name compares with all of them: after so many the author knows what is wrong. */
const MAX_SUGGESTIONS = 100;
/** A policy of a thousand rules takes some 200,000. */
const MAX_WORK = 5_000_000;
/** Characters of an author's text in a message. */
const SHOWN_LENGTH = 120;

export function createReporter(): Reporter {
  const diagnostics: Diagnostic[] = [];
  let errorCount = 0;
  let work = 0;
  let unknowns = 0;
  const add = (severity: Diagnostic['severity'], place: Place, message: string, suggestion?: string): void => {
    if (severity === 'error') errorCount += 1;
    if (diagnostics.length > MAX_DIAGNOSTICS) return;
    const { file, line, column } = place;
    const isLast = diagnostics.length === MAX_DIAGNOSTICS;
    const text = isLast ? `more than ${MAX_DIAGNOSTICS} findings: the rest is left out` : message;
    const hint = suggestion === undefined || isLast ? {} : { suggestion };
    diagnostics.push({ severity, file, line, column, message: text, ...hint });
  };
  return {
    diagnostics,
    error: (place, message) => void add('error', place, message),
    warning: (place, message) => void add('warning', place, message),
    unknown(place, what, name, known) {
      unknowns += 1;
      const suggestion = unknowns > MAX_SUGGESTIONS ? undefined : nearest(name, known);
      add('error', place, `unknown ${what} "${name.slice(0, SHOWN_LENGTH)}"`, suggestion);
    },
    get errorCount() {
      return errorCount;
    },
    get work() {
      return work;
    },
    spend(units, place) {
      const isWithin = work <= MAX_WORK;
      work += units;
      if (isWithin && work > MAX_WORK)
        add('error', place, `the policy is too large: its check takes more than ${MAX_WORK} steps`);
      return work <= MAX_WORK;
    },
  };
}

/** Errors first, then by place. */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const rank = ({ severity }: Diagnostic): number => (severity === 'error' ? 0 : 1);
  return [...diagnostics].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      (left.file < right.file ? -1 : left.file > right.file ? 1 : 0) ||
      left.line - right.line ||
      left.column - right.column,
  );
}

/** One line as compilers write it: `file:line:column severity: message; did you mean "…"?` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, line, column, severity, message, suggestion } = diagnostic;
  const hint = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`;
  return `${file}:${line}:${column} ${severity}: ${message}${hint}`;
}
