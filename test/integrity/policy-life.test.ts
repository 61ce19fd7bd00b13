import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS, runProgram, type ServiceProcess } from '@holdfast/cli';
import { DECISION_TOPIC, type DecisionMade } from '@holdfast/events';
import { createRegistryDecoder, createSchemaRegistry, type EventProducer, readTopic } from '@holdfast/kafka';
import { DEFAULT_POLICY_DIR } from '@holdfast/policy-folder';
import { eventually } from '@holdfast/testkit';
import { type Stack, startStack } from '@holdfast/testkit/stack';
import { type System, startSystem } from '@holdfast/testkit/system';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { stackEnvironment } from '../../infra/stack/index.mjs';
import { reachableCustomer } from './reachable-customer.ts';
import { openProducer, sendAll } from './steady-stream.ts';

const SHARDS = 2;
/** So long a command may wait for the shards to run what it brought: a slow machine is no fault of theirs. */
const WAIT = ['--wait', '120'] as const;

let stack: Stack;
let system: System;
let worker: ServiceProcess;
let producer: EventProducer;
let dir: string;

beforeAll(async () => {
  stack = await startStack();
  system = await startSystem(stack, { partitions: SHARDS, workers: 0 });
  worker = await system.startWorker('worker');
  producer = await openProducer(stack);
  for (const [name, value] of Object.entries(stackEnvironment({ ...stack }))) vi.stubEnv(name, value);
  dir = mkdtempSync(join(tmpdir(), 'holdfast-policy-'));
  cpSync(DEFAULT_POLICY_DIR, dir, { recursive: true });
  writeFileSync(join(dir, 'stages.yaml'), 'stages:\n  save_desk: shadow\n');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await producer?.close();
  await system?.stop();
  await stack?.stop();
  if (dir) rmSync(dir, { recursive: true });
});

/** The `holdfast` command in this process: a dozen of them would spend their time on starting. */
async function holdfast(...words: readonly string[]) {
  const said = { out: '', err: '' };
  const write = (name: 'out' | 'err') => (text: string) => {
    said[name] += text;
  };
  const code = await runProgram(COMMANDS, words, { out: write('out'), err: write('err') });
  return { code, ...said };
}

/** `holdfast policy …`, which answers in JSON where it succeeds. */
async function policy(...words: readonly string[]) {
  const { code, out, err } = await holdfast('policy', ...words, '--json');
  return { code, err, said: out === '' ? undefined : JSON.parse(out) };
}

/** Versions the shards run, from the mouth of `shard list`. */
async function running(): Promise<readonly string[]> {
  const { out } = await holdfast('shard', 'list', '--json');
  const { shards } = JSON.parse(out) as { shards: { record: { meta: { configuration?: { name: string } } } }[] };
  return shards.map(({ record }) => record.meta.configuration?.name ?? '');
}

/** A customer outside the universal holdout asks for a suspension. Answers what was decided for him. */
async function suspend(): Promise<readonly DecisionMade[]> {
  const customerId = reachableCustomer();
  const occurredAt = Date.now();
  const base = { source: 'web', occurredAt, customerId, subscriptionId: 'l-1' };
  const asked = { requestId: 'r-1', channel: 'online', reason: 'price', effectiveAt: null };
  await sendAll(producer, [{ type: 'SuspensionRequested', eventId: randomUUID(), ...base, ...asked }]);
  const registry = createSchemaRegistry({ url: stack.registryUrl });
  const decoder = createRegistryDecoder(registry);
  try {
    return await eventually('a decision', async () => {
      const found: DecisionMade[] = [];
      const reading = { brokers: stack.brokers, clientId: 'policy-life', topic: DECISION_TOPIC };
      for await (const { value } of readTopic({ ...reading, from: { atMs: occurredAt - 1_000 } })) {
        const outcome = await decoder.decode(value);
        const event = outcome.kind === 'event' ? outcome.event : undefined;
        if (event?.type === 'DecisionMade' && event.customerId === customerId) found.push(event);
      }
      expect(found).not.toEqual([]);
      return found;
    });
  } finally {
    registry.close();
  }
}

const said = (decisions: readonly DecisionMade[]) =>
  decisions.map(({ stage, outcome, suppressedBy, wouldBe }) =>
    [stage, outcome, suppressedBy, wouldBe].join(' ').trim(),
  );
const versionsOf = (decisions: readonly DecisionMade[]) => [
  ...new Set(decisions.map(({ policyVersion }) => policyVersion)),
];

describe('a policy', () => {
  let first = '';

  it('with live campaigns waits for a second person, then every shard runs it and says so', async () => {
    const proposed = await policy('publish', dir, '--by', 'alice');
    expect(proposed).toMatchObject({ code: 1, said: { kind: 'proposed', by: 'alice' } });
    first = proposed.said.version;
    expect(await running()).toEqual(Array(SHARDS).fill(''));
    const refused = await policy('approve', first, '--by', 'Alice');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('somebody else has to approve it') });
    const approved = await policy('approve', first.slice(7, 19), '--by', 'bob', ...WAIT);
    expect(approved).toMatchObject({ code: 0, said: { kind: 'activated', version: first } });
    expect(await running()).toEqual(Array(SHARDS).fill(first));
  });

  it('decides from then on: a campaign in the shadow is recorded, and contacts nobody', async () => {
    const decisions = await suspend();
    expect(said(decisions)).toEqual(['live suppressed no-campaign', 'shadow suppressed shadow contact']);
    expect(versionsOf(decisions)).toEqual([first]);
  });

  it('promotes a campaign to live with a second person, and takes it back with one word', async () => {
    const promoted = await policy('promote', 'save_desk', '--to', 'live', '--by', 'alice');
    expect(promoted).toMatchObject({ code: 1, said: { kind: 'proposed', reasons: ['save_desk would be live'] } });
    expect(await policy('approve', promoted.said.version, '--by', 'bob', ...WAIT)).toMatchObject({ code: 0 });
    const live = await suspend();
    expect(said(live)).toEqual(['live contact']);
    expect(versionsOf(live)).toEqual([promoted.said.version]);
    const back = await policy('rollback', '--by', 'alice', ...WAIT);
    expect(back).toMatchObject({ code: 0, said: { version: first } });
    expect(said(await suspend())).toEqual(['live suppressed no-campaign', 'shadow suppressed shadow contact']);
  });

  it('in force is held against another version over what the log has, and nothing changes by it', async () => {
    const { said: history } = await policy('history');
    const names = ['--policy', 'in-force', '--against', first.slice(7, 19)];
    const { code, out, err } = await holdfast(
      'backtest',
      ...names,
      '--from',
      '1h',
      '--campaign',
      'save_desk',
      '--json',
    );
    expect(code, err).toBe(0);
    const report = JSON.parse(out);
    expect(report.policy.version).toBe(first);
    expect(report.against.version).toBe(first);
    expect(report.policy.triggers).toContainEqual(
      expect.objectContaining({ trigger: 'suspension_requested', fired: 3 }),
    );
    expect((await policy('history')).said).toEqual(history);
  });

  it('with a mistake leaves everything as it was, and so does one that is in force already', async () => {
    const before = await policy('history');
    const file = join(dir, 'triggers.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('crossed(data_share_used', 'crossed(data_share_usd'));
    const refused = await policy('publish', dir, '--by', 'alice');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringMatching(/triggers\.yaml:\d+:\d+ error: .*did you mean/),
    });
    writeFileSync(file, text);
    expect(await policy('publish', dir, '--by', 'alice')).toMatchObject({
      code: 0,
      said: { kind: 'in-force-already' },
    });
    expect(await policy('history')).toEqual(before);
    expect(await running()).toEqual(Array(SHARDS).fill(first));
  });

  it('has a history of who did what, and every version can be shown and compared', async () => {
    const { said: log } = await policy('history');
    const lines = log.history.map(({ by, action, outcome }: Record<string, string>) =>
      `${by} ${action} ${outcome}`.trim(),
    );
    expect(lines).toEqual([
      'alice rolled back in force',
      'bob approved superseded',
      'alice proposed',
      'bob approved superseded',
      'Alice refused',
      'alice proposed',
    ]);
    const { out } = await holdfast('policy', 'show', first, '--file', 'stages.yaml');
    expect(out).toBe('stages:\n  save_desk: shadow\n');
    const { said: diff } = await policy('diff', 'in-force', log.history[1].version);
    expect(diff.changes).toMatchObject([{ section: 'stages', id: 'save_desk', before: 'shadow', after: 'live' }]);
  });

  it('is in force in the log while no worker runs; the command says which shards do not report it, and a worker finds it', async () => {
    await worker.stop();
    const late = await policy('promote', 'save_desk', '--to', 'retired', '--by', 'alice', '--wait', '0');
    expect(late).toMatchObject({ code: 1, said: { kind: 'activated' } });
    expect(late.said.shards).toEqual(
      Array.from({ length: SHARDS }, (_, partition) => ({
        partition,
        standing: 'not-yet',
        reason: expect.stringContaining('before the record at'),
      })),
    );
    worker = await system.startWorker('again');
    await eventually('the shards run it', async () => {
      expect(await running()).toEqual(Array(SHARDS).fill(late.said.version));
    });
  });
});
