import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { compilePolicy, DEFAULT_DEADLINES, formatDiagnostic, OTHER_TIER, workDeadlineMs } from './index.ts';

const HOUR = 3_600_000;
const TIERS = 'tiers: { key: { when: "segment(\'high_value\')" } }';
const withMarket = (...lines: readonly string[]) => ({ ...PACK, 'policy/market.yaml': lines.join('\n') });

function problems(...lines: readonly string[]): string {
  const answer = compilePolicy(withMarket(...lines), contract);
  return answer.kind === 'ok' ? '' : answer.diagnostics.map(formatDiagnostic).join('\n');
}

describe('work', () => {
  it.each(['', 'work: {}'])('has the usual deadlines and no turns for "%s"', (text) => {
    const { work } = compiled(withMarket(text));
    expect(work).toMatchObject({ managerFirstMs: 0, teamFirstMs: 0 });
    expect(workDeadlineMs(work, 'key', 'service')).toBe(DEFAULT_DEADLINES.service);
  });

  it('has a deadline by tier and category, else that of other, else the usual one', () => {
    const { work } = compiled(
      withMarket(
        TIERS,
        'work:',
        '  deadlines: { key: { retention: 4h }, other: { service: 2h } }',
        '  managerFirst: 1h',
        '  teamFirst: 30m',
      ),
    );
    const table = [
      ['key', 'retention', 4],
      ['key', 'service', 2],
      ['key', 'cross-sell', 72],
      ['standard', 'service', 2],
      [OTHER_TIER, 'retention', 24],
      ['', 'a category of a later release', 24],
    ] as const;
    for (const [tier, category, hours] of table) expect(workDeadlineMs(work, tier, category)).toBe(hours * HOUR);
    expect(work).toMatchObject({ managerFirstMs: HOUR, teamFirstMs: HOUR / 2 });
  });

  it.each([
    ['work: { deadlines: { key: { retention: 4h }, gold: { service: 1h } } }', 'there is no tier "gold"'],
    ['work: { deadlines: { key: { retention: soon } } }', 'retention must be'],
    ['work: { deadlines: { key: { upsell: 1h } } }', 'upsell'],
    ['work: { deadlines: [ 1h ] }', 'deadlines must be a map'],
    ['work: { managerFirst: 1s }', 'managerFirst must be'],
  ])('"%s" is refused', (text, expected) => {
    expect(problems(TIERS, text)).toContain(expected);
  });
});
