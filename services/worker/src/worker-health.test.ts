import type { ShardStanding } from '@holdfast/engine';
import { createHealth } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { standing } from '../test/standings.ts';
import { checkWorker, type StoppedShard, type WorkerView } from './worker-health.ts';

const NOW_MS = 1_000_000;

const REFUSED = { name: 'sha256:2', message: 'rules.yaml:3:1 what is this?', atMs: 1 };

interface Situation {
  readonly standings?: readonly ShardStanding[];
  readonly stopped?: readonly StoppedShard[];
  readonly view?: Partial<WorkerView>;
}

async function reports({ standings = [standing()], stopped = [], view }: Situation) {
  const health = createHealth();
  checkWorker(health, {
    view: () => ({
      standings: () => standings,
      lastFetchAt: () => NOW_MS - 100,
      brokerAnswersSince: () => 0,
      ...view,
    }),
    stopped: () => stopped,
    now: () => NOW_MS,
  });
  const [live, ready] = await Promise.all([health.report('liveness'), health.report('readiness')]);
  const reasons = [live, ready].flatMap(({ checks }) =>
    Object.values(checks).flatMap((answer) => (answer.ok ? (answer.note ?? []) : answer.reason)),
  );
  return { isLive: live.ok, isReady: ready.ok, reasons: [...new Set(reasons)] };
}

describe('a worker', () => {
  it.each<[string, Situation, { isLive: boolean; isReady: boolean; reasons: unknown[] }]>([
    ['whose shards get on is live and ready', {}, { isLive: true, isReady: true, reasons: [] }],
    [
      'whose fetches do not end though the broker answers is to be restarted',
      { view: { lastFetchAt: () => NOW_MS - 40_000 } },
      { isLive: false, isReady: false, reasons: ['no fetch cycle for 40000 ms'] },
    ],
    [
      'whose broker is away waits for it',
      { view: { lastFetchAt: () => NOW_MS - 40_000, brokerAnswersSince: () => undefined } },
      { isLive: true, isReady: true, reasons: [] },
    ],
    [
      'whose broker came back a moment ago is given time',
      { view: { lastFetchAt: () => NOW_MS - 40_000, brokerAnswersSince: () => NOW_MS - 5_000 } },
      { isLive: true, isReady: true, reasons: [] },
    ],
    [
      'with a shard that has work and does not move is to be restarted',
      { standings: [standing(), standing({ partition: 5, stalledMs: 31_000 })] },
      {
        isLive: false,
        isReady: false,
        reasons: ['shard 5 running with work and without progress for 31000 ms'],
      },
    ],
    [
      'with a shard that stopped is live, and not ready',
      { stopped: [{ partition: 2, reason: 'gap' }] },
      { isLive: true, isReady: false, reasons: ['shard 2 stopped: gap'] },
    ],
    [
      'with a shard that was fenced is not ready until it is claimed again',
      { standings: [standing({ phase: 'waiting', claim: undefined })] },
      { isLive: true, isReady: false, reasons: ['shard 3 was lost and is to be claimed again'] },
    ],
    [
      'with a full outbox is live, and not ready',
      { standings: [standing({}, { hindrance: 'outbox-full', outboxLength: 10_400 })] },
      { isLive: true, isReady: false, reasons: ['shard 3: intake waits for 10400 effects in its outbox'] },
    ],
    [
      'that refused a policy is ready, and says that it works by the one before',
      { standings: [standing({}, { configuration: { name: 'sha256:1', refused: REFUSED, isSweeping: false } })] },
      {
        isLive: true,
        isReady: true,
        reasons: ['degraded: sha256:2 was refused by shards 3: rules.yaml:3:1 what is this?'],
      },
    ],
    [
      'that waits for the registry is ready: it goes on by itself',
      { standings: [standing({}, { hindrance: 'registry' })] },
      { isLive: true, isReady: true, reasons: [] },
    ],
  ])('%s', async (_, situation, expected) => {
    expect(await reports(situation)).toEqual(expected);
  });
});
