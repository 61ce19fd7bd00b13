const EARLIEST_MS = Date.UTC(1000, 0);
const LATEST_MS = Date.UTC(10_000, 0) - 1;

/** RFC 3339, in UTC. What a source dated beyond the years that people write is shown at their edge. */
export function isoOf(atMs: number): string {
  return new Date(Math.min(Math.max(atMs, EARLIEST_MS), LATEST_MS)).toISOString();
}
