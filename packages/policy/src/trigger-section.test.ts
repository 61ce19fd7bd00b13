import { describe, expect, it } from 'vitest';
import { compiled, contract, PACK } from '../test/pack.ts';
import { compilePolicy, formatDiagnostic } from './index.ts';

const DAY_MS = 86_400_000;

const withTrigger = (body: string) => ({
  ...PACK,
  'z.yaml': `triggers:\n  added:\n    ${body.replaceAll('\n', '\n    ')}\n    reason: r\n`,
});

function problems(body: string): readonly string[] {
  const answer = compilePolicy(withTrigger(body), contract);
  return answer.kind === 'ok' ? [] : answer.diagnostics.map(formatDiagnostic);
}

const added = (body: string) => compiled(withTrigger(body)).triggers.get('added');

describe('a sequence', () => {
  it('that ends with an event is a trigger on it, with a feature of its own for the first', () => {
    const body = 'sequence: { first: SuspensionRequested, then: BillPaid, within: 3d }\noccasion: month';
    const policy = compiled(withTrigger(body));
    expect(policy.triggersOn('BillPaid')).toMatchObject([
      { id: 'added', sequence: { first: { of: 'SuspensionRequested' }, followedBy: 'BillPaid', withinMs: 3 * DAY_MS } },
    ]);
    expect(policy.features.fedBy('SuspensionRequested').map(({ name }) => name)).toEqual(['added.first']);
    expect(policy.triggers.get('added')?.when.needs).toEqual([
      { of: 'feature', name: 'added.first', kind: 'bound', bound: 'most', level: 3 * DAY_MS },
    ]);
  });

  it('without an answer fires by a timer, remembered by its filter', () => {
    const body = (reason: string) =>
      `sequence: { first: { of: SuspensionRequested, where: reason == '${reason}' }, without: BillPaid, within: 3d }`;
    const policy = compiled(withTrigger(body('price')));
    expect(policy.unanswered).toMatchObject([{ id: 'added', occasion: 'silence' }]);
    expect(added(body('price'))?.on).toBeUndefined();
    expect(added(body('price'))?.sequence?.first.key).toBe(policy.unanswered[0]?.sequence?.first.key);
    expect(added(body('moved'))?.sequence?.first.key).not.toBe(policy.unanswered[0]?.sequence?.first.key);
  });

  it.each([
    ['sequence: { first: BillPaid, within: 3d }', '3:5 error: a sequence needs exactly one of then, without'],
    [
      'sequence: { first: BillPaid, then: BillIssued, without: BillOverdue, within: 3d }\noccasion: month',
      '3:5 error: a sequence needs exactly one of then, without',
    ],
    [
      'sequence: { first: BillPayed, then: BillIssued, within: 3d }\noccasion: month',
      '3:24 error: unknown event type "BillPayed"; did you mean "BillPaid"?',
    ],
    [
      'sequence: { first: BillPaid, then: BillPaid, within: 3d }\noccasion: month',
      '3:40 error: both events of the sequence are BillPaid: count them in a feature with a window',
    ],
    [
      'sequence: { first: BillPaid, then: BillIssued, within: 500d }\noccasion: month',
      '3:60 error: within must be a duration such as 15m, 72h or 7d, up to 400d',
    ],
    [
      'sequence: { first: BillPaid, then: { of: BillIssued, where: amountMino > 5 }, within: 5d }\noccasion: month',
      '3:65 error: unknown field of BillIssued "amountMino"; did you mean "amountMinor"?',
    ],
    ['sequence: { first: BillPaid, then: BillIssued, within: 3d }', '2:3 error: a trigger needs occasion'],
    [
      'sequence: { first: BillPaid, without: BillIssued, within: 3d }\nwhen: crossed(uses_7d, 3)',
      '4:11 error: crossed needs an event to cross at',
    ],
  ])('"%s" is refused', (body, expected) => {
    expect(problems(body).join('\n')).toContain(`z.yaml:${expected}`);
  });
});

describe('a schedule', () => {
  it('is due by days before and a time of the day', () => {
    expect(added("schedule: { every: contract-end, before: 30d, at: '09:30' }")).toMatchObject({
      schedule: { every: 'contract-end', beforeMs: 30 * DAY_MS, atMs: 9.5 * 3_600_000 },
      occasion: 'date',
    });
    expect(added('schedule: { every: anniversary }')?.schedule).toEqual({
      every: 'anniversary',
      beforeMs: 0,
      atMs: 10 * 3_600_000,
    });
  });

  it('by the end of contracts keeps what is told of it, once for all triggers', () => {
    const policy = compiled({
      ...withTrigger('schedule: { every: contract-end }'),
      'y.yaml': 'triggers:\n  second: { schedule: { every: contract-end, before: 60d }, reason: r }\n',
    });
    expect(policy.features.fedBy('ContractEnding')).toHaveLength(1);
    expect(policy.scheduled.map(({ id }) => id)).toEqual(['second', 'added']);
  });

  it.each([
    ['schedule: { every: christmas }', '3:24 error: every must be one of birthday, anniversary, contract-end'],
    ["schedule: { every: anniversary, at: '25:00' }", "3:41 error: at must be a time of the day such as '10:00'"],
    ['schedule: { every: anniversary, before: 36h }', '3:45 error: before must be whole days, such as 30d'],
    ['schedule: { every: birthday, before: 366d }', '3:42 error: a birthday comes every year'],
    ['schedule: { every: anniversary, before: 366d }', '3:45 error: an anniversary comes every year'],
    ['schedule: { every: anniversary }\noccasion: year', '4:15 error: unknown occasion "year"'],
    ['schedule: { every: anniversary }\non: BillPaid', '2:3 error: a trigger needs exactly one of on, absence'],
    ['schedule: { every: anniversary }\nwhen: crossed(uses_7d, 3)', '4:11 error: crossed needs an event to cross at'],
  ])('"%s" is refused', (body, expected) => {
    expect(problems(body).join('\n')).toContain(`z.yaml:${expected}`);
  });
});

describe('a policy that needs more memory of a customer than there is', () => {
  const limited = { ...contract, limits: { awaited: 3, timed: 4 } };
  const wait = (id: string, first: string, without: string) =>
    `  ${id}: { sequence: { first: ${first}, without: ${without}, within: 1d }, reason: r }\n`;

  function problemsOf(triggers: readonly string[]): readonly string[] {
    const answer = compilePolicy({ ...PACK, 'z.yaml': `triggers:\n${triggers.join('')}` }, limited);
    return answer.kind === 'ok'
      ? []
      : answer.diagnostics.filter(({ severity }) => severity === 'error').map(formatDiagnostic);
  }

  it('is refused at the trigger that waits for one more kind of event', () => {
    expect(problemsOf([wait('a', 'BillIssued', 'BillPaid')])).toEqual([]);
    expect(problemsOf([wait('a', 'BillIssued', 'BillPaid'), wait('b', 'BillIssued', 'OfferAccepted')])).toEqual([
      expect.stringMatching(/^z\.yaml:3:3 error: with this trigger 4 kinds of events are waited for/),
    ]);
  });

  it('is refused at the trigger that has one timer more', () => {
    const same = ['a', 'b', 'c', 'd'].map((id) => wait(id, 'BillIssued', 'BillPaid'));
    expect(problemsOf(same.slice(1))).toEqual([]);
    expect(problemsOf(same)).toEqual([expect.stringMatching(/^z\.yaml:5:3 error: this is timer 5 of the policy/)]);
  });
});
