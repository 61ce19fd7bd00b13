import { describe, expect, it } from 'vitest';
import { metadataLevel } from './broker-version.ts';
import { describeResults, exitCodeOf, fail, ok, runChecks, warn } from './check.ts';
import { judgeBroker, judgeTopics } from './kafka.ts';
import { asNeeded, judgeDisk, judgeJvm, judgeMaven, judgeNode, judgeRedisVersion, judgeWorkspace } from './machine.ts';
import { judgePolicy, policyChecks } from './policy.ts';
import { judgePolicies } from './refused-policies.ts';
import { judgeRetention, type WaitingInput } from './retention.ts';
import { judgeRedis, judgeRegistry, judgeStack } from './stack.ts';

const topic = (name: string, partitions = 8, retentionBytes = -1) => ({
  topic: name,
  partitions,
  replicationFactor: 1,
  timestampType: 'LogAppendTime',
  retentionMs: -1,
  retentionBytes,
});
const redisInfo = (policy = 'noeviction', aof = 1) =>
  `redis_version:7.0.15\r\nused_memory_human:1.00M\r\nmaxmemory_policy:${policy}\r\naof_enabled:${aof}\r\n`;

const DAY_MS = 86_400_000;
const NOW_MS = 1_700_000_000_000;

function waiting(changes: Partial<WaitingInput>): WaitingInput {
  return { partition: 0, topic: 't', lost: 0, foldedAtMs: NOW_MS - DAY_MS, retentionMs: 7 * DAY_MS, ...changes };
}

describe('the report of the doctor', () => {
  it('has one line per check, the fix below, and the sum', async () => {
    const results = await runChecks([
      { name: 'node', run: async () => ok('Node 26') },
      { name: 'java', run: async () => fail('no Java', 'install one') },
      { name: 'topics', run: async () => warn('none yet', 'holdfast init') },
    ]);
    expect(describeResults(results)).toBe(
      [
        'ok   node    Node 26',
        'fail java    no Java',
        '             fix: install one',
        'warn topics  none yet',
        '             fix: holdfast init',
        '1 ok, 1 to look at, 1 failed\n',
      ].join('\n'),
    );
  });

  it('turns a check that throws into a failure, and the others still run', async () => {
    const broken = { name: 'disk', run: () => Promise.reject(new Error('no such device')) };
    const results = await runChecks([broken, { name: 'node', run: async () => ok('fine') }]);
    expect(results.map(({ verdict }) => verdict)).toEqual(['fail', 'ok']);
    expect(results[0]?.found).toContain('no such device');
  });

  it('ends with 1 for a failure only', () => {
    expect(exitCodeOf([{ name: 'a', ...warn('x', 'y') }])).toBe(0);
    expect(
      exitCodeOf([
        { name: 'a', ...ok('x') },
        { name: 'b', ...fail('x', 'y') },
      ]),
    ).toBe(1);
  });
});

describe('what the doctor thinks of', () => {
  it.each([
    ['the Node of the workspace', judgeNode('26.10.0'), 'ok'],
    ['an older Node', judgeNode('20.19.0'), 'fail'],
    ['a lockfile newer than the installation', judgeWorkspace(false), 'warn'],
    ['no Java', judgeJvm(null), 'fail'],
    ['a Java too old', judgeJvm({ home: '/j', java: '', version: '17.0.15', feature: 17 }), 'fail'],
    ['a Java new enough', judgeJvm({ home: '/j', java: '', version: '21', feature: 21 }), 'ok'],
    ['no Maven but a full cache', judgeMaven(null, true), 'ok'],
    ['no Maven and no cache', judgeMaven(null, false), 'fail'],
    ['something missing that this stack does not need', asNeeded(false, judgeJvm(null)), 'ok'],
    ['Redis 6', judgeRedisVersion('6.2.7'), 'fail'],
    ['Redis 7', judgeRedisVersion('7.0.15'), 'ok'],
    ['a full disk', judgeDisk(2 ** 29), 'fail'],
    ['a nearly full disk', judgeDisk(2 ** 31), 'warn'],
    ['a disk with room', judgeDisk(2 ** 35), 'ok'],
    ['a stack that is down', judgeStack({ phase: 'down', kind: null, services: {} }), 'warn'],
    [
      'a stack with a dead service',
      judgeStack({ phase: 'partial', kind: 'native', services: { kafka: { port: 1, running: false } } }),
      'fail',
    ],
    ['a Redis that does not answer', judgeRedis(''), 'fail'],
    ['a Redis as it should be', judgeRedis(redisInfo()), 'ok'],
    ['a Redis that evicts', judgeRedis(redisInfo('allkeys-lru')), 'fail'],
    ['a Redis without a file', judgeRedis(redisInfo('noeviction', 0)), 'fail'],
    ['a replicated Redis without a minimum', judgeRedis(`${redisInfo()}connected_slaves:1\r\n`), 'fail'],
    ['a replicated Redis', judgeRedis(`${redisInfo()}connected_slaves:1\r\nmin_slaves_good_slaves:1\r\n`), 'ok'],
    ['a registry that does not answer', judgeRegistry(null), 'fail'],
    ['a registry without a rule', judgeRegistry({}), 'warn'],
    ['a registry that enforces BACKWARD', judgeRegistry({ compatibilityLevel: 'BACKWARD' }), 'ok'],
    ['Kafka 4.1', judgeBroker(27, 'c'), 'ok'],
    ['Kafka 4.0', judgeBroker(25, 'c'), 'warn'],
    ['Kafka 3', judgeBroker(20, 'c'), 'fail'],
    ['no topics yet', judgeTopics([], ['a', 'b']), 'warn'],
    ['a missing topic', judgeTopics([topic('a')], ['a', 'b']), 'fail'],
    ['equal topics', judgeTopics([topic('a'), topic('b')], ['a', 'b']), 'ok'],
    ['unequal partition counts', judgeTopics([topic('a', 8), topic('b', 6)], ['a', 'b']), 'fail'],
    ['a topic limited by size', judgeTopics([topic('a'), topic('b', 8, 1024)], ['a', 'b']), 'fail'],
    ['the audit log with its one partition', judgeTopics([topic('a'), topic('holdfast.audit.v1', 1)], ['a']), 'ok'],
    [
      'a control topic that forgets',
      judgeTopics([{ ...topic('holdfast.control.v1'), retentionMs: DAY_MS }], ['holdfast.control.v1']),
      'warn',
    ],
    ['shards at the end of the log', judgeRetention([], NOW_MS), 'ok'],
    ['a shard behind in a log kept for ever', judgeRetention([waiting({ retentionMs: -1 })], NOW_MS), 'ok'],
    ['a shard behind, with days to go', judgeRetention([waiting({})], NOW_MS), 'ok'],
    [
      'a shard behind, with hours to go',
      judgeRetention([waiting({ foldedAtMs: NOW_MS - 6.5 * DAY_MS })], NOW_MS),
      'warn',
    ],
    ['a shard whose records are gone', judgeRetention([waiting({}), waiting({ lost: 1 })], NOW_MS), 'fail'],
  ] as const)('%s', (_what, finding, verdict) => {
    expect(finding.verdict).toBe(verdict);
    expect(finding.fix === '').toBe(verdict === 'ok');
  });
});

describe('the policy', () => {
  it('that comes with the product is in order', async () => {
    const [result] = await runChecks(policyChecks(undefined));
    expect(result?.verdict).toBe('ok');
  });

  it('with errors fails with the first one and how many more there are', () => {
    const finding = judgePolicy({ kind: 'invalid', text: 'triggers.yaml:3:1 error: one\nrules.yaml:9:2 error: two' });
    expect(finding).toMatchObject({ verdict: 'fail', found: 'triggers.yaml:3:1 error: one (and 1 more)' });
  });

  it('in a folder that is not there fails', async () => {
    const [result] = await runChecks(policyChecks('/nowhere/at/all'));
    expect(result?.verdict).toBe('fail');
  });
});

describe('the answer of a broker about its version', () => {
  it('is not taken for a version when it reports an error', () => {
    const answer = Buffer.alloc(14);
    answer.writeInt16BE(35, 8);
    expect(metadataLevel(answer)).toBeNull();
  });

  it('is read past the calls and the other tagged fields', () => {
    const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
    const calls = Buffer.from([2, 0, 18, 0, 0, 0, 4, 0]); // one call, then the throttle time
    const throttle = Buffer.alloc(4);
    const epoch = Buffer.from([1, 8, 0, 0, 0, 0, 0, 0, 0, 5]);
    const name = Buffer.from('metadata.version');
    const feature = Buffer.concat([Buffer.from([2, name.length + 1]), name, Buffer.from([0, 27, 0, 27, 0])]);
    const finalized = Buffer.concat([Buffer.from([2, feature.length]), feature]);
    expect(metadataLevel(Buffer.concat([head, calls, throttle, Buffer.from([2]), epoch, finalized]))).toBe(27);
  });
});

describe('the policies of the shards', () => {
  const shard = (partition: number, version?: string, refused?: string) => ({
    partition,
    version,
    refused: refused === undefined ? undefined : { name: refused, message: 'rules.yaml:3:1 what is this?', atMs: 1 },
  });

  it.each([
    ['the same', [shard(0, 'sha256:a'), shard(1, 'sha256:a')], 'ok', 'all 2 shards run sha256:a'],
    ['none yet', [shard(0), shard(1)], 'ok', "all 2 shards run their worker's folder"],
    ['not the same', [shard(0, 'sha256:a'), shard(1)], 'warn', "shards run sha256:a, their worker's folder"],
    [
      'refused',
      [shard(0, 'sha256:a'), shard(1, 'sha256:a', 'sha256:b')],
      'warn',
      'sha256:b was refused by shards 1: rules.yaml:3:1 what is this?',
    ],
  ])('%s', (_, shards, verdict, found) => {
    expect(judgePolicies(shards)).toMatchObject({ verdict, found });
  });
});
