/** ok: as it should be. warn: works, or not set up yet. fail: Holdfast cannot run like this. */
export type Verdict = 'ok' | 'warn' | 'fail';

export interface Finding {
  readonly verdict: Verdict;
  /** What was found, in one line. */
  readonly found: string;
  /** What to do about it; empty when there is nothing to do. */
  readonly fix: string;
}

/** One thing the doctor looks at. It never throws for what it looks at: that is a finding. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<Finding>;
}

export interface CheckResult extends Finding {
  readonly name: string;
}

export function ok(found: string): Finding {
  return { verdict: 'ok', found, fix: '' };
}

export function warn(found: string, fix: string): Finding {
  return { verdict: 'warn', found, fix };
}

export function fail(found: string, fix: string): Finding {
  return { verdict: 'fail', found, fix };
}

/** Runs the checks side by side and keeps their order. A check that throws has found that it cannot tell. */
export function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  return Promise.all(checks.map(async (check) => ({ name: check.name, ...(await attempt(check)) })));
}

/** One line per check, its fix below where there is one, and the sum. */
export function describeResults(results: readonly CheckResult[]): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const lines = results.flatMap(({ name, verdict, found, fix }) => {
    const line = `${verdict.padEnd(4)} ${name.padEnd(width)}  ${found}`;
    return fix ? [line, `${' '.repeat(width + 7)}fix: ${fix}`] : [line];
  });
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length;
  return `${[...lines, `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`].join('\n')}\n`;
}

/** 1 when anything failed; what is only to look at does not count. */
export function exitCodeOf(results: readonly CheckResult[]): number {
  return results.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
}

async function attempt(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    return fail(`could not be checked: ${error instanceof Error ? error.message : String(error)}`, '');
  }
}
