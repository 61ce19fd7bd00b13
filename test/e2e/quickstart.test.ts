import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { runPage } from '@holdfast/testkit/page-runner';
import { describe, inject, it } from 'vitest';
import { ROOT, STATE_DIR, stackEnvironment } from '../../infra/stack/index.mjs';

/** A whole system is started while other tests may have the machine. */
const START_WITHIN_MS = 150_000;

// The pages start a system of their own, as their readers do.
describe.runIf(!process.env.HOLDFAST_E2E_GATEWAY_URL)('a reader of a quick start', () => {
  it.each(['billing', 'desktop'])('sees what the page QUICKSTART-%s says he sees', async (name) => {
    rmSync(join(STATE_DIR, 'quickstart'), { recursive: true, force: true });
    const environment = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NO_COLOR: '1',
      ...stackEnvironment(inject('stack')),
    };
    await runPage(join(ROOT, 'services', 'gateway', `QUICKSTART-${name}.md`), {
      cwd: ROOT,
      environment,
      withinMs: START_WITHIN_MS,
    });
  });
});
