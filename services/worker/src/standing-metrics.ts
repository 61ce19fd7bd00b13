import type { ClaimStanding, ShardStanding } from '@holdfast/engine';
import type { Metrics } from '@holdfast/observability';

export interface StandingSource {
  standings(): readonly ShardStanding[];
  readonly groupId: string;
  now(): number;
}

/** Topics times partitions of a large installation on one worker. */
const MAX_INPUTS = 2_000;
const MAX_SHARDS = 256;

/** Shows where the shards of this worker stand, each time the page is asked for. Series of shards that left are gone. */
export function showStandings(metrics: Metrics, source: StandingSource): void {
  const { groupId: consumergroup, now } = source;
  const inputs = (read: (input: ClaimStanding['inputs'][number]) => number) =>
    source.standings().flatMap(({ partition, claim }) =>
      (claim?.inputs ?? []).map((input) => {
        const labels = { consumergroup, topic: input.topic, partition: String(partition) };
        return [labels, read(input)] as const;
      }),
    );
  const shards = (read: (standing: ShardStanding) => number | undefined) =>
    source.standings().flatMap((standing) => {
      const value = read(standing);
      return value === undefined ? [] : [[{ shard: String(standing.partition) }, value] as const];
    });
  const inputLabels = ['consumergroup', 'topic', 'partition'] as const;
  metrics.observedGauges(
    {
      name: 'kafka_consumergroup_lag',
      isCommonName: true,
      help: 'Records of the log that were not folded yet.',
      labels: inputLabels,
      maxSeries: MAX_INPUTS,
    },
    () => inputs(({ lag }) => lag),
  );
  metrics.observedGauges(
    { name: 'intake_buffered_bytes', help: 'Taken and waiting.', labels: inputLabels, maxSeries: MAX_INPUTS },
    () => inputs(({ bufferedBytes }) => bufferedBytes),
  );
  const perShard = (name: string, help: string, read: (standing: ShardStanding) => number | undefined) =>
    metrics.observedGauges({ name, help, labels: ['shard'], maxSeries: MAX_SHARDS }, () => shards(read));
  perShard('shard_lag_seconds', 'Age of the oldest record that was not folded yet.', ({ claim }) =>
    claim ? claim.behindMs / 1_000 : undefined,
  );
  perShard('shard_stalled_seconds', 'For how long a shard with work has not moved.', ({ stalledMs }) =>
    Math.round(stalledMs / 1_000),
  );
  perShard('shard_hindered', '1 while a full outbox or an absent registry holds the intake.', ({ claim }) =>
    claim ? Number(claim.hindrance !== undefined) : undefined,
  );
  metrics.observedGauges(
    {
      name: 'shard_policy_info',
      help: '1 with the policy in force, by its version; `folder` before the first that was published.',
      labels: ['shard', 'version'],
      maxSeries: MAX_SHARDS,
    },
    () =>
      source.standings().flatMap(({ partition, claim }) => {
        const version = claim?.configuration.name ?? 'folder';
        return claim ? [[{ shard: String(partition), version }, 1] as const] : [];
      }),
  );
  perShard('shard_policy_refused', '1 while the newest policy that was published is refused.', ({ claim }) =>
    claim ? Number(claim.configuration.refused !== undefined) : undefined,
  );
  perShard('shard_policy_sweeping', '1 while customers nobody touches are judged by a new policy.', ({ claim }) =>
    claim ? Number(claim.configuration.isSweeping) : undefined,
  );
  metrics.observedGauges(
    { name: 'timers_held_back', help: 'Timers of absence that wait for a silent feed.', labels: ['feed'] },
    () => [...heldBackByFeed(source.standings())].map(([feed, timers]) => [{ feed }, timers] as const),
  );
  metrics.observedGauges(
    { name: 'feed_watermark_lag_seconds', help: 'How far a feed is behind the clock where most.', labels: ['feed'] },
    () => [...oldestWatermarks(source.standings())].map(([feed, ms]) => [{ feed }, (now() - ms) / 1_000] as const),
  );
}

/** Timers that wait for each feed, over all shards. */
export function heldBackByFeed(standings: readonly ShardStanding[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { feed, timers } of standings.flatMap(({ claim }) => claim?.heldBack ?? [])) {
    sums.set(feed, (sums.get(feed) ?? 0) + timers);
  }
  return sums;
}

function oldestWatermarks(standings: readonly ShardStanding[]): Map<string, number> {
  const oldest = new Map<string, number>();
  for (const { claim } of standings) {
    for (const [feed, ms] of claim?.watermarks ?? []) {
      const known = oldest.get(feed);
      if (known === undefined || ms < known) oldest.set(feed, ms);
    }
  }
  return oldest;
}
