import type { Evaluation, WayEstimate } from './evaluation.ts';
import { count, decimal, tableLines } from './figure-text.ts';
import type { OffPolicyEstimate } from './off-policy.ts';

/** The evaluation in lines, for people. */
export function describeEvaluation({ decisions, controls, withChoice, asDecided, ways }: Evaluation): string {
  const head = [
    'way of choosing',
    'doubly robust',
    'SNIPS',
    'IPS',
    'effective',
    'largest weight',
    'against what was decided',
  ];
  const decided = ['as decided', estimateText(asDecided), '', '', count(asDecided.n), '1.0', ''];
  return `${[
    'acceptances per decision carried out, ± 1.96 standard errors',
    `${count(decisions)} decisions, ${count(controls)} of them kept as control; ${count(withChoice)} had more than one offer to choose from`,
    '',
    ...tableLines([head, decided, ...ways.map(wayRow)]),
  ].join('\n')}\n`;
}

function wayRow({ way, ips, snips, doublyRobust, verdict }: WayEstimate): string[] {
  const { effectiveN, largestWeight } = doublyRobust;
  const estimates = [doublyRobust, snips, ips].map(estimateText);
  return [way, ...estimates, count(Math.round(effectiveN)), decimal(largestWeight), verdict];
}

function estimateText({ value, standardError }: Pick<OffPolicyEstimate, 'value' | 'standardError'>): string {
  return `${value.toFixed(4)} ± ${(1.96 * standardError).toFixed(4)}`;
}
