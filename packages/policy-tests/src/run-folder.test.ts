import { describe, expect, it } from 'vitest';
import { CONTRACT, POLICY } from '../test/pack.ts';
import { runTests } from './run-folder.ts';

/** One test over three calls of a customer known since day 1, with what is expected. */
const calls = (then: string, more = ''): string => `tests:
  - name: n
    ${more || 'customer: treated'}
    given:
      - { at: day 1, event: SubscriptionActivated, product: MOBILE, plan: M }
    when:
      - { at: day 9 10:00, every: 1h, times: 3, event: UsageRecorded, kind: VOICE }
    then: ${then}
`;

async function outcomeOf(text: string) {
  const { outcomes, diagnostics } = await runTests({ 'a.test.yaml': text }, POLICY, CONTRACT);
  expect(diagnostics).toEqual([]);
  return outcomes[0] ?? { passed: false, differences: [] };
}

describe('a policy test', () => {
  it.each([
    [
      'what was decided',
      calls('[{ trigger: many_calls, offer: gift, channel: sms, at: day 9 12:00, lost: { call: lower-value } }]'),
    ],
    ['the day alone', calls('[{ trigger: many_calls, sendAt: day 9 }]')],
    ['a control customer', calls('[{ trigger: many_calls, outcome: control, arm: control }]', 'customer: control')],
    ['the holdout', calls('[{ trigger: many_calls, outcome: control, arm: holdout }]', 'customer: holdout')],
    ['hours of its own zone', calls('[{ trigger: many_calls, at: day 9 12:00 }]', 'timeZone: Asia/Shanghai')],
    [
      'a night that is waited for',
      calls('[{ trigger: many_calls, at: day 9 22:00, sendAt: day 10 09:00 }]').replace('day 9 10:00', 'day 9 20:00'),
    ],
    ['nothing', calls('nothing').replace('times: 3', 'times: 2')],
    ['why nothing', calls("[{ no: many_calls, because: 'crossed(calls_1d, 3)' }]").replace('times: 3', 'times: 2')],
    ['an event told twice', calls('nothing').replace('kind: VOICE', 'kind: VOICE, eventId: same')],
  ])('passes on %s', async (_, text) => {
    expect(await outcomeOf(text)).toMatchObject({ passed: true, differences: [] });
  });

  it.each<[string, string, RegExp]>([
    ['another offer', calls('[{ trigger: many_calls, offer: call }]'), /^offer: expected call, was gift$/m],
    [
      'another reason',
      calls('[{ trigger: many_calls, lost: { call: cap } }]'),
      /^call lost: expected cap, was lower-value$/m,
    ],
    [
      'another time',
      calls('[{ trigger: many_calls, at: day 9 12:01 }]'),
      /^at: expected day 9 12:01, was day 9 12:00$/m,
    ],
    ['another day', calls('[{ trigger: many_calls, at: day 10 }]'), /^at: expected day 10, was day 9 12:00$/m],
    ['a decision nobody expected', calls('nothing'), /^not expected: many_calls → gift by sms at day 9 12:00/m],
    [
      'a decision that did not come, with why',
      calls('[{ trigger: many_calls }]').replace('times: 3', 'times: 2'),
      /^did not come: trigger many_calls\n {2}many_calls at the end: condition \(crossed\(calls_1d, 3\) is false with calls_1d 2/m,
    ],
    ['what was not to happen', calls('[{ no: many_calls }]'), /^many_calls was not to decide anything$/m],
    [
      'another reason for nothing',
      calls('[{ no: many_calls, because: had-its-turn }]').replace('times: 3', 'times: 2'),
      /^many_calls: expected because had-its-turn, was condition/m,
    ],
  ])('fails on %s and says so', async (_, text, expected) => {
    const { passed, differences } = await outcomeOf(text);
    expect(passed).toBe(false);
    expect(differences.join('\n')).toMatch(expected);
  });

  it.each<[string, string, string]>([
    [
      'steps over days',
      '[]',
      `
      - { trigger: worried, step: first, channel: call-centre, sendAt: day 9 10:00 }
      - { trigger: worried, step: step-2, channel: sms, sendAt: day 12 10:00, offer: gift }`,
    ],
    [
      'an answer to the latest contact',
      '[{ at: +1d, event: OfferAccepted }]',
      `
      - { trigger: worried, step: first }`,
    ],
    [
      'an answer to the contact of a trigger, with what it says itself',
      '[{ at: +1h, event: OfferDeferred, of: worried, until: day 11 12:00 }]',
      `
      - { trigger: worried, step: first }
      - { trigger: worried, step: step-1+2, at: day 11 12:00, channel: call-centre }
      - { trigger: worried, step: step-2, at: day 14 12:00, channel: sms }`,
    ],
    [
      'a step that waits for silence and is left out',
      '[{ at: +1d, event: OfferPresented }]',
      `
      - { trigger: worried, step: first }`,
    ],
  ])('passes on %s, of a draft as if it were live', async (_, more, then) => {
    const text = `tests:
  - name: n
    as-if-live: true
    when:
      - { at: day 9 10:00, event: CancellationRequested, requestId: r-1 }
${more === '[]' ? '' : `      - ${more.slice(1, -1)}`}
    until: day 30
    then:${then}
`;
    expect(await outcomeOf(text)).toMatchObject({ passed: true, differences: [] });
    const asItIs = text.replace('    as-if-live: true\n', '');
    expect(await outcomeOf(asItIs)).toMatchObject({ passed: false });
  });

  it('lets an answer that never came be noticed while the feed goes on', async () => {
    const text = `tests:
  - name: n
    as-if-live: true
    when: [{ at: day 1 10:00, event: ComplaintFiled, complaintId: c-1 }]
    until: day 6
    then: [{ trigger: unheard, at: day 4, outcome: suppressed, reason: complaint-open }]
`;
    expect(await outcomeOf(text)).toMatchObject({ passed: true, differences: [] });
    const answered = text.replace(' }]', ' }, { at: day 2, event: ComplaintResolved, complaintId: c-1 }]');
    expect((await outcomeOf(answered)).differences[0]).toMatch(/^did not come: trigger unheard/);
  });

  it('says that nobody was contacted whose answer is told', async () => {
    const text = `tests:
  - name: n
    when: [{ at: day 9 10:00, event: OfferAccepted }]
    then: nothing
`;
    expect((await outcomeOf(text)).differences).toEqual([
      'an event was set aside: OfferAccepted: nobody was contacted before it',
    ]);
  });

  it('lets a silence come due while its feed goes on', async () => {
    const text = `tests:
  - name: n
    given: [{ at: day 1 10:00, event: UsageRecorded, kind: SMS }]
    until: day 4
    then: [{ trigger: quiet, campaign: back, at: day 3 }]
`;
    expect(await outcomeOf(text)).toMatchObject({ passed: true });
  });

  it('names the campaigns that no test expects a decision of', async () => {
    const text = calls('[{ trigger: many_calls, campaign: thanks }]');
    const { untested } = await runTests({ 'a.test.yaml': text }, POLICY, CONTRACT);
    expect(untested).toEqual(['keep', 'back']);
  });

  it('runs nothing while a file has a mistake', async () => {
    const files = { 'a.test.yaml': calls('nothing'), 'b.test.yaml': 'tests: 1' };
    expect(await runTests(files, POLICY, CONTRACT)).toMatchObject({
      outcomes: [],
      diagnostics: [{ file: 'b.test.yaml' }],
    });
  });
});
