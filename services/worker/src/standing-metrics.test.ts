import { createLogger, createMetrics } from '@holdfast/observability';
import { expect, it } from 'vitest';
import { standing } from '../test/standings.ts';
import { createFeedWatch } from './feed-watch.ts';
import { showStandings } from './standing-metrics.ts';

const FEED = 'billing|UsageRecorded';

it('lag, stalls, hindrances, policies and silent feeds stand on the metrics page, by shard and by feed', async () => {
  const metrics = createMetrics({ service: 'worker' });
  const inputs = [{ topic: 'telecom.usage.v1', nextOffset: 8, lag: 12, bufferedBytes: 900 }];
  const standings = [
    standing(
      { stalledMs: 31_400 },
      {
        inputs,
        behindMs: 2_500,
        hindrance: 'registry',
        heldBack: [{ feed: FEED, timers: 2 }],
        watermarks: new Map([[FEED, 40_000]]),
      },
    ),
    standing(
      { partition: 4 },
      {
        heldBack: [{ feed: FEED, timers: 3 }],
        watermarks: new Map([[FEED, 90_000]]),
        configuration: {
          name: 'sha256:1',
          refused: { name: 'sha256:2', message: 'why', atMs: 1 },
          isSweeping: true,
        },
      },
    ),
    standing({ partition: 5, phase: 'waiting', claim: undefined }),
  ];
  showStandings(metrics, { standings: () => standings, groupId: 'g', now: () => 100_000 });
  const page = await metrics.render();
  for (const line of [
    'kafka_consumergroup_lag{consumergroup="g",topic="telecom.usage.v1",partition="3",service="worker"} 12',
    'holdfast_shard_lag_seconds{shard="3",service="worker"} 2.5',
    'holdfast_shard_stalled_seconds{shard="3",service="worker"} 31',
    'holdfast_shard_stalled_seconds{shard="5",service="worker"} 0',
    'holdfast_shard_hindered{shard="3",service="worker"} 1',
    'holdfast_shard_hindered{shard="4",service="worker"} 0',
    'holdfast_shard_policy_info{shard="3",version="folder",service="worker"} 1',
    'holdfast_shard_policy_info{shard="4",version="sha256:1",service="worker"} 1',
    'holdfast_shard_policy_refused{shard="4",service="worker"} 1',
    'holdfast_shard_policy_sweeping{shard="3",service="worker"} 0',
    'holdfast_shard_policy_sweeping{shard="4",service="worker"} 1',
    `holdfast_timers_held_back{feed="${FEED}",service="worker"} 5`,
    `holdfast_feed_watermark_lag_seconds{feed="${FEED}",service="worker"} 60`,
  ]) {
    expect(page).toContain(line);
  }
});

it('a feed that holds timers back is logged when it begins and when it ends', () => {
  const lines: { msg: string }[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line));
  const watch = createFeedWatch(createLogger({ service: 'worker' }, { write }));
  const silent = [standing({}, { heldBack: [{ feed: FEED, timers: 2 }] })];
  for (const seen of [[standing()], silent, silent, [standing()], [standing()]]) watch.look(seen);
  expect(lines).toMatchObject([
    { level: 'warn', feed: FEED, timers: 2, msg: 'a silent feed holds timers back' },
    { level: 'info', feed: FEED, msg: 'a feed holds no timers back any more' },
  ]);
});
