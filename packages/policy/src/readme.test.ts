import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { telecom } from '../test/telecom-contract.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';
import { POLICY_FILE } from './language.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];

/** What the example refers to. */
const OFFER = 'title: T, category: retention, value: 30, propensity: 0.5, validFor: 7d';
const BASE = `
currency: CNY
triggers: { gone_quiet: { absence: { of: UsageRecorded, for: 7d }, reason: r } }
offers:
  care_call: { ${OFFER}, channels: [call-centre] }
  data_top_up: { ${OFFER}, channels: [sms, app-push, call-centre] }
calendars: { china: [2026-10-01..2026-10-07] }
calendar: china
`;

describe('the README', () => {
  it('has an example that compiles without a warning', () => {
    const answer = compilePolicy({ 'base.yaml': BASE, 'readme.yaml': example }, telecom);
    expect((answer.kind === 'ok' ? answer.warnings : answer.diagnostics).map(formatDiagnostic)).toEqual([]);
    expect(answer.kind === 'ok' && answer.policy.campaigns.get('quiet_customers')?.steps).toHaveLength(2);
  });

  it('speaks of every section and setting', () => {
    const told = new Set([...README.matchAll(/`([$a-z-]+)[:`]/g)].map(([, word]) => word));
    expect(Object.keys(POLICY_FILE.keys).filter((key) => !told.has(key))).toEqual([]);
  });
});
