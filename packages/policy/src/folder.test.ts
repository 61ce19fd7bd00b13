import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK, packWith } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic, type Scope, tierOf } from './index.ts';

const DAY_MS = 86_400_000;
const OFFERS = 'policy/offers.yaml';
const GROUPS = `
templates:
  loyal: { when: uses_past > 40 && segment('high_value'), version: 3, description: Uses us a lot }
  loyal_at_home: { when: template('loyal') && has_broadband }
tiers:
  gold: { when: uses_7d >= 100, keep: uses_7d >= 80 }
  silver: { when: uses_7d >= 20, keep: uses_7d >= 15, description: The middle }
`;

const withGroups = (from: string, to: string) => ({ ...packWith(OFFERS, from, to), 'policy/groups.yaml': GROUPS });

function problems(files: Readonly<Record<string, string>>): readonly string[] {
  const answer = compilePolicy(files, contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

function scopeWith(
  features: Readonly<Record<string, number>>,
  attributes: Record<string, boolean | string> = {},
): Scope {
  return { feature: (name) => features[name], attribute: (name) => attributes[name], asOfMs: 0 };
}

describe('templates', () => {
  const policy = compiled(withGroups('holdout: 0.1', 'holdout: 0.1\n    target: loyal_at_home'));

  it('are named conditions with a version, which others may use', () => {
    expect(policy.templates.get('loyal')).toMatchObject({ id: 'loyal', version: 3, description: 'Uses us a lot' });
    const features = { uses_past: 41 };
    const attributes = { tier: 'key', has_broadband: true };
    expect(policy.templates.get('loyal_at_home')?.when.evaluate(scopeWith(features, attributes))).toBe('true');
    expect(policy.templates.get('loyal_at_home')?.when.features).toEqual(['uses_past']);
  });

  it('say whom a campaign is meant for', () => {
    const target = policy.campaigns.get('save')?.target;
    expect(target?.template).toBe('loyal_at_home');
    expect(target?.when.evaluate(scopeWith({ uses_past: 41 }, { tier: 'key', has_broadband: false }))).toBe('false');
  });

  it('that use each other in a circle, over segments as well, are refused with the way round', () => {
    const files = { ...PACK, 'z.yaml': "templates:\n  a: { when: segment('s') }\nsegments:\n  s: template('a')\n" };
    const circle = 'segment "s" is defined by itself: segment "s" → template "a" → segment "s"';
    expect(problems(files)).toEqual([`z.yaml:4:6 error: ${circle}`]);
  });
});

describe('tiers', () => {
  const { tiers } = compiled(withGroups('holdout: 0.1', 'holdout: 0.1'));

  it.each([
    [120, undefined, 'gold'],
    [90, undefined, 'silver'],
    [90, 'gold', 'gold'],
    [79, 'gold', 'silver'],
    [16, 'silver', 'silver'],
    [14, 'silver', undefined],
    [120, 'silver', 'gold'],
  ])('with %s uses, from %s: %s', (uses, held, expected) => {
    expect(tierOf(tiers, scopeWith({ uses_7d: uses }), held)).toBe(expected);
  });

  it('stay as they are while nothing is known', () => {
    expect(tierOf(tiers, scopeWith({}), 'silver')).toBe('silver');
    expect(tierOf(tiers, scopeWith({}), undefined)).toBeUndefined();
  });
});

describe('the attribute value_tier', () => {
  const tiers = 'tiers:\n  gold: { when: uses_7d >= 100 }\n';

  it('is there where tiers are declared, with their names as its words', () => {
    expect(problems({ ...PACK, 'z.yaml': `${tiers}segments:\n  s: value_tier == 'gold'\n` })).toEqual([]);
    expect(problems({ ...PACK, 'z.yaml': `${tiers}segments:\n  s: value_tier == 'gould'\n` })).toEqual([
      'z.yaml:4:20 error: unknown value "gould"; did you mean "gold"?',
    ]);
    expect(problems({ ...PACK, 'z.yaml': `segments:\n  s: value_tier == 'gold'\n` })).toEqual([
      'z.yaml:2:6 error: unknown feature or attribute "value_tier"',
    ]);
  });

  it.each(["segment('rich')", "value_tier == 'gold'", 'worth > 0'])(
    'does not decide the tier that it names: %s',
    (when) => {
      const others =
        "segments:\n  rich: value_tier == 'gold'\nfeatures:\n  worth: { expr: 'value_tier == \"gold\" ? 1 : 0' }\n";
      expect(
        problems({ ...PACK, 'z.yaml': `${tiers}  platinum: { when: ${JSON.stringify(when)} }\n${others}` }),
      ).toEqual(['z.yaml:3:3 error: a tier cannot be decided by value_tier, which it decides']);
    },
  );

  it('cannot be the name of a feature', () => {
    expect(problems({ ...PACK, 'z.yaml': 'features:\n  value_tier: { expr: uses_7d }\n' })).toEqual([
      'z.yaml:2:3 error: "value_tier" is an attribute already',
    ]);
  });
});

describe('a campaign', () => {
  const plan = `holdout: 0.1
    from: 2026-10-01
    until: 2026-10-07
    steps: [{ channel: sms, fallback: [app-push] }, { after: 3d, unless: responded, channel: call-centre, offers: [care_call] }]
    arms: { gentle: { share: 60%, offers: [care_call] }, plain: { share: 40% } }
    budget: { amount: 50000, currency: CNY, pieces: 2000 }
    reentry: 90d
    lever: 1.5`;
  const campaign = compiled(withGroups('holdout: 0.1', plan)).campaigns.get('save');

  it('has its steps, arms and budget', () => {
    expect(campaign).toMatchObject({
      steps: [
        { channel: 'sms', afterMs: 0, fallback: ['app-push'] },
        { channel: 'call-centre', afterMs: 3 * DAY_MS, unless: 'responded', fallback: [], offers: ['care_call'] },
      ],
      arms: [
        { id: 'gentle', share: 0.6, offers: ['care_call'] },
        { id: 'plain', share: 0.4, offers: [] },
      ],
      budget: { amountMinor: 5_000_000, pieces: 2_000 },
      reentry: { kind: 'after', afterMs: 90 * DAY_MS },
      lever: 1.5,
    });
  });

  it('has none of it where it says nothing, and may be entered again', () => {
    expect(compiled().campaigns.get('save')).toMatchObject({
      ...{ steps: [], arms: [], lever: 1, reentry: { kind: 'always' } },
    });
    expect(compiled().campaigns.get('save')?.budget).toBeUndefined();
  });

  it.each([
    ['reentry: never', { reentry: { kind: 'never' } }],
    ['reentry: always', { reentry: { kind: 'always' } }],
    ['budget: { pieces: 5 }', { budget: { pieces: 5 } }],
  ])('with "%s" is read', (text, expected) => {
    const files = withGroups('holdout: 0.1', `holdout: 0.1\n    ${text}`);
    expect(compiled(files).campaigns.get('save')).toMatchObject(expected);
  });

  it.each([
    ['UTC', Date.UTC(2026, 9, 1)],
    ['Asia/Shanghai', Date.UTC(2026, 8, 30, 16)],
  ])('runs from the first midnight to the end of its last day in %s', (zone, fromMs) => {
    const files = { ...withGroups('holdout: 0.1', plan), 'z.yaml': `time-zone: ${zone}\n` };
    expect(compiled(files).campaigns.get('save')).toMatchObject({ fromMs, untilMs: fromMs + 7 * DAY_MS });
  });

  it.each([
    ['target: loyl', '25:13 error: unknown template "loyl"; did you mean "loyal"?'],
    ['driver: churn', '25:13 error: driver must be one of churn-risk, usage, life-cycle'],
    ['from: 2026-02-30', '25:11 error: from must be a day such as 2026-10-01'],
    ['from: 2026-10-02\n    until: 2026-10-01', '26:12 error: the campaign ends on 2026-10-01, before it begins'],
    ['steps: [{ channel: fax }]', '25:24 error: unknown channel "fax"'],
    ['steps: [{ channel: sms }, { channel: sms }]', '25:31 error: a later step needs after'],
    ['steps: [{ after: 1d, channel: sms }]', '25:13 error: the first step goes out at once'],
    ['steps: [{ channel: sms }, { after: 1d, unless: asleep, channel: sms }]', '25:52 error: unless must be one of'],
    ['steps: []', '25:12 error: steps must be a list of 1 to 8 entries'],
    ['budget: { amount: 5, currency: EUR }', '25:36 error: the amounts of this policy are in CNY'],
    ['budget: { amount: 5 }', '25:5 error: an amount needs its currency'],
    ['budget: { currency: CNY }', '25:5 error: budget needs amount, or pieces'],
    ['budget: { amount: 0, currency: CNY }', '25:13 error: a budget is more than nothing'],
    ['budget: { pieces: 0 }', '25:23 error: pieces must be a whole number from 1 to 1000000000'],
    ['reentry: sometimes', '25:14 error: reentry must be one of always, never, or a duration such as 15m'],
    ['lever: 0', '25:12 error: lever must be a number from 0.01 to 100'],
    ['steps: [{ channel: sms, fallback: [fax] }]', '25:40 error: unknown channel "fax"'],
    ['steps: [{ channel: sms, fallback: [app-push, sms] }]', '25:50 error: sms was tried already'],
    ['steps: [{ channel: sms, offers: [data_top] }]', '25:38 error: unknown offer of the campaign "data_top"'],
    ['arms: { a: { share: 50% }, b: { share: 40% } }', '25:11 error: the shares of the arms add up to 0.9, not to 1'],
    ['arms: { control: { share: 50% }, b: { share: 50% } }', '25:13 error: "control" cannot be the name of an arm'],
  ])('with "%s" is refused', (text, expected) => {
    const found = problems(withGroups('holdout: 0.1', `holdout: 0.1\n    ${text}`));
    expect(found.join('\n')).toContain(`${OFFERS}:${expected}`);
  });
});

describe('an offer', () => {
  const withOffer = (text: string) => withGroups('script: top_up', `script: top_up\n    ${text}`);

  it('has a lever and factors of its value', () => {
    const { lever, context = [] } =
      compiled(withOffer('lever: 2\n    context: [{ when: has_broadband, factor: 1.5 }]')).offers.get('data_top_up') ??
      {};
    expect([lever, context.map(({ when, factor }) => [when.source, factor])]).toEqual([2, [['has_broadband', 1.5]]]);
    expect(compiled().offers.get('data_top_up')).toMatchObject({ lever: 1, context: [] });
  });

  it.each([
    ['lever: -1', '16:12 error: lever must be a number from 0.01 to 100'],
    ['context: [{ when: broadband, factor: 2 }]', '16:23 error: unknown feature or attribute "broadband"'],
    ['context: [{ when: has_broadband, factor: 101 }]', '16:46 error: factor must be a number from 0 to 100'],
    ['context: [{ factor: 2 }]', '16:15 error: a context needs when'],
    ['context: { when: has_broadband, factor: 2 }', '16:14 error: context must be a list of up to 20 entries'],
  ])('with "%s" is refused', (text, expected) => {
    expect(problems(withOffer(text)).join('\n')).toContain(`${OFFERS}:${expected}`);
  });
});

describe('the settings of a folder', () => {
  it('take the format version they know, in every file', () => {
    expect(problems({ ...PACK, 'z.yaml': '$version: 1\n', 'y.yaml': '$version: 1\n' })).toEqual([]);
  });

  it.each([
    [
      '$version: 2',
      '1:11 error: format version 2 is not known; this release reads format 1: upgrade it, or write "$version: 1"',
    ],
    ['$version: new', '1:11 error: $version must be a whole number; this release reads format 1'],
    ['time-zone: Mars/Base', '1:12 error: time-zone must be a time zone such as Asia/Shanghai'],
    ['base-customers: many', '1:17 error: base-customers must be a whole number from 1 to 10000000000'],
    ['includes: [other.yaml]', '1:12 error: unknown file or folder "other.yaml"'],
    ['includes: other.yaml', '1:11 error: includes must be a list of up to 32 entries'],
  ])('refuse "%s"', (text, expected) => {
    expect(problems({ ...PACK, 'z.yaml': `${text}\n` }).join('\n')).toContain(`z.yaml:${expected}`);
  });
});
