import { describe, expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

describe('metrics', () => {
  it('carry the prefix, the service and their labels', async () => {
    const metrics = createMetrics({ service: 'gateway' });
    const events = metrics.counter({ name: 'events_total', help: 'Events.', labels: ['status'] });
    events.increment({ status: 'accepted' }, 3);
    expect(await metrics.render()).toContain('holdfast_events_total{status="accepted",service="gateway"} 3');
  });

  it('count label sets beyond the bound as other', async () => {
    const metrics = createMetrics({ service: 's' });
    const counter = metrics.counter({ name: 'x_total', help: 'x', labels: ['code'], maxSeries: 2 });
    for (const code of ['a', 'b', 'c', 'd', 'a']) counter.increment({ code });
    const page = await metrics.render();
    expect(page).toContain('holdfast_x_total{code="a",service="s"} 2');
    expect(page).toContain('holdfast_x_total{code="other",service="s"} 2');
    expect(page).not.toContain('code="c"');
  });

  it('ask an observed gauge when the page is made', async () => {
    const metrics = createMetrics({ service: 's' });
    let clients = 1;
    metrics.observedGauge({ name: 'clients', help: 'c' }, () => clients);
    clients = 7;
    expect(await metrics.render()).toContain('holdfast_clients{service="s"} 7');
  });

  it('fill histograms by their buckets', async () => {
    const metrics = createMetrics({ service: 's' });
    const latency = metrics.histogram({ name: 'wait_seconds', help: 'w', buckets: [0.1, 1] });
    latency.observe({}, 0.5);
    const page = await metrics.render();
    expect(page).toContain('holdfast_wait_seconds_bucket{le="0.1",service="s"} 0');
    expect(page).toContain('holdfast_wait_seconds_bucket{le="1",service="s"} 1');
  });

  it('of two services in one process do not mix', async () => {
    const one = createMetrics({ service: 'one' });
    const two = createMetrics({ service: 'two' });
    one.counter({ name: 'a_total', help: 'a' }).increment({});
    two.counter({ name: 'a_total', help: 'a' });
    expect(await two.render()).toContain('holdfast_a_total{service="two"} 0');
  });
});

describe('gauges that are asked when the page is made', () => {
  it('have the series they are told then, and forget the others', async () => {
    const metrics = createMetrics({ service: 'test' });
    let lags = new Map([
      ['a', 3],
      ['b', 0],
    ]);
    metrics.observedGauges(
      { name: 'kafka_consumergroup_lag', isCommonName: true, help: 'Records behind.', labels: ['topic'] },
      () => [...lags].map(([topic, lag]) => [{ topic }, lag] as const),
    );
    expect(await metrics.render()).toContain('kafka_consumergroup_lag{topic="a",service="test"} 3');
    lags = new Map([['b', 7]]);
    const page = await metrics.render();
    expect(page).toContain('\nkafka_consumergroup_lag{topic="b",service="test"} 7');
    expect(page).not.toContain('topic="a"');
  });
});
