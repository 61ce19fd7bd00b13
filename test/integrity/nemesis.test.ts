import { beforeAll, describe, expect, it } from 'vitest';
import { type Battle, fight } from './battle.ts';
import { reportOf } from './battle-report.ts';
import type { CommittedLine } from './clean-fold.ts';
import { judge } from './judgement.ts';
import { countStrikes, LATE_ZOMBIE, PROCESS_FAULTS, SERVER_FAULTS } from './nemesis.ts';
import { unfencedEnvironment } from './unfenced.ts';

const SECONDS = 120;
/** Other seeds by command: `long-run.ts`. */
const SEED = 4711;
const PLAYS = [
  'bundle_running_out',
  'failed_calls',
  'gone_quiet',
  'home_broadband',
  'suspension_requested',
  'usage_halved',
];

describe('three workers under steady traffic and everything that can go wrong', () => {
  let battle: Battle;
  beforeAll(async () => {
    battle = await fight({ seed: SEED, seconds: SECONDS, faults: [PROCESS_FAULTS, SERVER_FAULTS] });
    process.stderr.write(`${reportOf(battle, SEED)}\n`);
  });

  it('hold what a clean fold of the log gives, and have said and done everything once and in time', () => {
    expect(battle.findings, JSON.stringify(battle.findings)).toEqual({});
  });

  it('were tested on something: most faults struck, every play decided, both kinds of timers fired', () => {
    expect(countStrikes(battle.strikes).size).toBeGreaterThan(8);
    expect(battle.events).toBeGreaterThan(SECONDS * 50);
    const decisions = battle.evidence.shards.flatMap((shard) => shard.decisions.map(({ decision }) => decision));
    const contacts = decisions.filter(({ outcome }) => outcome === 'contact');
    expect([...new Set(contacts.map(({ trigger }) => trigger))].sort()).toEqual(PLAYS);
    expect(new Set(decisions.map(({ outcome }) => outcome))).toEqual(new Set(['contact', 'control', 'suppressed']));
    expect(battle.evidence.alerts.length).toBeGreaterThan(100);
    const lines = battle.evidence.shards.flatMap(({ log }) => log.journal);
    expect(lines.filter((line) => 'timer' in line).length).toBeGreaterThan(50);
  });

  it.each<[string, (journal: readonly CommittedLine[]) => readonly CommittedLine[], string]>([
    ['a record folded twice', (journal) => journal.toSpliced(aRecord(journal), 0, ...theRecord(journal)), 'journal'],
    ['a record passed over', (journal) => journal.toSpliced(aRecord(journal), 1), 'journal'],
    ['the last record passed over', (journal) => journal.toSpliced(lastRecord(journal), 1), 'journal'],
    ['a timer that never fired', (journal) => journal.filter((line) => !('timer' in line)), 'decisions'],
  ])('would be found out by %s', async (_, tamper, subject) => {
    const shards = battle.evidence.shards.map((shard) => ({
      ...shard,
      log: { ...shard.log, journal: tamper(shard.log.journal) },
    }));
    expect(await judge({ ...battle.evidence, shards }, battle.rules)).toHaveProperty([subject]);
  });

  it('would be found out by a decision, a job or an alert that came twice, and by an early timer index', async () => {
    const { evidence, rules } = battle;
    const [first, ...rest] = evidence.shards;
    if (!first) throw new Error('there are no shards');
    const late = new Map([...first.stored.dues.keys()].map((id) => [id, Number.MAX_SAFE_INTEGER] as const));
    const shards = [
      { ...first, decisions: [...first.decisions, ...first.decisions], stored: { ...first.stored, dues: late } },
      ...rest,
    ];
    const alerts = [...evidence.alerts, ...evidence.alerts];
    const jobs = { ...evidence.jobs, total: evidence.jobs.total + 1 };
    const findings = await judge({ ...evidence, shards, alerts, jobs }, rules);
    expect(Object.keys(findings).sort()).toEqual(['alerts', 'decisions', 'jobs', 'timers']);
  });
});

describe('workers whose store asks for neither token nor version', () => {
  it('are found out: a zombie folds twice what its successor folded', async () => {
    const seed = 1;
    const workerEnvironment = unfencedEnvironment();
    const battle = await fight({
      ...{ seed, seconds: 1, perSecond: 250, faults: [[LATE_ZOMBIE]], workerEnvironment },
      // A contact that is in no state any more, since somebody wrote over it, is waited for by the dispatcher until its end.
      isEndAwaited: false,
    });
    process.stderr.write(`without the fence: ${reportOf(battle, seed)}\n`);
    expect(battle.findings).toHaveProperty('journal');
  });
});

/** Index of a record's line in mid-stream. */
function aRecord(journal: readonly CommittedLine[]): number {
  return journal.findIndex((line, i) => i >= 40 && 'topic' in line);
}

function theRecord(journal: readonly CommittedLine[]): readonly CommittedLine[] {
  return journal.slice(aRecord(journal), aRecord(journal) + 1);
}

function lastRecord(journal: readonly CommittedLine[]): number {
  return journal.findLastIndex((line) => 'topic' in line);
}
