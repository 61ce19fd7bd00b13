import type { ShardRecord } from '@holdfast/redis';
import { describe, expect, it } from 'vitest';
import { describeShard, describeShards, jsonOf } from './shard-report.ts';
import type { ShardView } from './shard-view.ts';

const POSITION = { nextOffset: 10, fingerprint: { offset: 9, appendTime: 1_000, hash: '00' } };
const RECORD: ShardRecord = {
  meta: {
    version: 7,
    attempts: 0,
    minCodec: 2,
    clusterId: 'c',
    partitionCount: 8,
    inputs: { 'telecom.usage.v1': POSITION },
    relay: POSITION,
    watermarks: { 'billing|UsageRecorded': 60_000 },
  },
  owner: 'host/42',
  claimedAtMs: 1_000,
  isOwned: true,
  isTrusted: true,
  stopped: undefined,
  heldUntilMs: undefined,
  generation: '',
  building: '',
  garbage: undefined,
  operated: [],
  outboxLength: 3,
  entities: 120,
};
const INPUT = { topic: 'telecom.usage.v1', nextOffset: 10, low: 0, high: 15, lag: 5, behindSeconds: 4 };
const VIEW: ShardView = {
  partition: 1,
  standing: 'served',
  record: RECORD,
  inputs: [INPUT],
  relay: { ...INPUT, topic: 'holdfast.decision.v1', lag: 0 },
  lag: 5,
  behindSeconds: 4,
};
const STOPPED = { reason: 'gap', message: 'records are lost', atMs: 2_000 };

describe('the report about shards', () => {
  it('has a line for each with owner, lag and outbox', () => {
    const [head, line] = describeShards([VIEW]).split('\n');
    expect(head?.split(/ +/)).toEqual(
      'shard standing owner since version layout lag lag-s outbox entities policy'.split(' '),
    );
    expect(line?.split(/ +/)).toEqual('1 served host/42 1970-01-01T00:00:01.000Z 7 2 5 4 3 120 folder'.split(' '));
  });

  it('says below the table why one stopped', () => {
    const stopped: ShardView = { ...VIEW, standing: 'stopped', record: { ...RECORD, stopped: STOPPED } };
    expect(describeShards([VIEW, stopped])).toContain('\nshard 1 stopped: gap: records are lost\n');
    expect(describeShard(stopped)).toContain('stopped 1970-01-01T00:00:02.000Z: gap: records are lost\n');
    expect(describeShard(stopped)).toContain('holdfast shard rebase');
  });

  it('names the policy in force, and what was refused and why', () => {
    const meta = {
      ...RECORD.meta,
      configuration: { name: `sha256:${'ab'.repeat(32)}`, text: 'the files' },
      refused: { name: 'sha256:0', message: 'rules.yaml:3:1 what is this?', atMs: 1 },
      isSweepDue: true,
    };
    const view = { ...VIEW, record: { ...RECORD, meta } };
    expect(describeShards([view])).toContain(' sha256:abababababab\n');
    expect(describeShards([view])).toContain('shard 1 refused sha256:0: rules.yaml:3:1 what is this?\n');
    expect(describeShard(view)).toContain(`policy sha256:${'ab'.repeat(32)}\n`);
    expect(describeShard(view)).toContain('are being judged by it\nrefused sha256:0: rules.yaml:3:1');
    expect(JSON.parse(jsonOf({ shards: [view] })).shards[0].record.meta).toMatchObject({
      configuration: { name: meta.configuration.name },
      refused: meta.refused,
    });
    expect(jsonOf(view)).not.toContain('the files');
    expect(describeShard(VIEW)).toContain('policy of the folder its worker was started with\n');
  });

  it('says which records are lost, and that a log ends before the position', () => {
    const lost = { ...INPUT, low: 12 };
    const ahead = { ...INPUT, high: 4, lag: -6 };
    const text = describeShard({ ...VIEW, inputs: [lost, ahead] });
    expect(text).toContain('2 records are lost');
    expect(text).toContain('the log ends 6 records before it');
  });

  it('keeps what came from outside from steering the terminal', () => {
    const record = { ...RECORD, stopped: { ...STOPPED, message: 'a\u001b[2Jb' } };
    expect(describeShards([{ ...VIEW, standing: 'stopped', record }])).not.toContain('\u001b');
  });
});
