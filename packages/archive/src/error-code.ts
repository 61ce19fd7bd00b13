/** What the system calls an error: `ENOENT`, `EEXIST`, …; empty for one without a code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
