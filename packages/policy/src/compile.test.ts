import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK, packWith } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';

const FEATURES = 'policy/features.yaml';
const TRIGGERS = 'policy/triggers.yaml';
const OFFERS = 'policy/offers.yaml';

function problems(files: Readonly<Record<string, string>>): readonly string[] {
  const answer = compilePolicy(files, contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

describe('a policy without mistakes', () => {
  const policy = compiled();

  it('has its triggers by event type and by absence, in file order', () => {
    const ids = policy.triggersOn('UsageRecorded').map(({ id }) => id);
    expect(ids).toEqual(['bundle_running_out', 'usage_halved', 'failed_calls']);
    expect(policy.absencesOf('UsageRecorded')).toMatchObject([
      { id: 'gone_quiet', absence: { of: 'UsageRecorded', forMs: 604_800_000 }, freshnessMs: 86_400_000 },
    ]);
    expect(policy.triggersOn('BillPaid')).toEqual([]);
  });

  it('has money in minor units, times in ms and shares as fractions', () => {
    expect(policy.offers.get('data_top_up')).toMatchObject({
      valueMinor: 1250,
      costMinor: 150,
      currency: 'CNY',
      propensity: 0.12,
      validForMs: 259_200_000,
      channels: ['sms', 'call-centre'],
      script: 'top_up',
    });
    expect(policy.holdout).toEqual({ share: 0.1, salt: 'universal-1' });
    expect(policy.contactPolicy).toEqual({
      caps: [
        { max: 2, perMs: 604_800_000 },
        { max: 1, perMs: 86_400_000, channel: 'sms', category: 'cross-sell' },
      ],
      minimumGapMs: 86_400_000,
      cooldownMs: 2_592_000_000,
      acceptanceCooldownMs: 0,
      quietHours: [
        {
          channels: ['sms'],
          days: [1, 2, 3, 4, 5, 6, 7],
          holidays: 'any',
          startMinute: 1_260,
          endMinute: 540,
          otherwise: 'defer',
        },
      ],
      exempt: ['service'],
    });
  });

  it('asks for a second person unless it says otherwise', () => {
    expect(policy.approval).toBe('second-person');
    expect(compiled({ ...PACK, 'a.yaml': 'approval: none' }).approval).toBe('none');
  });

  it('lists live campaigns only under their triggers, without no_action', () => {
    expect(policy.campaignsFor('gone_quiet')).toMatchObject([
      { id: 'save', offers: ['data_top_up', 'care_call'], driver: 'churn-risk', kind: 'marketing' },
    ]);
    expect(policy.campaigns.get('drafted')).toMatchObject({ stage: 'draft', holdout: 0 });
  });

  it('has latches with their levels', () => {
    expect(policy.triggers.get('bundle_running_out')?.latches).toEqual([
      { feature: 'data_share_used', level: 0.8, rearm: 0.8 * 0.9, direction: 'up' },
    ]);
    expect(policy.triggers.get('failed_calls')?.latches[0]?.rearm).toBe(2);
  });

  it('has texts by language, one text standing for the first language', () => {
    expect(policy.scripts.get('top_up')?.text.zh).toBe('再加两个G');
    expect(policy.offers.get('care_call')?.title).toEqual({ en: 'Care call' });
    expect(policy.languages).toEqual(['en', 'zh']);
  });

  it('divides windows into tiles that also divide the offset', () => {
    const windows = Object.fromEntries(policy.features.definitions.map(({ name, window }) => [name, window]));
    expect(windows.uses_past).toEqual({
      kind: 'sliding',
      lengthMs: 21 * 86_400_000,
      hopMs: 86_400_000,
      offsetMs: 7 * 86_400_000,
    });
    expect(windows.uses_7d).toMatchObject({ hopMs: 6 * 3_600_000 });
  });

  it('is addressed by its content, whatever the line ends', () => {
    expect(policy.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    const windows = Object.fromEntries(
      Object.entries(PACK).map(([path, text]) => [path, text.replaceAll('\n', '\r\n')]),
    );
    expect(compiled(windows).version).toBe(policy.version);
    expect(compiled(packWith(OFFERS, '12.50', '12.60')).version).not.toBe(policy.version);
  });

  it('has no campaign under a name that figures of something else go by', () => {
    const answer = compilePolicy(PACK, { ...contract, takenCampaigns: [...policy.campaigns.keys()].slice(0, 1) });
    expect(answer.kind === 'invalid' ? answer.diagnostics.map(formatDiagnostic) : answer).toEqual([
      expect.stringMatching(/error: figures of something else go by the name "\w+": no campaign can have it$/),
    ]);
  });

  it('has campaigns that answer whoever asks, and nobody else can be called so', () => {
    const asked = { ...contract, requestTriggers: ['agent_request'] };
    const answer = compilePolicy(
      packWith(OFFERS, 'suspension_requested]', 'suspension_requested, agent_request]'),
      asked,
    );
    if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
    expect(answer.policy.campaignsFor('agent_request')).toHaveLength(1);
    expect(answer.policy.triggers.has('agent_request')).toBe(false);
    const taken = compilePolicy(PACK, { ...contract, requestTriggers: ['gone_quiet'] });
    expect(taken.kind === 'invalid' ? taken.diagnostics.map(formatDiagnostic) : taken).toEqual([
      expect.stringMatching(/triggers.yaml.*error: "gone_quiet" is there without being declared: it is whoever asks$/),
    ]);
  });

  it('warns of what no campaign uses', () => {
    const answer = compilePolicy(packWith(OFFERS, 'failed_calls, ', ''), contract);
    expect(answer.kind === 'ok' ? answer.warnings.map(formatDiagnostic) : answer).toEqual([
      'policy/triggers.yaml:23:3 warning: trigger "failed_calls" is in no campaign',
    ]);
  });
});

describe('a mistake is told with its place and the nearest name', () => {
  it.each([
    [
      FEATURES,
      'from: UsageRecorded, where',
      'from: UsageRecordd, where',
      '3:26 error: unknown event type "UsageRecordd"; did you mean "UsageRecorded"?',
    ],
    [
      FEATURES,
      'sum: quantityMb',
      'sum: quantityMB',
      '3:69 error: unknown field of UsageRecorded "quantityMB"; did you mean "quantityMb"?',
    ],
    [FEATURES, "kind == 'DATA'", "kind == 'DTA'", '3:56 error: unknown value "DTA"; did you mean "DATA"?'],
    [FEATURES, 'sum: quantityMb', 'sum: zone', '3:69 error: sum needs a field with a number, "zone" is a string'],
    [
      FEATURES,
      'window: cycle',
      'window: month',
      '3:89 error: window must be a duration such as 24h or 7d, or cycle, or ever',
    ],
    [
      FEATURES,
      'data_mb_cycle / data',
      'data_mb_cicle / data',
      '4:28 error: unknown feature or attribute "data_mb_cicle"; did you mean "data_mb_cycle"?',
    ],
    [
      FEATURES,
      'data_mb_cycle / data_allowance_mb',
      'data_share_used + 1',
      '4:28 error: feature "data_share_used" is defined by itself: feature "data_share_used" → feature "data_share_used"',
    ],
    [
      FEATURES,
      "kind == 'VOICE' && failed",
      "kind == 'VOICE' && faild",
      '7:31 error: unknown field of UsageRecorded "faild"; did you mean "failed"?',
    ],
    [
      TRIGGERS,
      'crossed(data_share_used',
      'crossed(data_shared_used',
      '7:19 error: unknown feature or attribute "data_shared_used"; did you mean "data_share_used"?',
    ],
    [TRIGGERS, 'days_left_in_cycle > 5', "days_left_in_cycle > '5'", '7:44 error: no such overload: number > string'],
    [TRIGGERS, 'days_left_in_cycle > 5', 'days_left_in_cycle >', '7:63 error: Unexpected token: EOF'],
    [
      TRIGGERS,
      'days_left_in_cycle > 5',
      'days_left_in_cycle',
      "7:11 error: Logical operator requires condition operands, got 'number'",
    ],
    [
      TRIGGERS,
      'freshness: 15m',
      'freshness: 15 minutes',
      '8:16 error: freshness must be a duration such as 15m, 72h or 7d, up to 400d',
    ],
    [
      TRIGGERS,
      'freshness: 15m',
      'freshnes: 15m',
      '8:5 error: unknown key of a trigger "freshnes"; did you mean "freshness"?',
    ],
    [
      TRIGGERS,
      '{data_share_used} of',
      '{data_share_usd} of',
      '11:13 error: unknown placeholder "data_share_usd"; did you mean "data_share_used"?',
    ],
    [TRIGGERS, '      zh:', '      zz:', '12:7 error: unknown language "zz"; did you mean "zh"?'],
    [
      TRIGGERS,
      "segment('high_value')",
      "segment('high_valu')",
      '20:19 error: unknown segment "high_valu"; did you mean "high_value"?',
    ],
    [TRIGGERS, 'occasion: silence', 'occasion: event.requestId', '21:15 error: unknown occasion "event.requestId"'],
    [
      TRIGGERS,
      'crossed(failed_calls_7d, 5, 2)',
      'crossed(failed_calls_7d, 5, 6)',
      '25:19 error: crossed would arm again at 6 while it still fires',
    ],
    [
      TRIGGERS,
      "tier in ['high-value', 'key']",
      'event.kind == "DATA"',
      '3:21 error: there is no event here to read "kind" from',
    ],
    [OFFERS, 'currency: CNY', 'currency: Yuan', '2:11 error: "Yuan" is no ISO 4217 currency code'],
    [
      OFFERS,
      'value: 12.50',
      'value: 12.505',
      '10:12 error: value must be an amount with at most 2 digits after the point',
    ],
    [OFFERS, 'channels: [sms,', 'channels: [smss,', '14:16 error: unknown channel "smss"; did you mean "sms"?'],
    [OFFERS, 'script: top_up', 'script: topup', '15:13 error: unknown script "topup"; did you mean "top_up"?'],
    [
      OFFERS,
      'offers: [data_top_up',
      'offers: [data_topup',
      '23:14 error: unknown offer "data_topup"; did you mean "data_top_up"?',
    ],
    [
      OFFERS,
      'triggers: [bundle',
      'triggers: [bundel',
      '22:16 error: unknown trigger "bundel_running_out"; did you mean "bundle_running_out"?',
    ],
    [
      OFFERS,
      'stage: live',
      'stage: alive',
      '25:12 error: stage must be draft, shadow, canary(10%) with a share above 0%, live or retired',
    ],
    [
      OFFERS,
      'when: complaint_open',
      'when: "crossed(uses_7d, 3)"',
      '31:23 error: crossed has a meaning only in the condition of a trigger',
    ],
    [
      OFFERS,
      'currency: CNY',
      'currency: CNY\napproval: nobody',
      '3:11 error: approval must be one of second-person, none',
    ],
    [OFFERS, 'share: 10%', 'share: 110%', '37:19 error: share must be a share from 0 to 1, such as 0.1 or 10%'],
    [
      FEATURES,
      'window: 21d, offset',
      'window: 9999d, offset',
      '11:58 error: window and offset reach back more than 400d',
    ],
    [
      FEATURES,
      'window: 21d, offset',
      'hop: 1m, window: 21d, offset',
      '11:55 error: 40320 tiles are more than 512: choose a larger hop',
    ],
    [FEATURES, 'sum: quantityMb', 'sum: constructor', '3:69 error: unknown field of UsageRecorded "constructor"'],
    [FEATURES, 'from: UsageRecorded, where', 'from: toString, where', '3:26 error: unknown event type "toString"'],
    [OFFERS, 'exclusions:', 'exclusion:', '30:1 error: unknown section "exclusion"; did you mean "exclusions"?'],
  ])('%s: %s → %s', (path, from, to, expected) => {
    expect(problems(packWith(path, from, to))).toContain(`${path}:${expected}`);
  });

  it('refuses an id that is defined twice, in one file or in two', () => {
    expect(problems({ ...PACK, 'policy/z.yaml': 'segments:\n  high_value: has_broadband\n' })).toEqual([
      'policy/z.yaml:2:3 error: "high_value" is defined twice in segments, first at policy/triggers.yaml:3:3'.replace(
        /:3:3$/,
        ':3',
      ),
    ]);
    expect(problems(packWith(FEATURES, '  uses_past:', '  uses_7d:'))[0]).toMatch(
      /^policy\/features.yaml:11:3 error: .*unique/,
    );
  });

  it('refuses segments that use each other in a circle', () => {
    const files = packWith(
      TRIGGERS,
      "tier in ['high-value', 'key']",
      "segment('other')\n  other: segment('high_value')",
    );
    expect(problems(files)).toEqual([
      'policy/triggers.yaml:3:15 error: segment "high_value" is defined by itself: segment "high_value" → segment "other" → segment "high_value"',
    ]);
  });

  it('places an error in a folded expression at its own line', () => {
    const files = packWith(
      TRIGGERS,
      'when: crossed(failed_calls_7d, 5, 2)',
      'when: >-\n      uses_7d > 3\n      && uses_6d > 3',
    );
    expect(problems(files)).toEqual([
      'policy/triggers.yaml:27:10 error: unknown feature or attribute "uses_6d"; did you mean "uses_7d"?',
    ]);
  });

  it('reports every mistake at once, in the order of the files', () => {
    const files = { ...packWith(FEATURES, 'sum: quantityMb', 'sum: nothing'), 'policy/zz.yaml': 'wrong: 1\n' };
    expect(problems(files)).toHaveLength(2);
  });

  it('refuses aliases and broken YAML', () => {
    expect(problems({ 'a.yaml': 'segments:\n  a: &x has_broadband\n  b: *x\n' })).toEqual([
      'a.yaml:3:6 error: YAML aliases are not allowed',
    ]);
    expect(problems({ 'a.yaml': 'segments: [' })[0]).toMatch(/^a.yaml:1:\d+ error: /);
  });

  it('never throws, whatever a mutation does to the text', () => {
    const paths = Object.keys(PACK);
    const mutation = fc.record({
      path: fc.constantFrom(...paths),
      at: fc.nat(1500),
      cut: fc.nat(12),
      put: fc.oneof(
        fc.constantFrom('{', ']', ':', '- ', '\n', '"', '&& ', '(', '1e999', '*', '&a', '\t', 'null'),
        fc.string({ maxLength: 4 }),
      ),
    });
    fc.assert(
      fc.property(mutation, ({ path, at, cut, put }) => {
        const text = PACK[path] ?? '';
        const start = at % text.length;
        const answer = compilePolicy(
          { ...PACK, [path]: text.slice(0, start) + put + text.slice(start + cut) },
          contract,
        );
        if (answer.kind === 'ok') return;
        expect(answer.diagnostics.length).toBeGreaterThan(0);
        for (const { line, column } of answer.diagnostics) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
