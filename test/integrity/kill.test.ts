import { randomInt, randomUUID } from 'node:crypto';
import type { JournalLine } from '@holdfast/engine';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRules, type Evidence, gatherEvidence, type Rules } from './evidence.ts';
import { type InstallationView, PARTITIONS, viewInstallation } from './installation-view.ts';
import { judge } from './judgement.ts';
import { populationEvents } from './population.ts';
import { openProducer, startSteadyStream } from './steady-stream.ts';

const CUSTOMERS = 240;
const PER_SECOND = 220;
const PLAYS = [
  'bundle_running_out',
  'failed_calls',
  'gone_quiet',
  'home_broadband',
  'suspension_requested',
  'usage_halved',
];

describe('an installation whose workers were killed twice in mid-stream, and handed over twice', () => {
  let stack: Stack;
  let system: System;
  let view: InstallationView;
  let rules: Rules;
  let evidence: Evidence;

  /** Resolves somewhere in the middle of work: a random number of records after this call. */
  const inTheMiddle = async () => {
    const from = await view.folded();
    const enough = from + randomInt(20, 400);
    const check = async () => {
      const now = await view.folded();
      if (now < enough) throw new Error(`${now - from} of ${enough - from} are`);
    };
    await eventually('records folded since', check, { withinMs: 40_000, everyMs: 10 });
  };

  beforeAll(async () => {
    stack = await startStack();
    system = await startSystem(stack, {
      workers: 0,
      partitions: PARTITIONS,
      workerEnvironment: { HOLDFAST_JOURNAL: 'on' },
    });
    view = viewInstallation(system.addresses);
    rules = await createRules(stack.registryUrl);
    const producer = await openProducer(stack);
    let worker = await system.startWorker('first');
    const events = populationEvents({
      customers: CUSTOMERS,
      prefix: `c${randomUUID().slice(0, 8)}`,
      nowMs: Date.now(),
      random: Math.random,
    });
    const stream = startSteadyStream(producer, events, PER_SECOND);
    for (const next of ['second', 'third']) {
      await inTheMiddle();
      worker.signal('SIGKILL');
      await worker.ended;
      worker = await system.startWorker(next);
    }
    await inTheMiddle();
    const beside = await system.startWorker('beside');
    await worker.stop();
    await stream.done;
    await producer.close();
    await view.atRest(60_000);
    evidence = await gatherEvidence(view, rules);
    await beside.stop();
  });
  afterAll(async () => {
    await view?.close();
    await system?.stop();
    await stack?.stop();
  });

  const decisions = () => evidence.shards.flatMap((shard) => shard.decisions.map(({ decision }) => decision));

  it('holds exactly what a clean fold of its log gives, and has said and done everything once', async () => {
    expect(await judge(evidence, rules)).toEqual({});
  });

  it('was tested on something: every play decided, timers fired, repetitions and controls among them', () => {
    const contacts = decisions().filter(({ outcome }) => outcome === 'contact');
    expect([...new Set(contacts.map(({ trigger }) => trigger))].sort()).toEqual(PLAYS);
    expect(contacts.length).toBeGreaterThan(60);
    expect(new Set(decisions().map(({ outcome }) => outcome))).toEqual(new Set(['contact', 'control', 'suppressed']));
    const lines = evidence.shards.flatMap(({ log }) => log.journal);
    expect(lines.filter((line) => 'timer' in line).length).toBeGreaterThan(10);
    expect(evidence.shards.reduce((sum, { stored }) => sum + stored.states.size, 0)).toBe(CUSTOMERS);
  });

  it.each<[string, (journal: readonly JournalLine[]) => readonly JournalLine[], string]>([
    ['a record folded twice', (journal) => journal.toSpliced(aRecord(journal), 0, ...theRecord(journal)), 'journal'],
    ['a record passed over', (journal) => journal.toSpliced(aRecord(journal), 1), 'journal'],
    ['the last record passed over', (journal) => journal.toSpliced(lastRecord(journal), 1), 'journal'],
    ['a timer that never fired', (journal) => journal.filter((line) => !('timer' in line)), 'decisions'],
  ])('would be found out by %s', async (_, tamper, subject) => {
    const shards = evidence.shards.map((shard) => ({
      ...shard,
      log: { ...shard.log, journal: tamper(shard.log.journal) },
    }));
    expect(await judge({ ...evidence, shards }, rules)).toHaveProperty([subject]);
  });

  it('would be found out by a decision, a job or an alert that came twice, and by an early timer index', async () => {
    const [first, ...rest] = evidence.shards;
    if (!first) throw new Error('there are no shards');
    const late = new Map([...first.stored.dues.keys()].map((id) => [id, Number.MAX_SAFE_INTEGER] as const));
    const shards = [
      { ...first, decisions: [...first.decisions, ...first.decisions], stored: { ...first.stored, dues: late } },
      ...rest,
    ];
    const alerts = [...evidence.alerts, ...evidence.alerts];
    const jobs = { ...evidence.jobs, total: evidence.jobs.total + 1 };
    const tampered = { ...evidence, shards, alerts, jobs };
    const findings = await judge(tampered, rules);
    expect(Object.keys(findings).sort()).toEqual(['alerts', 'decisions', 'jobs', 'timers']);
  });
});

/** Index of a record's line in mid-stream. */
function aRecord(journal: readonly JournalLine[]): number {
  return journal.findIndex((line, i) => i >= 40 && 'topic' in line);
}

function theRecord(journal: readonly JournalLine[]): readonly JournalLine[] {
  return journal.slice(aRecord(journal), aRecord(journal) + 1);
}

function lastRecord(journal: readonly JournalLine[]): number {
  return journal.findLastIndex((line) => 'topic' in line);
}
