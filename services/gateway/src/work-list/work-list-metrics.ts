import type { Metrics } from '@holdfast/observability';
import type { WorkChangeEntry, WorkFigures } from '@holdfast/redis';
import type { WorkDone } from './work-follower.ts';

export interface WorkListMetrics {
  changed(change: string, times: number): void;
  told(entry: Pick<WorkChangeEntry, 'followUpId' | 'change'>): void;
  refused(): void;
  did(what: WorkDone, times?: number): void;
}

/** `figures` is what was read of the list last; undefined before that. */
export function createWorkListMetrics(metrics: Metrics, figures: () => WorkFigures | undefined): WorkListMetrics {
  const changes = metrics.counter({
    name: 'work_items_clock_total',
    help: 'What the clock did with items: LEASE_EXPIRED, ESCALATED, EXPIRED, WOKEN, TO_POOL, FORGOTTEN.',
    labels: ['change'],
  });
  const told = metrics.counter({
    name: 'work_changes_told_total',
    help: 'Changes of items put into the log, of contacts and of follow-ups: OPENED, FINISHED, ESCALATED (late), …',
    labels: ['kind', 'change'],
  });
  const refused = metrics.counter({
    name: 'work_changes_refused_total',
    help: 'Changes of items that can never be put into the log.',
  });
  const did = metrics.counter({
    name: 'work_items_from_events_total',
    help: 'What events of the log did to the work list: reopened, follow-up, finished, withdrawn.',
    labels: ['what'],
  });
  metrics.observedGauges(
    { name: 'work_items', help: 'Items: live, free, escalated, ended and still kept.', labels: ['what'] },
    () => {
      const now = figures();
      if (now === undefined) return [];
      return (['live', 'free', 'escalated', 'ended'] as const).map((what) => [{ what }, now[what]] as const);
    },
  );
  metrics.observedGauge(
    { name: 'work_changes_untold', help: 'Changes of items the log does not have yet.' },
    () => figures()?.untold ?? 0,
  );
  metrics.observedGauge(
    { name: 'work_changes_untold_limit', help: 'So many may wait; beyond it items are not changed (503).' },
    () => figures()?.mostUntold ?? 0,
  );
  metrics.observedGauge(
    { name: 'work_clock_behind_seconds', help: 'How long the first item that is due waits for the clock.' },
    () => (figures()?.clockBehindMs ?? 0) / 1_000,
  );
  return {
    changed: (change, times) => changes.increment({ change }, times),
    told: ({ followUpId, change }) => told.increment({ kind: followUpId === '' ? 'contact' : 'follow-up', change }),
    refused: () => refused.increment({}),
    did: (what, times) => did.increment({ what }, times),
  };
}
