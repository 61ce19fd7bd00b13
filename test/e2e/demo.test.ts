import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { ROOT, stackEnvironment } from '../../infra/stack/index.mjs';

const run = promisify(execFile);
const HOLDFAST = join(ROOT, 'packages', 'cli', 'src', 'main.ts');
const PLAYS = [
  'bundle_running_out',
  'failed_calls',
  'gone_quiet',
  'home_broadband',
  'suspension_requested',
  'usage_halved',
];

type Funnel = { readonly campaign: string } & Readonly<
  Record<'contacts' | 'delivered' | 'presented' | 'accepted' | 'rejected', number>
>;

function presentedAt({
  tally,
}: {
  readonly tally: Readonly<Record<string, Readonly<Record<string, number>>>>;
}): number {
  return Object.values(tally).reduce((sum, { OfferPresented = 0 }) => sum + OfferPresented, 0);
}

/** Runs `holdfast` as a user would, on the run's stack. */
async function holdfast(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, ...stackEnvironment(inject('stack')) };
  const { stdout } = await run(process.execPath, [HOLDFAST, ...args], { env, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

// A system that is up already has its own workers: their figures would mix with the demo's.
describe.runIf(!process.env.HOLDFAST_E2E_GATEWAY_URL)('the demo', () => {
  it('replays a population whose truth is known, and says what came of it in one JSON text', async () => {
    const summary = JSON.parse(await holdfast('demo', '--json', '--source', 'generated', '--events', '4000'));
    expect(summary).toMatchObject({ source: expect.stringContaining('generated'), deadLetters: 0 });
    expect(summary.events).toBeGreaterThan(1_000);
    expect(summary.events).toBeLessThanOrEqual(4_000 + 200);
    expect(summary.customers).toBeGreaterThan(10);
    expect(Object.keys(summary.byPlay).filter((play) => !PLAYS.includes(play))).toEqual([]);
    const decided = Object.values<number>(summary.byPlay).reduce((sum, count) => sum + count, 0);
    expect(summary.decisions).toBe(decided);
    expect(decided).toBeGreaterThan(0);
    expect(summary.eventsPerSecond).toBeGreaterThan(0);
    expect(summary.p99Ms).toBeGreaterThanOrEqual(summary.p50Ms);
    expect(presentedAt(summary.desk)).toBeGreaterThan(0);
    expect(summary.desk.open).toBe(0);
    const campaigns = summary.campaigns.filter(({ campaign }: Funnel) => campaign !== 'universal');
    const presented = campaigns.reduce((sum: number, funnel: Funnel) => sum + funnel.presented, 0);
    expect(presented).toBe(presentedAt(summary.desk));
    for (const { contacts, delivered, presented: told, accepted, rejected } of campaigns) {
      expect([contacts >= delivered, delivered >= told, told >= accepted + rejected]).toEqual([true, true, true]);
    }
  });
});

describe.runIf(!process.env.HOLDFAST_E2E_GATEWAY_URL)('the command', () => {
  it('finds the default policy without fault, and lists dead letters', async () => {
    expect(JSON.parse(await holdfast('policy', 'lint', '--json'))).toMatchObject({ diagnostics: [] });
    expect(JSON.parse(await holdfast('dead-letters', '--json'))).toEqual({ deadLetters: [] });
  });
});
