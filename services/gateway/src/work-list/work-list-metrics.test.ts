import { createMetrics } from '@holdfast/observability';
import { expect, it } from 'vitest';
import { createWorkListMetrics } from './work-list-metrics.ts';

it('tells what is done with follow-ups from what is done with contacts', async () => {
  const metrics = createMetrics({ service: 'gateway' });
  const { told } = createWorkListMetrics(metrics, () => undefined);
  const followUp = { followUpId: 'f1' };
  told({ followUpId: '', change: 'FINISHED' });
  for (const change of ['OPENED', 'ESCALATED', 'FINISHED', 'FINISHED']) told({ ...followUp, change });
  const lines = (await metrics.render())
    .split('\n')
    .filter((line) => line.startsWith('holdfast_work_changes_told_total{'));
  const figures = lines.map((line) =>
    [/kind="([^"]+)"/, /change="([^"]+)"/, / (\d+)$/].map((part) => part.exec(line)?.[1]),
  );
  expect(figures).toEqual([
    ['contact', 'FINISHED', '1'],
    ['follow-up', 'OPENED', '1'],
    ['follow-up', 'ESCALATED', '1'],
    ['follow-up', 'FINISHED', '2'],
  ]);
});
