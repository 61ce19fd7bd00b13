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
      kpis: [{ campaign: 'plays', cell: 'gone_quiet|contact|', by: 1 }],
      outboxLength: 4,
      lastAppendTime: 900,
    });
    const page = await metrics.render();
    expect(page).toContain('holdfast_records_total{outcome="folded",service="worker"} 2');
    expect(page).toContain('holdfast_records_total{outcome="dead-letter:future",service="worker"} 1');
    expect(page).toContain('holdfast_kpi_total{campaign="plays",cell="gone_quiet|contact|",service="worker"} 1');
    expect(page).toContain('holdfast_outbox_entries{shard="3",service="worker"} 4');
  });

  it('of a stopped shard is an error line and a reason, until the shard is served again', () => {
    const { lines, observer } = observed();
    observer.phase(shard, 'stopped', { reason: 'gap', message: 'records are lost' });
    expect(observer.stopped()).toEqual([{ partition: 3, reason: 'gap', message: 'records are lost' }]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', shard: 3, reason: 'gap', msg: 'shard stopped' });
    observer.phase(shard, 'running');
    expect(observer.stopped()).toEqual([]);
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
