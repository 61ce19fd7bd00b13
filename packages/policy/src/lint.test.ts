import { describe, expect, it } from 'vitest';
import { contract, PACK } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic, type LintOptions, type PolicyContract } from './index.ts';
import { customersNeeded, shareNeeded } from './sample-size.ts';

const CONTRACT: PolicyContract = {
  ...contract,
  ranges: { days_left_in_cycle: { min: 0, max: 31 } },
  alwaysKnown: ['complaint_open'],
  neverTold: ['FeedHeartbeat'],
  delivered: ['call-centre'],
};

/** Warnings of a file added to the pack, those about its own lines only. */
function warnings(text: string, options: LintOptions = {}, goals?: readonly string[]): readonly string[] {
  const told = goals ? { ...CONTRACT, goals } : CONTRACT;
  const answer = compilePolicy({ ...PACK, 'z.yaml': text }, told, options);
  if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
  return answer.warnings.filter(({ file }) => file === 'z.yaml').map(formatDiagnostic);
}

const condition = (text: string) => `segments:\n  tried: ${JSON.stringify(text)}\n`;

describe('a condition that is the same for everybody', () => {
  it.each([
    ['uses_7d >= 0', '2:11 warning: always true where it is known: "uses_7d >= 0"'],
    ['has_broadband && uses_7d < 0', '2:28 warning: never true: "uses_7d < 0", and so is the whole'],
    ['days_left_in_cycle > 31', '2:11 warning: never true: "days_left_in_cycle > 31"'],
    ['days_left_in_cycle + uses_7d >= 0', 'always true where it is known'],
    ['uses_7d * -1 > 0', 'never true'],
    ['uses_7d > 5 && uses_7d < 3', '2:26 warning: never true: "uses_7d > 5" and "uses_7d < 3" exclude each other'],
    ['uses_7d > 5 && 5 >= uses_7d', 'exclude each other'],
    ["tier == 'key' && has_broadband && tier in ['low']", 'exclude each other'],
    ['!(uses_7d >= 0) || false', 'never true'],
    ['1 > 2', 'never true: "1 > 2"'],
    ['false', 'never true: "false"'],
  ])('%s is warned of', (text, expected) => {
    const found = warnings(condition(text));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  it.each([
    'uses_7d > 0',
    'uses_7d >= 1 && uses_7d < 3',
    'uses_7d >= 3 && uses_7d <= 3',
    'uses_7d > 5 || uses_7d < 3',
    'days_left_in_cycle > 30 && has_broadband',
    "tier == 'key' || tier == 'low'",
    'uses_7d / uses_past > 1',
    'data_mb_cycle < 0',
    "segment('high_value')",
    'true',
    "products.exists(p, p == 'MOBILE' && p == 'IPTV')",
  ])('%s is not', (text) => {
    expect(warnings(condition(text))).toEqual([]);
  });

  it('is seen with the words of an event and the level of a latch', () => {
    const trigger = (when: string) =>
      `triggers:\n  t: { on: UsageRecorded, when: ${JSON.stringify(when)}, occasion: day, reason: r }\n${campaign('t')}`;
    expect(warnings(trigger("event.kind == 'DATA' && event.kind == 'SMS'"))).toEqual([
      expect.stringContaining('exclude each other'),
    ]);
    expect(warnings(trigger('crossed_below(uses_7d, -1)'))).toEqual([expect.stringContaining('never true')]);
    expect(warnings(trigger("event.kind in ['DATA', 'SMS'] && crossed(uses_7d, 5)"))).toEqual([]);
  });

  it('is seen in the filter of a feature', () => {
    const feature = (where: string) =>
      `features:\n  f: { from: UsageRecorded, where: "${where}", count: true, window: 1d }\n`;
    expect(warnings(feature("kind in ['VOICE', 'SMS', 'DATA', 'OTHER']"))).toEqual([
      expect.stringContaining('2:37 warning: always true'),
    ]);
    expect(warnings(feature("kind in ['VOICE', 'SMS']"))).toEqual([]);
  });
});

const campaign = (trigger: string, rest = '', offers = 'care_call') =>
  `campaigns:\n  c: { goal: { kpi: k, target: 0.04 }, triggers: [${trigger}], offers: [${offers}]${rest} }\n`;

describe('what cannot come about', () => {
  it.each([
    ['on: FeedHeartbeat, occasion: day', 'FeedHeartbeat'],
    ['absence: { of: FeedHeartbeat, for: 1d }', 'FeedHeartbeat'],
    ['sequence: { first: FeedHeartbeat, without: BillPaid, within: 1d }', 'FeedHeartbeat'],
  ])('a trigger with %s is warned of', (body, type) => {
    expect(warnings(`triggers:\n  t: { ${body}, reason: r }\n${campaign('t')}`)).toEqual([
      `z.yaml:2:3 warning: trigger "t" can never fire: no customer is told of ${type}`,
    ]);
  });

  it('a trigger on what customers are told is not', () => {
    expect(warnings(`triggers:\n  t: { on: BillPaid, occasion: day, reason: r }\n${campaign('t')}`)).toEqual([]);
  });

  const offer = (channels: string, category = 'retention') =>
    `offers:\n  o: { title: O, category: ${category}, value: 3, propensity: 0.1, validFor: 1d, channels: [${channels}] }\n${campaign('gone_quiet', '', 'o')}`;

  it('an offer on channels that nobody delivers is warned of', () => {
    expect(warnings(offer('sms, app-push'))).toEqual([
      'z.yaml:2:90 warning: offer "o" reaches nobody: sms is delivered by nobody yet (delivered: call-centre); app-push is delivered by nobody yet (delivered: call-centre)',
    ]);
    expect(warnings(offer('sms, call-centre'))).toEqual([]);
  });

  it('an offer that the contact policy never lets out is warned of', () => {
    const shut = (policy: string) => {
      const files: Record<string, string> = { ...PACK, 'z.yaml': offer('call-centre') };
      files['policy/offers.yaml'] = (PACK['policy/offers.yaml'] ?? '').replace(
        /contact-policy:\n(?: {2}.*\n)*/,
        policy,
      );
      const answer = compilePolicy(files, CONTRACT);
      return (answer.kind === 'ok' ? answer.warnings : answer.diagnostics)
        .filter(({ file }) => file === 'z.yaml')
        .map(formatDiagnostic);
    };
    expect(shut('contact-policy: { caps: [{ max: 0, per: 7d, category: retention }] }\n')).toEqual([
      'z.yaml:2:90 warning: offer "o" reaches nobody: a cap of 0 shuts call-centre',
    ]);
    expect(shut('contact-policy: { quietHours: { from: 0, to: 24, channels: [call-centre] } }\n')).toEqual([
      'z.yaml:2:90 warning: offer "o" reaches nobody: call-centre is quiet at all hours',
    ]);
    const untilNoon = '{ from: 0, to: 12, channels: [call-centre, sms] }';
    const fromNoon = (days: string) => `{ from: 12, to: 24, channels: [call-centre], days: ${days} }`;
    expect(shut(`contact-policy: { quietHours: [${untilNoon}, ${fromNoon('[weekdays, weekend]')}] }\n`)).toEqual([
      'z.yaml:2:90 warning: offer "o" reaches nobody: call-centre is quiet at all hours',
    ]);
    expect(shut(`contact-policy: { quietHours: [${untilNoon}, ${fromNoon('[weekdays, sat]')}] }\n`)).toEqual([]);
    expect(shut('contact-policy: { caps: [{ max: 0, per: 7d, offer: o }] }\n')).toEqual([
      'z.yaml:2:90 warning: offer "o" reaches nobody: a cap of 0 shuts call-centre',
    ]);
    expect(shut('contact-policy: { caps: [{ max: 0, per: 7d, offer: care_call }] }\n')).toEqual([]);
    expect(shut('contact-policy: { caps: [{ max: 0, per: 7d, category: service }] }\n')).toEqual([]);
  });
});

describe('a placeholder', () => {
  const script = (text: string, trigger: string, eligible = '') =>
    `triggers:\n  t: { ${trigger}, reason: r }\nscripts:\n  s: "${text}"\noffers:\n  o: { title: O, category: service, value: 3, propensity: 0.1, validFor: 1d, channels: [call-centre], script: s${eligible} }\n${campaign('t', '', 'o')}`;
  const used = 'on: UsageRecorded, occasion: day';

  it.each([
    ['of an attribute that nobody has to know', '{tier}', used],
    ['of a window that may not be covered', '{uses_7d}', used],
    ['of one side of an either-or', '{uses_7d}', `${used}, when: uses_7d > 3 || has_broadband`],
    ['of a field that may be empty', '{event.contractEndsAt}', 'on: SubscriptionActivated, occasion: day'],
    ['of an event where a timer fires', '{event.kind}', 'absence: { of: UsageRecorded, for: 7d }'],
    [
      'computed from a quotient that may have no value',
      '{data_share_used}',
      `${used}, when: data_mb_cycle > 1 && data_allowance_mb > 1`,
    ],
  ])('%s is warned of', (_, text, trigger) => {
    const name = text.slice(1, -1);
    expect(warnings(script(text, trigger))).toEqual([
      `z.yaml:4:8 warning: "${name}" may have no value: trigger "t" does not make it known; write {${name}|text to show then}`,
    ]);
  });

  it.each([
    ['with a text to show instead', '{tier|dear customer}', used],
    ['of an attribute that everybody has', '{complaint_open}', used],
    ['that the condition of the trigger reads', '{uses_7d}', `${used}, when: uses_7d > 3 && has_broadband`],
    ['that both sides of an either-or read', '{uses_7d}', `${used}, when: uses_7d > 3 || uses_7d < 1`],
    ['that a segment reads', '{tier}', `${used}, when: "segment('high_value')"`],
    ['behind a computed feature', '{data_allowance_mb}', `${used}, when: "crossed(data_share_used, 0.5)"`],
    ['of the event', '{event.kind}', used],
    ['of the time since the event that came', '{days_since_usage}', 'absence: { of: UsageRecorded, for: 7d }'],
  ])('%s is not', (_, text, trigger) => {
    expect(warnings(script(text, trigger))).toEqual([]);
  });

  it('may count on who is eligible', () => {
    expect(warnings(script('{tier}', used, ", eligible: tier == 'key'"))).toEqual([]);
  });

  it('in the reason of a trigger is looked at as well', () => {
    const trigger = (when: string) => `triggers:\n  t: { ${used}${when}, reason: "{uses_7d} uses" }\n${campaign('t')}`;
    expect(warnings(trigger(''))).toEqual([
      expect.stringMatching(/^z\.yaml:2:\d+ warning: "uses_7d" may have no value/),
    ]);
    expect(warnings(trigger(', when: uses_7d > 3'))).toEqual([]);
  });
});

const SECOND =
  'offers:\n  second: { title: O, category: cross-sell, value: 3, propensity: 0.5, validFor: 1d, channels: [sms, call-centre] }\n';

describe('the market', () => {
  const inMarket = (text: string, offers = (all: string) => all) => {
    const files = {
      ...PACK,
      'policy/offers.yaml': offers(PACK['policy/offers.yaml'] ?? ''),
      'policy/market.yaml': text,
    };
    const answer = compilePolicy(files, CONTRACT);
    if (answer.kind === 'invalid') throw new Error(answer.diagnostics.map(formatDiagnostic).join('\n'));
    return answer.warnings.map(formatDiagnostic);
  };
  const policyWith = (rule: string) => (all: string) =>
    all.replace('minimumGap: 24h', `minimumGap: 24h\n  ${rule}`).replace(/ {2}quietHours: \{.*\n/, '');

  it('with a capacity that no offer takes is warned of', () => {
    expect(
      inMarket('channels: { app-push: { capacity: { max: 1, per: 1h } }, sms: { capacity: { max: 1, per: 1h } } }'),
    ).toEqual(['policy/market.yaml:1:13 warning: channel "app-push" has a capacity, and no offer goes out on it']);
    expect(inMarket('channels: { app-push: { cost: 1 } }')).toEqual([]);
  });

  it('with a calendar of nobody, and with quiet times that ask for one, is warned of', () => {
    expect(inMarket('calendars: { a: [2026-01-01], b: [2026-01-01] }\ncalendar: a')).toEqual([
      'policy/market.yaml:1:31 warning: calendar "b" is of no region, and not of the market',
    ]);
    const asking = policyWith('quietHours: [{ from: 1, to: 2, channels: [sms], holidays: only }]');
    expect(inMarket('', asking)).toEqual([
      'policy/offers.yaml:35:15 warning: a quiet time asks for holidays, and neither a region nor the market has a calendar',
    ]);
    expect(inMarket('calendars: { a: [2026-01-01] }\nregions: { r: { calendar: a } }', asking)).toEqual([]);
  });

  it('where the vulnerable are told on channels that no offer has is warned of', () => {
    expect(inMarket('', policyWith('vulnerable: { when: has_broadband, channels: [app-push] }'))).toEqual([
      'policy/offers.yaml:35:15 warning: who is vulnerable hears of nothing: no offer goes out on app-push',
    ]);
    const without = policyWith('vulnerable: { when: has_broadband }');
    expect(inMarket('', without)).toEqual([]);
    expect(inMarket('channels: { call-centre: { person: false } }', without)).toEqual([
      'policy/offers.yaml:35:15 warning: who is vulnerable hears of nothing: no offer goes out on a channel with a person',
    ]);
  });

  it('that tries out on what serves is warned of, where there is something to try', () => {
    const exploring = 'exploration: { method: epsilon-greedy, epsilon: 10% }';
    const serving = (all: string) => all.replace('stage: live', 'stage: live\n    kind: service');
    expect(inMarket(exploring, serving)).toEqual([
      'policy/market.yaml:1:14 warning: campaign "save" is a service: exploration now and then makes another offer than the one that helps best',
    ]);
    expect(inMarket('exploration: { method: none }', serving)).toEqual([]);
    expect(inMarket(exploring)).toEqual([]);
    const alone = (all: string) =>
      serving(all)
        .replace('offers: [data_top_up, care_call', 'offers: [care_call')
        .replace('offers: [care_call]', 'offers: [data_top_up]');
    expect(inMarket(exploring, alone)).toEqual([]);
  });
});

describe('a campaign', () => {
  const steps = (list: string) => campaign('gone_quiet', `, steps: [${list}]`, 'data_top_up');

  it.each([
    [
      '{ channel: sms }, { channel: call-centre, after: 2d }, { channel: sms, after: 2d }',
      '3 steps fall within 7d, the contact policy allows 2',
    ],
    [
      '{ channel: sms }, { channel: sms, after: 23h }',
      '2 steps cross-sell on sms fall within 1d, the contact policy allows 1',
    ],
    [
      '{ channel: sms }, { channel: call-centre, after: 1h }',
      'step 2 comes 1h after the one before, the contact policy asks for 1d',
    ],
    ['{ channel: app-push }', 'no offer of the campaign goes out on app-push'],
  ])('with the steps %s is warned of', (list, expected) => {
    expect(warnings(steps(list)).join('\n')).toContain(expected);
  });

  it.each([
    ['{ channel: sms, fallback: [app-push] }', 'no offer of the campaign goes out on app-push'],
    ['{ channel: sms, offers: [data_top_up] }, { channel: sms, after: 2d, fallback: [app-push] }', 'app-push'],
  ])('with the steps %s is warned of what no offer goes out on', (list, expected) => {
    expect(warnings(steps(list))).toEqual([expect.stringContaining(expected)]);
  });

  it('whose step makes an offer that does not go out there is warned of', () => {
    const list = '{ channel: sms, offers: [care_call] }';
    expect(warnings(campaign('gone_quiet', `, steps: [${list}]`, 'data_top_up, care_call'))).toEqual([
      expect.stringContaining('no offer of step 1 goes out on sms'),
    ]);
  });

  it('whose steps are counted by category is judged by what each of them may offer', () => {
    const twice = (offers: string) =>
      warnings(
        campaign(
          'gone_quiet',
          `, steps: [{ channel: sms, offers: [data_top_up] }, { channel: sms, after: 23h, offers: [${offers}] }]`,
          'data_top_up, care_call, second',
        ) + SECOND,
      ).filter((text) => text.includes('cross-sell'));
    expect(twice('second')).toEqual([expect.stringContaining('2 steps cross-sell on sms fall within 1d')]);
    expect(twice('second, care_call')).toEqual([]);
  });

  it('of service is exempt from limits, unless nothing is', () => {
    const hasty = campaign(
      'gone_quiet',
      ', kind: service, steps: [{ channel: sms }, { channel: sms, after: 1h }]',
      'data_top_up',
    );
    expect(warnings(hasty)).toEqual([]);
    const strict = (PACK['policy/offers.yaml'] ?? '').replace('minimumGap: 24h', 'minimumGap: 24h\n  exempt: []');
    const answer = compilePolicy({ ...PACK, 'policy/offers.yaml': strict, 'z.yaml': hasty }, CONTRACT);
    expect(answer.kind === 'ok' && answer.warnings.map(({ message }) => message)).toContain(
      'step 2 comes 1h after the one before, the contact policy asks for 1d',
    );
  });

  it.each([
    ['amount: 4.49, currency: CNY', ['none will be made']],
    ['amount: 4.50, currency: CNY', []],
    ['pieces: 1', []],
  ])('with a budget of %s is warned of where it is less than one contact', (budget, expected) => {
    const offer =
      'offers:\n  o: { title: O, category: retention, value: 9, cost: 2, propensity: 0.9, validFor: 1d, channels: [call-centre] }\n';
    const found = warnings(`${offer}${campaign('gone_quiet', `, budget: { ${budget} }`, 'o')}`);
    expect(found).toEqual(expected.map((text) => expect.stringContaining(text)));
  });

  it('with an arm whose offer is not its own is warned of', () => {
    const arms = (offer: string) =>
      warnings(
        campaign('gone_quiet', `, arms: { a: { share: 50% }, b: { share: 50%, offers: [${offer}] } }`, 'care_call'),
      );
    expect(arms('data_top_up')).toEqual([
      'z.yaml:2:91 warning: arm "b" gets "data_top_up", which is no offer of the campaign',
    ]);
    expect(arms('care_call')).toEqual([]);
  });

  it('whose steps the contact policy allows is not', () => {
    expect(
      warnings(steps('{ channel: sms }, { channel: call-centre, after: 3d }, { channel: sms, after: 4d }')),
    ).toEqual([]);
  });

  it('whose holdout can never show the effect is warned of, with the customers it takes', () => {
    const held = campaign('gone_quiet', ', holdout: 1%');
    const needed = customersNeeded({ effect: 0.04, controlShare: 0.01 });
    expect(warnings(held, { baseCustomers: 50_000 })).toEqual([
      `z.yaml:2:94 warning: with a holdout of 1% an effect of 0.04 shows after ${needed} customers, there are 50000: a holdout of 3% would do`,
    ]);
    expect(warnings(`base-customers: 50000\n${held}`)).toHaveLength(1);
    expect(warnings(held, { baseCustomers: 1_000 })[0]).toContain('there are 1000: no holdout would be enough');
  });

  it.each([
    ['is large enough', ', holdout: 5%', { baseCustomers: 50_000 }],
    ['is measured against a base that nobody told', ', holdout: 1%', {}],
    ['has a baseline far from the hardest case', ', holdout: 2%', { baseCustomers: 50_000 }, ', baseline: 2%'],
    ['is nothing', '', { baseCustomers: 50 }],
  ])('whose holdout %s is not', (_, rest, options, baseline = '') => {
    const text = campaign('gone_quiet', rest).replace('target: 0.04', `target: 0.04${baseline}`);
    expect(warnings(text, options)).toEqual([]);
  });

  it.each([
    ['retaind_60d', 'did you mean "retained_60d"?'],
    ['retained_45d', 'did you mean "retained_60d"?'],
    ['fun', 'goals are retained_60d, *_activated_30d'],
  ])('whose goal %s nothing measures is warned of', (kpi, meant) => {
    const text = campaign('gone_quiet').replace('kpi: k', `kpi: ${kpi}`);
    const goals = ['retained_60d', '*_activated_30d'];
    expect(warnings(text, {}, goals)).toEqual([
      `z.yaml:2:14 warning: the goal "${kpi}" is measured by nothing, so nothing can be said of it; ${meant}`,
    ]);
    expect(warnings(campaign('gone_quiet', ', kind: service'), {}, goals)).toEqual([]);
    expect(warnings(text.replace(kpi, 'broadband_activated_30d'), {}, goals)).toEqual([]);
  });

  it('needs as many customers as the textbook says', () => {
    // Two equal groups, 0.48 against 0.52: 2,451 in each by the unpooled z-test.
    const needed = customersNeeded({ effect: 0.04, controlShare: 0.5 });
    expect(needed).toBeGreaterThan(2 * 2_440);
    expect(needed).toBeLessThan(2 * 2_460);
    expect(shareNeeded({ effect: 0.04 }, needed)).toBe(0.5);
    expect(shareNeeded({ effect: 0.04 }, needed - 5)).toBeUndefined();
  });
});
