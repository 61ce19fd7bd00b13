import { createLogger, createMetrics } from '@holdfast/observability';
import { describe, expect, it } from 'vitest';
import { createShardObserver } from './shard-observer.ts';

function observed() {
  const lines: string[] = [];
  const metrics = createMetrics({ service: 'worker' });
  let nowMs = 1_000;
  const logger = createLogger({ service: 'worker', level: 'info' }, { write: (line: string) => void lines.push(line) });
  const observer = createShardObserver(metrics, logger, () => nowMs);
  return { lines, metrics, observer, pass: (ms: number) => (nowMs += ms) };
}

const shard = { topology: 'customer', partition: 3 };

describe('what the engine tells', () => {
  it('becomes counters by outcome and by KPI cell', async () => {
    const { metrics, observer } = observed();
    observer.committed(shard, {
      records: 3,
      outcomes: new Map([
        ['folded', 2],
        ['dead-letter:future', 1],
      ]),
      kpis: [
        { campaign: 'plays', cell: 'gone_quiet|contact|', by: 1 },
        { campaign: 'save', cell: '2026-02-02|care_call|treated||call-centre|accepted', by: 1 },
        { campaign: 'save', cell: '2026-02-03|care_call|treated||call-centre|accepted', by: 1 },
        { campaign: 'save', cell: '2026-02-03|care_call|treated||call-centre|cost', by: -5 },
      ],
      late: new Map([['billing', 3]]),
      outboxLength: 4,
      lastAppendTime: 900,
    });
    const page = await metrics.render();
    expect(page).toContain('holdfast_records_total{outcome="folded",service="worker"} 2');
    expect(page).toContain('holdfast_records_total{outcome="dead-letter:future",service="worker"} 1');
    expect(page).toContain('holdfast_kpi_total{campaign="plays",cell="gone_quiet|contact|",service="worker"} 1');
    expect(page).toContain('holdfast_kpi_total{campaign="save",cell="treated|accepted",service="worker"} 2');
    expect(page).not.toContain('cost');
    expect(page).toContain('holdfast_late_total{source="billing",service="worker"} 3');
    expect(page).toContain('holdfast_outbox_entries{shard="3",service="worker"} 4');
  });

  it('of a lost claim is a warning, counted by reason', async () => {
    const { lines, metrics, observer } = observed();
    observer.phase(shard, 'waiting', { reason: 'fenced', message: '' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', shard: 3, reason: 'fenced' });
    expect(await metrics.render()).toContain('holdfast_claims_lost_total{reason="fenced",service="worker"} 1');
  });

  it('of a stopped shard is an error line, a count and a reason, until the shard is served again', async () => {
    const { lines, metrics, observer } = observed();
    observer.phase(shard, 'stopped', { reason: 'gap', message: 'records are lost' });
    expect(observer.stopped()).toEqual([{ partition: 3, reason: 'gap', message: 'records are lost' }]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', shard: 3, reason: 'gap', msg: 'shard stopped' });
    expect(await metrics.render()).toContain('holdfast_shard_stops_total{reason="gap",service="worker"} 1');
    observer.phase(shard, 'running');
    expect(observer.stopped()).toEqual([]);
  });

  it('of a policy is a line for each shard, of the folder that is not used one alone, of a refusal an error', () => {
    const { lines, observer } = observed();
    const standing = { name: undefined, refused: undefined, isSweeping: false };
    observer.configured(shard, standing);
    observer.configured(shard, { ...standing, name: 'sha256:1' });
    observer.configured({ ...shard, partition: 4 }, { ...standing, name: 'sha256:1' });
    const refused = { name: 'sha256:2', message: 'rules.yaml:3:1 what?', atMs: 1 };
    observer.configured(shard, { ...standing, name: 'sha256:1', refused });
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'info', shard: 3, policy: 'folder', msg: 'policy in force' },
      { level: 'warn', policy: 'sha256:1', msg: expect.stringContaining('folder of this worker is not used') },
      { level: 'info', shard: 3, policy: 'sha256:1', msg: 'policy in force' },
      { level: 'info', shard: 4, policy: 'sha256:1', msg: 'policy in force' },
      { level: 'error', shard: 3, policy: 'sha256:1', refused: 'sha256:2', why: 'rules.yaml:3:1 what?' },
    ]);
  });

  it('again and again is counted each time and logged once in ten seconds', async () => {
    const { lines, metrics, observer, pass } = observed();
    for (let i = 0; i < 5; i++) observer.trouble(shard, 'relay', 'broker away');
    pass(10_000);
    observer.trouble(shard, 'relay', 'broker away');
    expect(lines.length).toBe(2);
    expect(await metrics.render()).toContain('holdfast_troubles_total{code="relay",service="worker"} 6');
  });
});
