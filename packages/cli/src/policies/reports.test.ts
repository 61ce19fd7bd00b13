import { DEFAULT_POLICY_DIR, readPolicyFiles } from '@holdfast/policy-folder';
import { describe, expect, it } from 'vitest';
import { createMemoryDesk } from '../../test/memory-desk.ts';
import { type ChangeReport, describeChange, exitCodeOf } from './change-report.ts';
import { approve, change, rollback } from './changes.ts';
import { describeHistory, historyLines } from './history-report.ts';
import { isSamePerson, operatorName } from './operator.ts';
import { planPolicy } from './plan.ts';
import { describePlan } from './plan-report.ts';
import { historyOf } from './policy-history.ts';
import { openFiles } from './policy-text.ts';
import { awaitShards } from './shard-policies.ts';
import { describeFiles, fileOf } from './version-report.ts';

const PACK = readPolicyFiles(DEFAULT_POLICY_DIR);
const LIVE = openFiles(PACK, 'x');
const LONGER = openFiles(
  { ...PACK, 'features.yaml': (PACK['features.yaml'] ?? '').replace('window: 7d', 'window: 14d') },
  'x',
);

describe('the plan', () => {
  it('says what starts anew, what is primed, what it costs and who has to agree', () => {
    const text = describePlan(planPolicy(LIVE, LONGER));
    expect(text).toMatch(/^in force sha256:\w{12}, wanted sha256:\w{12}\n/);
    expect(text).toContain(
      'failed_calls_7d: counts from the switch on, unknown for 14 days unless the line is younger',
    );
    expect(text).toContain('failed_calls: its latch is primed');
    expect(text).toMatch(/features \d+ → \d+ \([+-]\d+\)/);
    expect(text).toContain('service_recovery is live, and changes: features/failed_calls_7d');
  });

  it('of what is in force says that nothing is another, and that nobody has to approve it', () => {
    expect(describePlan(planPolicy(LIVE, LIVE))).toMatch(/no difference[\s\S]*nobody has to approve it/);
  });
});

describe('the history', () => {
  it('has a line for what somebody did, with what became of it, and what waits', async () => {
    const desk = createMemoryDesk();
    const wish = { action: 'PUBLISHED', wanted: LIVE, by: 'alice', comment: 'spring' } as const;
    await change(desk, await desk.history(), wish);
    await approve(desk, await desk.history(), { version: LIVE.policy.version, by: 'bob', comment: '' });
    await change(desk, await desk.history(), { ...wish, wanted: LONGER });
    const lines = historyLines(await desk.history());
    expect(lines.map(({ by, action, outcome, comment }) => `${by} ${action} ${outcome} ${comment}`.trim())).toEqual([
      'alice proposed  spring',
      'bob approved in force',
      'alice proposed  spring',
    ]);
    expect(describeHistory(await desk.history())).toContain(
      `${LONGER.policy.version.slice(0, 19)} of alice waits for approval`,
    );
  });

  it('tells what was cut short from what was superseded', async () => {
    const desk = createMemoryDesk();
    await change(desk, await desk.history(), { action: 'PUBLISHED', wanted: LIVE, by: 'alice', comment: '' });
    await approve(desk, await desk.history(), { version: LIVE.policy.version, by: 'bob', comment: '' });
    await change(desk, await desk.history(), { action: 'PUBLISHED', wanted: LONGER, by: 'alice', comment: '' });
    await approve(desk, await desk.history(), { version: LONGER.policy.version, by: 'bob', comment: '' });
    desk.writesLeft = 1;
    await expect(
      rollback(desk, await desk.history(), { version: undefined, by: 'carol', comment: '' }),
    ).rejects.toThrow();
    const history = await desk.history();
    expect(historyLines(history).map(({ outcome }) => outcome)).toEqual([
      'unfinished',
      'in force',
      '',
      'superseded',
      '',
    ]);
    expect(describeHistory(history)).toContain('was not completed: some shards may run it');
  });

  it('names entries that nobody can read, and tells the rest', () => {
    const history = historyOf({ entries: [], unreadable: [{ offset: 7, message: 'too short' }] });
    expect(describeHistory(history)).toContain('entry 7 of the audit log cannot be read: too short');
  });

  it('of nothing says so', async () => {
    expect(describeHistory(await createMemoryDesk().history())).toContain('nothing was published yet');
  });
});

describe('the report of a change', () => {
  const report = (fields: Partial<ChangeReport>): ChangeReport => ({
    change: { kind: 'in-force-already', version: LIVE.policy.version },
    shards: [],
    tookMs: 400,
    ...fields,
  });
  const activated = {
    kind: 'activated',
    activated: { version: LIVE.policy.version, activationId: 'a', offsets: new Map(), isResumed: false },
  } as const;

  it.each<[string, ChangeReport, number, RegExp]>([
    ['in force already', report({}), 0, /is in force already/],
    [
      'in force everywhere',
      report({ change: activated, shards: [{ partition: 0, standing: 'in-force', reason: '' }] }),
      0,
      /in force in 1 of 1 shards after 0\.4 s/,
    ],
    [
      'refused by a shard',
      report({ change: activated, shards: [{ partition: 3, standing: 'refused', reason: 'unknown section' }] }),
      1,
      /shard 3 refused it: unknown section/,
    ],
    [
      'not reported by a shard',
      report({ change: activated, shards: [{ partition: 3, standing: 'not-yet', reason: 'it is at 1' }] }),
      1,
      /shard 3 does not report it: it is at 1/,
    ],
    [
      'proposed',
      report({
        change: {
          kind: 'proposed',
          version: LIVE.policy.version,
          by: 'alice',
          reasons: ['x would be live'],
          isNew: true,
        },
      }),
      1,
      /x would be live\nsomebody other than alice runs: holdfast policy approve [0-9a-f]{12}\n/,
    ],
  ])('that is %s says so, in the exit code too', (_, given, code, words) => {
    expect(exitCodeOf(given)).toBe(code);
    expect(describeChange(given)).toMatch(words);
  });

  it('finds out of every shard whether it runs the version, is not there yet, or is past it', async () => {
    const desk = createMemoryDesk(3);
    const record = { type: 'PolicyActivated', eventId: 'a', source: 's', occurredAt: 1, files: LIVE.bytes } as const;
    await desk.activate(0, { ...record, version: 'sha256:wanted' });
    await desk.activate(2, { ...record, version: 'sha256:newer' });
    const offsets = new Map([0, 1, 2].map((partition) => [partition, 0]));
    desk.troubles[1] = 'no worker owns it';
    const shards = await awaitShards(desk, { version: 'sha256:wanted', offsets }, 0);
    expect(shards.map(({ standing }) => standing)).toEqual(['in-force', 'not-yet', 'other']);
    expect(shards[1]?.reason).toContain('no worker owns it; it is at 0');
  });
});

describe('a version', () => {
  it('is shown as its files, or the text of one; another is refused with those there are', () => {
    expect(describeFiles('sha256:x', { 'a.yaml': 'features: {}' })).toMatch(/a\.yaml +12 bytes/);
    expect(fileOf({ 'a.yaml': 'text' }, 'a.yaml')).toBe('text');
    expect(() => fileOf({ 'a.yaml': 'text' }, 'constructor')).toThrow('has no file constructor');
  });
});

describe('who does something', () => {
  it('is who is named, else the environment says, else is logged in', () => {
    expect(operatorName(' alice ', 'bob')).toBe('alice');
    expect(operatorName(undefined, 'bob')).toBe('bob');
    expect(operatorName(undefined, undefined)).not.toBe('');
  });

  it.each([
    ['', 'says who'],
    ['a\u001b[2J', 'none of them a control'],
    ['x'.repeat(200), 'at most 128'],
  ])('has a name: %j is none', (name, words) => {
    expect(() => operatorName(name, 'bob')).toThrow(words);
  });

  it('is one person in whatever letters', () => {
    expect(isSamePerson('Alice', 'ａｌｉｃｅ ')).toBe(true);
    expect(isSamePerson('alice', 'alicia')).toBe(false);
  });
});
