import type { Metrics } from '@holdfast/observability';
import type { Outcome, OutcomeAnswer } from './outcome.ts';

export interface OutcomeMetrics {
  counted(outcome: Outcome, answer: OutcomeAnswer): void;
  failed(what: 'hold' | 'note' | 'withdraw'): void;
}

export function createOutcomeMetrics(metrics: Metrics): OutcomeMetrics {
  const outcomes = metrics.counter({
    name: 'gateway_outcomes_total',
    help: 'Outcomes handed over by desks, by what became of them.',
    labels: ['outcome', 'answer'],
  });
  const failures = metrics.counter({
    name: 'gateway_outcome_marks_failed_total',
    help: 'Holds and notes of outcomes that could not be set, and work not taken from people: it shows, holds or ends once the log is followed.',
    labels: ['what'],
  });
  return {
    counted: ({ outcome }, { kind }) => outcomes.increment({ outcome, answer: kind }),
    failed: (what) => failures.increment({ what }),
  };
}
