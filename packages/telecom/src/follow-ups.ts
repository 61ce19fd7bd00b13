import type { KpiIncrement } from '@holdfast/engine';
import type { EventOf } from '@holdfast/events';
import { kpiCell, kpiCode, kpiDay } from './kpi-cell.ts';
import { FOLLOW_UPS } from './kpis.ts';

/**
 * What was done with a follow-up, on the day it was done: each change of it, for no ledger holds follow-ups. One that was opened
 * again may be finished twice.
 */
export function followUpKpis(event: EventOf<'WorkItemChanged'>): readonly KpiIncrement[] {
  return followUpNews(event).map((what) => {
    const cell = { day: kpiDay(event.occurredAt), offer: '', arm: '', variant: '', channel: '', what } as const;
    return { campaign: FOLLOW_UPS, cell: kpiCell(cell), by: 1 };
  });
}

function followUpNews({ change, outcome, occurredAt, dueAt }: EventOf<'WorkItemChanged'>): readonly string[] {
  switch (change) {
    case 'OPENED':
      return ['work:opened'];
    case 'FINISHED': {
      const isInTime = dueAt === null || occurredAt <= dueAt;
      return ['work:finished', isInTime ? 'work:in_time' : 'work:late', `ended:${kpiCode(outcome) || 'other'}`];
    }
    case 'ESCALATED':
      return ['work:escalated'];
    case 'REOPENED':
      return ['work:reopened'];
    case 'EXPIRED':
      return ['work:expired'];
    default:
      return [];
  }
}
