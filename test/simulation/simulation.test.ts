import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { onItsOwnTurn } from './drain.ts';
import { explore, replay, stage } from './explorer.ts';
import { SCENARIOS } from './scenarios.ts';

const SCHEDULES = 100_000;
const run = promisify(execFile);

describe('in a simulated world', () => {
  it(`keeps every promise in ${SCHEDULES} schedules of crashes, losses, zombies and rollbacks`, async () => {
    const script = join(import.meta.dirname, 'explore.ts');
    // What was found is said on its output, also where it ends with an error.
    const said = (error: unknown) => error as { readonly stdout: string };
    const { stdout } = await run(process.execPath, [script, '--schedules', String(SCHEDULES)]).catch(said);
    console.log(stdout.trim());
    expect(stdout).toContain(`${SCHEDULES} schedules from seed 1`);
    expect(stdout).toContain(' 0 violations');
  }, 1_800_000);

  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
    '%s: every promise holds',
    async (_, scenario) => {
      expect((await onItsOwnTurn(() => stage(scenario))).violation).toBeUndefined();
    },
  );

  it.each([3, 14, 159])('plays the schedule of seed %i again from it, and from its actions', (seed) =>
    onItsOwnTurn(() => {
      const first = explore(seed);
      expect(explore(seed)).toEqual(first);
      expect(replay(first, first.trace).trace).toEqual(first.trace);
    }),
  );
});
